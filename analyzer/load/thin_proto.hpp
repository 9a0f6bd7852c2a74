// The model as a small protobuf whose bulk tensors are references: what the measuring step hands to ONNX Runtime,
// together with "external files in memory" that point into the memory map. No weight is copied or read here.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/result.hpp"
#include "model/tensor.hpp"

namespace onnx {
class ModelProto;
}

namespace costscan {

/// One tensor whose bytes were left out of the proto.
struct BulkTensor {
  std::string location;  ///< value of the proto's external_data key `location`; unique in the model, a plain file name
  std::string name;      ///< TensorProto.name; may be empty for a tensor in an attribute
  std::string owner;     ///< for messages: "initializer 'w'", "node 3 'c' (Constant), attribute 'value'"
  bool in_attribute = false;  ///< held by a node's (or function's) attribute instead of an initializer
  DType dtype = DType::undefined;
  Shape dims;
  std::int64_t bytes =
      0;  ///< packed bytes of dims × dtype; equals the proto's external_data key `length` (`offset` is 0)
  /// MappedBytes: `bytes` long, little-endian, not aligned. ExternalBytes: present, missing or too short. monostate:
  /// the file states no bytes at all, so they have to be made up as for a missing file.
  TensorStorage storage;
};

struct ThinProto {
  std::shared_ptr<onnx::ModelProto>
      proto;  ///< the caller's own: may be changed and serialized (always far below 2 GiB)
  std::vector<BulkTensor> bulk;
};

/// The file's model with every payload above about 1 KiB, every tensor in an external file and every tensor without
/// bytes replaced by an external-data reference to `BulkTensor::location`. Small tensors stay in line. The same
/// refusals as load_model for files that cannot be read or whose external locations leave the folder; graphs are not
/// verified here.
[[nodiscard]] Result<ThinProto> load_thin_proto(const std::filesystem::path& path);

}  // namespace costscan
