#include "forensics/stored.hpp"

#include <cstring>
#include <span>
#include <variant>

#include "model/checked_math.hpp"

namespace costscan::forensics {
namespace {

std::string key_head(DType dtype, const Shape& dims) {
  std::string key = std::to_string(static_cast<int>(dtype)) + ":";
  for (const std::int64_t extent : dims) key += std::to_string(extent) + ",";
  return key + ":";
}

void append_bytes(std::string& key, std::span<const std::byte> bytes) {
  const std::size_t old = key.size();
  key.resize(old + bytes.size());
  if (!bytes.empty()) std::memcpy(key.data() + old, bytes.data(), bytes.size());
}

template <class T>
std::string key_of_elements(DType dtype, const Shape& dims, const std::vector<T>& elements) {
  std::string key = key_head(dtype, dims);
  append_bytes(key, std::as_bytes(std::span(elements)));
  return key;
}

template <class T>
const T* value_of(const Node& node, std::string_view name) {
  const Attribute* attribute = find_attribute(node, name);
  return attribute == nullptr ? nullptr : std::get_if<T>(&attribute->value);
}

}  // namespace

std::int64_t stored_bytes(const Tensor& tensor) noexcept {
  return packed_bytes(element_count(tensor), tensor.dtype).value_or(0);
}

std::int64_t stored_bytes(const Graph& graph, ValueId initializer) {
  const auto index = static_cast<std::size_t>(graph.values[static_cast<std::size_t>(initializer)].initializer);
  if (index < graph.initializers.size()) return stored_bytes(graph.initializers[index]);
  const std::size_t sparse = index - graph.initializers.size();
  if (sparse >= graph.sparse_initializers.size()) return 0;
  const SparseTensor& tensor = graph.sparse_initializers[sparse];
  return stored_bytes(tensor.values) + stored_bytes(tensor.indices);
}

std::optional<std::string> contents_key(const Tensor& tensor) {
  std::string key = key_head(tensor.dtype, tensor.dims);
  if (const auto* strings = std::get_if<std::vector<std::string>>(&tensor.storage)) {
    for (const std::string& each : *strings) key += std::to_string(each.size()) + "=" + each;
    return key;
  }
  const auto bytes = bytes_in_memory(tensor);
  if (!bytes)
    return element_count(tensor) == 0 && std::holds_alternative<std::monostate>(tensor.storage) ? std::optional(key)
                                                                                                : std::nullopt;
  append_bytes(key, *bytes);
  return key;
}

std::optional<std::string> contents_key(const Node& constant) {
  if (constant.op_type != "Constant" || !constant.domain.empty()) return std::nullopt;
  if (const auto* tensor = value_of<Tensor>(constant, "value")) return contents_key(*tensor);
  if (const auto* one = value_of<std::int64_t>(constant, "value_int")) {
    return key_of_elements(DType::int64, {}, std::vector{*one});
  }
  if (const auto* one = value_of<float>(constant, "value_float")) {
    return key_of_elements(DType::float32, {}, std::vector{*one});
  }
  if (const auto* list = value_of<std::vector<std::int64_t>>(constant, "value_ints")) {
    return key_of_elements(DType::int64, {static_cast<std::int64_t>(list->size())}, *list);
  }
  if (const auto* list = value_of<std::vector<float>>(constant, "value_floats")) {
    return key_of_elements(DType::float32, {static_cast<std::int64_t>(list->size())}, *list);
  }
  return std::nullopt;
}

}  // namespace costscan::forensics
