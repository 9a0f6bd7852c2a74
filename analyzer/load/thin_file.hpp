// File → parsed ModelProto without its bulk payloads. Both views of a model (load_model, load_thin_proto) start here.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "load/mapped_file.hpp"
#include "load/parsed.hpp"
#include "load/thin_wire.hpp"

namespace onnx {
class ModelProto;
class TensorProto;
}  // namespace onnx

namespace costscan {

struct ThinFile {
  MappedFile file;
  std::shared_ptr<onnx::ModelProto> proto;  ///< tensors that lack their payload carry its marker
  std::vector<BulkPayload> payloads;
  std::vector<bool> claimed;  ///< by payload: a marker that turns up twice was not ours
};

[[nodiscard]] Parsed<ThinFile> open_thin(const std::filesystem::path& path);

/// The payload that `tensor` had to leave in the file, or nullopt. Each can be claimed once.
[[nodiscard]] Parsed<std::optional<BulkPayload>> claim_payload(ThinFile& thin, const onnx::TensorProto& tensor);

}  // namespace costscan
