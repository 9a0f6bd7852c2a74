// What a run gave, as plain tensors.
#include <onnxruntime_c_api.h>

#include <cstring>

#include "measure/session.hpp"

namespace costscan {
namespace {

/// Type and shape of a dense tensor.
Result<Tensor> describe(const OrtApi& api, const OrtValue* value) {
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  if (auto got = ort_result(api, api.GetTensorTypeAndShape(value, &raw)); !got) return tl::unexpected(got.error());
  const Owned<OrtTensorTypeAndShapeInfo> info(raw, api.ReleaseTensorTypeAndShapeInfo);
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t rank = 0;
  if (auto got = ort_result(api, api.GetTensorElementType(raw, &type)); !got) return tl::unexpected(got.error());
  if (auto got = ort_result(api, api.GetDimensionsCount(raw, &rank)); !got) return tl::unexpected(got.error());
  Tensor out;
  // The runtime's element types are numbered as ONNX's.
  out.dtype = static_cast<DType>(static_cast<int>(type));
  out.dims.resize(rank);
  if (auto got = ort_result(api, api.GetDimensions(raw, out.dims.data(), rank)); !got)
    return tl::unexpected(got.error());
  return out;
}

/// Contents where the value is a tensor of numbers.
Result<Tensor> copy_of(const OrtApi& api, OrtValue* value) {
  int is_tensor = 0;
  if (value == nullptr) return Tensor{};
  if (auto got = ort_result(api, api.IsTensor(value, &is_tensor)); !got) return tl::unexpected(got.error());
  if (is_tensor == 0) return Tensor{};
  auto out = describe(api, value);
  if (!out) return out;
  const auto bytes = packed_bytes(element_count(*out), out->dtype);
  if (!bytes || out->dtype == DType::string) return out;
  void* data = nullptr;
  if (auto got = ort_result(api, api.GetTensorMutableData(value, &data)); !got) return tl::unexpected(got.error());
  OwnedBytes owned;
  owned.bytes.resize(static_cast<std::size_t>(*bytes));
  if (*bytes > 0) std::memcpy(owned.bytes.data(), data, owned.bytes.size());
  out->storage = std::move(owned);
  return out;
}

}  // namespace

Result<std::vector<Tensor>> Session::run_tensors(const Feeds& feeds) {
  double us = 0;
  const auto outputs = run_outputs(feeds, us);
  if (!outputs) return tl::unexpected(outputs.error());
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < outputs->size(); ++i) {
    auto tensor = copy_of(runtime_->api(), (*outputs)[i].get());
    if (!tensor) return tl::unexpected(tensor.error());
    tensor->name = output_names_[i];
    out.push_back(*std::move(tensor));
  }
  return out;
}

}  // namespace costscan
