// TensorProto and SparseTensorProto → Tensor: types, dims and sizes checked, bytes decoded or located.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load/external_data.hpp"
#include "load/parsed.hpp"
#include "load/thin_file.hpp"
#include "model/tensor.hpp"

namespace onnx {
class SparseTensorProto;
class TensorProto;
}  // namespace onnx

namespace costscan {

/// What tensors of one model share.
struct TensorSource {
  ThinFile* thin = nullptr;
  ExternalFiles* external = nullptr;
  std::int64_t without_bytes = 0;  ///< tensors for which the file states no bytes at all
  std::string first_without_bytes;
};

/// ONNX's numbers only; the error names what is wrong.
[[nodiscard]] Parsed<DType> checked_dtype(std::int32_t number);

/// Errors do not name the tensor. Its name is not checked, and is moved out of `proto` only on success.
[[nodiscard]] Parsed<Tensor> convert_tensor(TensorSource& source, onnx::TensorProto& proto);

[[nodiscard]] Parsed<SparseTensor> convert_sparse_tensor(TensorSource& source, onnx::SparseTensorProto& proto);

}  // namespace costscan
