#include "load/convert_type.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include "model/checked_math.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

/// Sequences of sequences of ...: the shapes step recurses over these.
constexpr int deepest_type = 32;

Parsed<DeclaredDim> convert_dim(ConvertContext& context, const onnx::TensorShapeProto::Dimension& dim) {
  if (dim.has_dim_value()) {
    if (dim.dim_value() >= 0) return dim.dim_value();
    if (dim.dim_value() == -1) {  // older converters write it for a free dimension
      context.minus_one_dims.add("");
      return std::monostate{};
    }
    return refuse(fmt::format("has the negative dimension {}; export the model again", dim.dim_value()));
  }
  if (!dim.has_dim_param() || dim.dim_param().empty()) return std::monostate{};
  auto name = checked_name(std::string(dim.dim_param()), "dimension name");
  if (!name) return tl::unexpected(name.error());
  return std::move(*name);
}

/// Bytes of the known dimensions alone: what no binding of the others could make fit, unless one of them is 0.
Parsed<void> check_size(const std::vector<DeclaredDim>& dims, DType dtype) {
  Shape known;
  for (const DeclaredDim& dim : dims) {
    if (const auto* number = std::get_if<std::int64_t>(&dim)) known.push_back(*number);
  }
  const auto count = element_count(std::span<const std::int64_t>(known));
  if (count && (bits_per_element(dtype) == 0 || packed_bytes(*count, dtype))) return {};
  return refuse("is declared with dimensions whose product overflows 63 bits; export the model again");
}

/// `tensor` is a TypeProto.Tensor or .SparseTensor.
template <class Tensor>
Parsed<DeclaredType> convert_tensor_type(ConvertContext& context, TypeKind kind, const Tensor& tensor) {
  DeclaredType type;
  type.kind = kind;
  if (tensor.elem_type() != 0) {
    const auto dtype = checked_dtype(tensor.elem_type());
    if (!dtype) return tl::unexpected(dtype.error());
    type.dtype = *dtype;
  }
  if (!tensor.has_shape()) return type;
  auto& dims = type.dims.emplace();
  dims.reserve(static_cast<std::size_t>(tensor.shape().dim_size()));
  for (const auto& dim : tensor.shape().dim()) {
    auto converted = convert_dim(context, dim);
    if (!converted) return tl::unexpected(converted.error());
    dims.push_back(std::move(*converted));
  }
  if (auto done = check_size(dims, type.dtype); !done) return tl::unexpected(done.error());
  return type;
}

Parsed<DeclaredType> convert_nested_type(ConvertContext& context, TypeKind kind, const onnx::TypeProto& element,
                                         int depth) {
  auto converted = convert_type(context, element, depth + 1);
  if (!converted) return converted;
  DeclaredType type;
  type.kind = kind;
  type.element = std::make_shared<const DeclaredType>(std::move(*converted));
  return type;
}

}  // namespace

Parsed<DeclaredType> convert_type(ConvertContext& context, const onnx::TypeProto& proto, int depth) {
  if (depth > deepest_type) {
    return refuse(fmt::format("has a type nested more than {} deep; export the model again", deepest_type));
  }
  switch (proto.value_case()) {
    case onnx::TypeProto::kTensorType: return convert_tensor_type(context, TypeKind::tensor, proto.tensor_type());
    case onnx::TypeProto::kSparseTensorType:
      return convert_tensor_type(context, TypeKind::sparse_tensor, proto.sparse_tensor_type());
    case onnx::TypeProto::kSequenceType:
      return convert_nested_type(context, TypeKind::sequence, proto.sequence_type().elem_type(), depth);
    case onnx::TypeProto::kOptionalType:
      return convert_nested_type(context, TypeKind::optional, proto.optional_type().elem_type(), depth);
    case onnx::TypeProto::kMapType: {
      auto type = convert_nested_type(context, TypeKind::map, proto.map_type().value_type(), depth);
      if (!type || proto.map_type().key_type() == 0) return type;
      const auto key = checked_dtype(proto.map_type().key_type());
      if (!key) return tl::unexpected(key.error());
      type->dtype = *key;
      return type;
    }
    default: return DeclaredType{};
  }
}

}  // namespace costscan
