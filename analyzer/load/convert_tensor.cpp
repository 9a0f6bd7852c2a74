#include "load/convert_tensor.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

constexpr const char* export_again = "export the model again";

/// The typed fields of TensorProto, and which types are stored in which (onnx.proto, the comments at the fields).
enum class TypedField { none, float_data, int32_data, int64_data, uint64_data, double_data, string_data };

TypedField typed_field_of(DType dtype) noexcept {
  switch (dtype) {
    case DType::float32:
    case DType::complex64: return TypedField::float_data;
    case DType::float64:
    case DType::complex128: return TypedField::double_data;
    case DType::int64: return TypedField::int64_data;
    case DType::uint32:
    case DType::uint64: return TypedField::uint64_data;
    case DType::string: return TypedField::string_data;
    case DType::undefined: return TypedField::none;
    default: return TypedField::int32_data;
  }
}

const char* to_string(TypedField field) noexcept {
  switch (field) {
    case TypedField::float_data: return "float_data";
    case TypedField::int32_data: return "int32_data";
    case TypedField::int64_data: return "int64_data";
    case TypedField::uint64_data: return "uint64_data";
    case TypedField::double_data: return "double_data";
    case TypedField::string_data: return "string_data";
    case TypedField::none: break;
  }
  return "no data field";
}

/// "2,3,4" for a message, cut short where a damaged file states thousands of dimensions.
std::string shown(const Shape& dims) {
  constexpr std::size_t most = 12;
  std::string out;
  for (std::size_t i = 0; i < std::min(dims.size(), most); ++i) out += (i == 0 ? "" : ",") + std::to_string(dims[i]);
  return dims.size() > most ? out + ",..." : out;
}

/// Entries of the one typed field in use; `field` is none where there is none. More than one is an error.
struct TypedContent {
  TypedField field = TypedField::none;
  std::int64_t entries = 0;
};

Parsed<TypedContent> typed_content(const onnx::TensorProto& proto) {
  TypedContent content;
  const TypedContent all[] = {
      {TypedField::float_data, proto.float_data_size()},   {TypedField::int32_data, proto.int32_data_size()},
      {TypedField::int64_data, proto.int64_data_size()},   {TypedField::uint64_data, proto.uint64_data_size()},
      {TypedField::double_data, proto.double_data_size()}, {TypedField::string_data, proto.string_data_size()}};
  for (const TypedContent& candidate : all) {
    if (candidate.entries == 0) continue;
    if (content.field != TypedField::none) {
      return refuse(fmt::format("holds its data in {} and in {}; {}", to_string(content.field),
                                to_string(candidate.field), export_again));
    }
    content = candidate;
  }
  return content;
}

/// Copies entries as they are; the element type's bytes are the entry's low bytes.
template <class Element, class Entries>
OwnedBytes pack(const Entries& entries) {
  OwnedBytes out;
  out.bytes.resize(static_cast<std::size_t>(entries.size()) * sizeof(Element));
  std::byte* to = out.bytes.data();
  for (const auto entry : entries) {
    const auto element = static_cast<Element>(entry);
    std::memcpy(to, &element, sizeof(Element));
    to += sizeof(Element);
  }
  return out;
}

/// int32_data: every entry must fit its element, signed or not (float16 bit patterns are written both ways).
Parsed<OwnedBytes> pack_int32(const onnx::TensorProto& proto, DType dtype) {
  const int bits = std::max(bits_per_element(dtype), 8);  // two- and four-bit elements come packed to bytes
  if (bits < 32) {
    const std::int32_t low = -(1 << (bits - 1));
    const std::int32_t high = (1 << bits) - 1;
    for (const std::int32_t entry : proto.int32_data()) {
      if (entry < low || entry > high) {
        return refuse(
            fmt::format("holds the value {}, which does not fit {}; {}", entry, to_string(dtype), export_again));
      }
    }
  }
  if (bits == 8) return pack<std::uint8_t>(proto.int32_data());
  if (bits == 16) return pack<std::uint16_t>(proto.int32_data());
  return pack<std::int32_t>(proto.int32_data());
}

Parsed<OwnedBytes> pack_typed(const onnx::TensorProto& proto, DType dtype) {
  switch (typed_field_of(dtype)) {
    case TypedField::float_data: return pack<float>(proto.float_data());
    case TypedField::double_data: return pack<double>(proto.double_data());
    case TypedField::int64_data: return pack<std::int64_t>(proto.int64_data());
    case TypedField::uint64_data:
      return dtype == DType::uint32 ? pack<std::uint32_t>(proto.uint64_data())
                                    : pack<std::uint64_t>(proto.uint64_data());
    default: return pack_int32(proto, dtype);
  }
}

tl::unexpected<std::string> wrong_size(std::int64_t found, const char* what, const Tensor& tensor,
                                       std::int64_t needed) {
  return refuse(fmt::format("holds {} {} where shape [{}] of {} needs {}; {}", found, what, shown(tensor.dims),
                            to_string(tensor.dtype), needed, export_again));
}

Parsed<TensorStorage> typed_storage(const onnx::TensorProto& proto, const Tensor& tensor, TypedContent content,
                                    std::int64_t bytes) {
  if (content.field != typed_field_of(tensor.dtype)) {
    return refuse(fmt::format("is {} but holds its data in {}; {}", to_string(tensor.dtype), to_string(content.field),
                              export_again));
  }
  auto packed = pack_typed(proto, tensor.dtype);
  if (!packed) return tl::unexpected(packed.error());
  const auto found = static_cast<std::int64_t>(packed->bytes.size());
  if (found != bytes) return wrong_size(found, "bytes of typed data", tensor, bytes);
  return std::move(*packed);
}

Parsed<TensorStorage> string_storage(onnx::TensorProto& proto, const Tensor& tensor, TypedContent content) {
  if (content.field != TypedField::string_data && content.field != TypedField::none) {
    return refuse(fmt::format("is string but holds its data in {}; {}", to_string(content.field), export_again));
  }
  const std::int64_t count = element_count(tensor);
  if (content.entries != count) return wrong_size(content.entries, "strings", tensor, count);
  std::vector<std::string> strings;
  strings.reserve(static_cast<std::size_t>(content.entries));
  for (std::string& entry : *proto.mutable_string_data()) strings.push_back(std::move(entry));
  return strings;
}

Parsed<TensorStorage> bulk_storage(const ThinFile& thin, const BulkPayload& payload, const Tensor& tensor,
                                   std::int64_t bytes) {
  const auto length = static_cast<std::int64_t>(payload.length);
  const TypedField used = payload.field == PayloadField::float_data    ? TypedField::float_data
                          : payload.field == PayloadField::double_data ? TypedField::double_data
                                                                       : TypedField::none;
  if (used != TypedField::none && used != typed_field_of(tensor.dtype)) {
    return refuse(
        fmt::format("is {} but holds its data in {}; {}", to_string(tensor.dtype), to_string(used), export_again));
  }
  if (length != bytes) return wrong_size(length, "bytes", tensor, bytes);
  return MappedBytes{thin.file.owner, thin.file.bytes.subspan(payload.offset, payload.length)};
}

Parsed<TensorStorage> raw_storage(const onnx::TensorProto& proto, const Tensor& tensor, std::int64_t bytes) {
  const auto length = static_cast<std::int64_t>(proto.raw_data().size());
  if (length != bytes) return wrong_size(length, "bytes", tensor, bytes);
  const auto* const begin = reinterpret_cast<const std::byte*>(proto.raw_data().data());
  return OwnedBytes{{begin, begin + length}};
}

Parsed<TensorStorage> fixed_size_storage(TensorSource& source, const onnx::TensorProto& proto, const Tensor& tensor,
                                         const std::optional<BulkPayload>& payload, TypedContent content) {
  const auto bytes = packed_bytes(element_count(tensor), tensor.dtype);
  if (!bytes) {
    return refuse(fmt::format("shape [{}] of {} needs more than 2^63 bytes; {}", shown(tensor.dims),
                              to_string(tensor.dtype), export_again));
  }
  const bool external = proto.data_location() == onnx::TensorProto::EXTERNAL;
  const bool raw = !proto.raw_data().empty();
  const int places = int{external} + int{raw} + int{payload.has_value()} + int{content.field != TypedField::none};
  if (places > 1) return refuse(fmt::format("holds its data in two places; {}", export_again));
  if (external) {
    auto located = source.external->resolve(proto, *bytes);
    if (!located) return tl::unexpected(located.error());
    return std::move(*located);
  }
  if (payload) return bulk_storage(*source.thin, *payload, tensor, *bytes);
  if (raw) return raw_storage(proto, tensor, *bytes);
  if (content.field != TypedField::none) return typed_storage(proto, tensor, content, *bytes);
  if (*bytes == 0) return OwnedBytes{};
  if (source.without_bytes++ == 0) source.first_without_bytes = proto.name();
  return std::monostate{};
}

Parsed<Shape> checked_dims(const google::protobuf::RepeatedField<std::int64_t>& dims) {
  Shape shape(dims.begin(), dims.end());
  for (const std::int64_t dim : shape) {
    if (dim < 0) return refuse(fmt::format("has the negative dimension {}; {}", dim, export_again));
  }
  if (!element_count(std::span<const std::int64_t>(shape))) {
    return refuse(fmt::format("shape [{}] has more than 2^63 elements; {}", shown(shape), export_again));
  }
  return shape;
}

/// `indices` is [nnz] (linear) or [nnz, rank] (coordinates) of int64, `values` is [nnz] (onnx.proto,
/// SparseTensorProto).
Parsed<void> check_sparse(const SparseTensor& sparse) {
  if (sparse.dims.empty()) return refuse(fmt::format("sparse tensor without dims; {}", export_again));
  if (sparse.values.dims.size() != 1)
    return refuse(fmt::format("sparse values are not one-dimensional; {}", export_again));
  const std::int64_t nnz = sparse.values.dims[0];
  if (nnz > *element_count(std::span<const std::int64_t>(sparse.dims))) {
    return refuse(fmt::format("sparse tensor has more values than elements; {}", export_again));
  }
  const Shape& dims = sparse.indices.dims;
  const bool linear = dims.size() == 1 && dims[0] == nnz;
  const bool coordinates =
      dims.size() == 2 && dims[0] == nnz && dims[1] == static_cast<std::int64_t>(sparse.dims.size());
  // Writers leave the indices out where there is nothing to index.
  const bool nothing = nnz == 0;
  if (sparse.indices.dtype != DType::int64 && !nothing) {
    return refuse(fmt::format("sparse indices are {}, not int64; {}", to_string(sparse.indices.dtype), export_again));
  }
  if (!linear && !coordinates && !nothing) {
    return refuse(
        fmt::format("sparse indices have shape [{}], not [nnz] or [nnz,rank]; {}", shown(dims), export_again));
  }
  return {};
}

}  // namespace

Parsed<DType> checked_dtype(std::int32_t number) {
  const auto dtype = static_cast<DType>(number);
  if (number > 0 && to_string(dtype) != to_string(DType::undefined)) return dtype;
  return refuse(
      fmt::format("has the element type number {}, which ONNX does not define; export the model again, or update "
                  "costscan if it is newer",
                  number));
}

Parsed<Tensor> convert_tensor(TensorSource& source, onnx::TensorProto& proto) {
  Tensor tensor;
  const auto dtype = checked_dtype(proto.data_type());
  if (!dtype) return tl::unexpected(dtype.error());
  tensor.dtype = *dtype;
  auto dims = checked_dims(proto.dims());
  if (!dims) return tl::unexpected(dims.error());
  tensor.dims = std::move(*dims);

  const auto payload = claim_payload(*source.thin, proto);
  if (!payload) return tl::unexpected(payload.error());
  const auto content = typed_content(proto);
  if (!content) return tl::unexpected(content.error());
  if (tensor.dtype == DType::string) {
    if (*payload || !proto.raw_data().empty() || proto.data_location() == onnx::TensorProto::EXTERNAL) {
      return refuse(fmt::format("is string but holds its data as raw or external bytes; {}", export_again));
    }
    auto storage = string_storage(proto, tensor, *content);
    if (!storage) return tl::unexpected(storage.error());
    tensor.storage = std::move(*storage);
  } else {
    auto storage = fixed_size_storage(source, proto, tensor, *payload, *content);
    if (!storage) return tl::unexpected(storage.error());
    tensor.storage = std::move(*storage);
  }
  if (proto.has_name()) tensor.name = std::move(*proto.mutable_name());
  return tensor;
}

Parsed<SparseTensor> convert_sparse_tensor(TensorSource& source, onnx::SparseTensorProto& proto) {
  SparseTensor sparse;
  auto values = convert_tensor(source, *proto.mutable_values());
  if (!values) return refuse_in("sparse values", values.error());
  sparse.values = std::move(*values);
  if (proto.has_indices() || !sparse.values.dims.empty()) {
    auto indices = proto.has_indices() ? convert_tensor(source, *proto.mutable_indices()) : Parsed<Tensor>(Tensor{});
    if (!indices) return refuse_in("sparse indices", indices.error());
    sparse.indices = std::move(*indices);
  }
  auto dims = checked_dims(proto.dims());
  if (!dims) return tl::unexpected(dims.error());
  sparse.dims = std::move(*dims);
  if (auto done = check_sparse(sparse); !done) return tl::unexpected(done.error());
  return sparse;
}

}  // namespace costscan
