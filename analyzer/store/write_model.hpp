// Model → ONNX file: the file that it was read from, with what changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "model/graph.hpp"
#include "model/result.hpp"

namespace costscan {

struct WriteModelOptions {
  bool may_replace_source = false;  ///< `path` may be the file that the model was read from
  /// Inline bytes above which large tensors go to a file of their own: protobuf's limit less some room.
  std::uint64_t most_inline_bytes = (std::uint64_t{1} << 31) - (std::uint64_t{1} << 20);
  /// From so many bytes on a new constant goes to that file, where the model keeps weights outside anyway.
  std::uint64_t external_from = 1024;
};

struct WrittenModel {
  std::uint64_t bytes = 0;                          ///< of the model file
  std::vector<std::filesystem::path> data_files;    ///< made for tensors that do not fit, or belong, in the model file
  std::vector<std::filesystem::path> copied_files;  ///< external data of the source, put beside the new model
};

/// Writes `model`, which was read from `model.path` and changed by passes, to `path`. What did not change is copied
/// byte by byte: kept nodes (by file_index), initializers, declarations, metadata, functions, fields that nobody knows.
/// Weights are streamed from the source, in small pieces. External data stays external; its files are copied where the
/// new model lies in another folder (missing ones stay missing). All or nothing, by temporary file and rename.
/// Errors: (usage) the path is the source itself, or weights of it; (input) the source has changed since; (output)
/// cannot be written.
[[nodiscard]] Result<WrittenModel> write_model(const Model& model, const std::filesystem::path& path,
                                               const WriteModelOptions& options = {});

}  // namespace costscan
