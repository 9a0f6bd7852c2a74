#include "store/serialize.hpp"

#include <onnx/onnx_pb.h>

#include <cstring>
#include <string_view>
#include <type_traits>

#include "model/text.hpp"

namespace costscan {
namespace {

void put_external(onnx::TensorProto& proto, const std::string& location, std::uint64_t offset, std::uint64_t length) {
  proto.set_data_location(onnx::TensorProto::EXTERNAL);
  const auto add = [&](const char* key, const std::string& value) {
    auto* const entry = proto.add_external_data();
    entry->set_key(key);
    entry->set_value(value);
  };
  add("location", location);
  add("offset", std::to_string(offset));
  add("length", std::to_string(length));
}

void put_tensor(onnx::TensorProto& proto, const Tensor& tensor, const std::filesystem::path& folder,
                const std::optional<DataPlace>& place) {
  if (!tensor.name.empty()) proto.set_name(tensor.name);
  proto.set_data_type(static_cast<std::int32_t>(tensor.dtype));
  for (const std::int64_t dim : tensor.dims) proto.add_dims(dim);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.storage)) {
    for (const std::string& text : *texts) proto.add_string_data(text);
    return;
  }
  if (const auto* external = std::get_if<ExternalBytes>(&tensor.storage)) {
    const auto location = folder.empty() ? external->file : external->file.lexically_relative(folder);
    put_external(proto, location.generic_string(), static_cast<std::uint64_t>(external->offset),
                 static_cast<std::uint64_t>(external->length));
    return;
  }
  const auto bytes = bytes_in_memory(tensor);
  if (!bytes) return;
  if (place) return put_external(proto, place->location, place->offset, bytes->size());
  proto.set_raw_data(bytes->data(), bytes->size());
}

/// One attribute's value; false for what passes do not make.
struct AttributeWriter {
  onnx::AttributeProto& proto;
  const std::filesystem::path& folder;

  bool operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
    return true;
  }
  bool operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
    return true;
  }
  bool operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
    return true;
  }
  bool operator()(const Tensor& value) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    put_tensor(*proto.mutable_t(), value, folder, std::nullopt);
    return true;
  }
  bool operator()(const std::vector<float>& values) const {
    proto.set_type(onnx::AttributeProto::FLOATS);
    for (const float value : values) proto.add_floats(value);
    return true;
  }
  bool operator()(const std::vector<std::int64_t>& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) proto.add_ints(value);
    return true;
  }
  bool operator()(const std::vector<std::string>& values) const {
    proto.set_type(onnx::AttributeProto::STRINGS);
    for (const std::string& value : values) proto.add_strings(value);
    return true;
  }
  bool operator()(const std::vector<Tensor>& values) const {
    proto.set_type(onnx::AttributeProto::TENSORS);
    for (const Tensor& value : values) put_tensor(*proto.add_tensors(), value, folder, std::nullopt);
    return true;
  }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

/// Typed data (int64_data, ...) or raw bytes as packed little-endian bytes; what the loader makes of them.
std::optional<std::string> packed_contents(const onnx::TensorProto& proto) {
  if (proto.has_raw_data()) return proto.raw_data();
  std::string out;
  const int bits = bits_per_element(static_cast<DType>(proto.data_type()));
  const auto append = [&](const auto& entries) {
    for (const auto entry : entries) {
      // Entries of narrower types are their low bytes (onnx.proto, int32_data and uint64_data).
      const std::size_t size = std::min<std::size_t>(sizeof entry, bits < 8 ? 1 : static_cast<std::size_t>(bits / 8));
      out.append(reinterpret_cast<const char*>(&entry), size);
    }
  };
  append(proto.int64_data());
  append(proto.int32_data());
  append(proto.uint64_data());
  append(proto.float_data());
  append(proto.double_data());
  return out;
}

}  // namespace

Result<std::string> serialized_node(const Graph& graph, const Node& node, const std::filesystem::path& folder) {
  onnx::NodeProto proto;
  const auto name_of = [&](ValueId value) {
    return value == no_value ? std::string() : graph.values[static_cast<std::size_t>(value)].name;
  };
  for (const ValueId in : node.inputs) proto.add_input(name_of(in));
  for (const ValueId out : node.outputs) proto.add_output(name_of(out));
  proto.set_name(node.name);
  proto.set_op_type(node.op_type);
  if (!node.domain.empty()) proto.set_domain(node.domain);
  if (!node.overload.empty()) proto.set_overload(node.overload);
  if (!node.doc_string.empty()) proto.set_doc_string(node.doc_string);
  for (const Attribute& attribute : node.attributes) {
    onnx::AttributeProto& held = *proto.add_attribute();
    held.set_name(attribute.name);
    if (!std::visit(AttributeWriter{held, folder}, attribute.value)) {
      return fail(ErrorKind::defect, describe_node(node) + ": attribute '" + printable(attribute.name) +
                                         "' of a new node cannot be written");
    }
  }
  for (const auto& [key, value] : node.metadata) {
    auto* const entry = proto.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  return proto.SerializeAsString();
}

std::string serialized_tensor(const Tensor& tensor, const std::filesystem::path& folder,
                              const std::optional<DataPlace>& place) {
  onnx::TensorProto proto;
  put_tensor(proto, tensor, folder, place);
  return proto.SerializeAsString();
}

std::optional<std::string> with_declared_dims(std::string_view original, const DeclaredType& declared) {
  onnx::ValueInfoProto proto;
  if (!proto.ParseFromArray(original.data(), static_cast<int>(original.size()))) return std::nullopt;
  if (!declared.dims || !proto.type().has_tensor_type() || !proto.type().tensor_type().has_shape()) {
    return std::string(original);
  }
  auto& dims = *proto.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim();
  bool changed = false;
  for (int i = 0; i < dims.size() && static_cast<std::size_t>(i) < declared.dims->size(); ++i) {
    const auto* number = std::get_if<std::int64_t>(&(*declared.dims)[static_cast<std::size_t>(i)]);
    if (number == nullptr || (dims[i].has_dim_value() && dims[i].dim_value() == *number)) continue;
    dims[i].set_dim_value(*number);
    changed = true;
  }
  return changed ? proto.SerializeAsString() : std::string(original);
}

std::string serialized_value_info(const std::string& name, const DeclaredType& type) {
  onnx::ValueInfoProto proto;
  proto.set_name(name);
  auto& tensor = *proto.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<std::int32_t>(type.dtype));
  if (!type.dims) return proto.SerializeAsString();
  auto& shape = *tensor.mutable_shape();
  for (const DeclaredDim& dim : *type.dims) {
    auto& added = *shape.add_dim();
    if (const auto* number = std::get_if<std::int64_t>(&dim)) added.set_dim_value(*number);
    if (const auto* symbol = std::get_if<std::string>(&dim)) added.set_dim_param(*symbol);
  }
  return proto.SerializeAsString();
}

std::string serialized_opset(const OpsetImport& import) {
  onnx::OperatorSetIdProto proto;
  if (!import.domain.empty()) proto.set_domain(import.domain);
  proto.set_version(import.version);
  return proto.SerializeAsString();
}

bool holds_tensor(std::string_view message, const Tensor& tensor) {
  onnx::TensorProto proto;
  if (!proto.ParseFromArray(message.data(), static_cast<int>(message.size()))) return false;
  if (proto.data_type() != static_cast<std::int32_t>(tensor.dtype)) return false;
  if (!std::equal(proto.dims().begin(), proto.dims().end(), tensor.dims.begin(), tensor.dims.end())) return false;
  const auto bytes = bytes_in_memory(tensor);
  const auto contents = packed_contents(proto);
  return bytes && contents && contents->size() == bytes->size() &&
         (bytes->empty() || std::memcmp(contents->data(), bytes->data(), bytes->size()) == 0);
}

}  // namespace costscan
