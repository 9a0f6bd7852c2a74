// Tensors whose bytes are in another file: where that file may be, and whether the bytes are there. onnx.proto,
// TensorProto.external_data; the rule that locations stay in the model's folder is ONNX's (docs/ExternalData).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "load/parsed.hpp"
#include "model/tensor.hpp"

namespace onnx {
class TensorProto;
}

namespace costscan {

/// Resolves the external files of one model, each looked up on disk once.
class ExternalFiles {
 public:
  explicit ExternalFiles(const std::filesystem::path& model);

  /// Where `tensor`'s `bytes` bytes lie. Errors: a location that is absolute or leaves the model's folder (through `..`
  /// or a symbolic link), an offset or length that is no number, is negative or overflows, a length other than `bytes`.
  /// A missing or short file is no error: it is counted for `warnings`.
  [[nodiscard]] Parsed<ExternalBytes> resolve(const onnx::TensorProto& tensor, std::int64_t bytes);

  /// One line for each file that is missing or too short.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct File {
    std::filesystem::path path;
    bool exists = false;
    std::int64_t size = 0;
    std::int64_t lacking = 0;  ///< tensors whose bytes are not there
    std::int64_t lacking_bytes = 0;
  };

  [[nodiscard]] Parsed<File*> find(const std::string& location);
  [[nodiscard]] Parsed<File> look_up(const std::string& location) const;
  [[nodiscard]] bool stays_inside(const std::filesystem::path& resolved) const;

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> roots_;  ///< real folders that files may lie in
  std::map<std::string, File> files_;         ///< by location as the model states it
};

}  // namespace costscan
