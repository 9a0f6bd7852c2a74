#include "passes/expression_key.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

namespace costscan {
namespace {

void append_string(std::string& key, const std::string& text) {
  append_raw(key, text.size());
  key += text;
}

template <class T>
bool append_item(std::string& key, const T& item) {
  if constexpr (std::is_same_v<T, std::string>) {
    append_string(key, item);
    return true;
  } else if constexpr (std::is_arithmetic_v<T>) {
    append_raw(key, item);
    return true;
  } else if constexpr (std::is_same_v<T, Tensor>) {
    const auto of_tensor = tensor_key(item);
    if (of_tensor) append_string(key, *of_tensor);
    return of_tensor.has_value();
  } else {
    return std::is_same_v<T, std::monostate>;
  }
}

bool append_value(std::string& key, const AttributeValue& value) {
  append_raw(key, value.index());
  return std::visit(
      [&]<class T>(const T& held) {
        if constexpr (requires { typename T::value_type; } && !std::is_same_v<T, std::string>) {
          append_raw(key, held.size());
          return std::ranges::all_of(held, [&](const auto& item) { return append_item(key, item); });
        } else {
          return append_item(key, held);
        }
      },
      value);
}

}  // namespace

std::optional<std::string> tensor_key(const Tensor& tensor, std::size_t bulk) {
  std::string key;
  append_raw(key, tensor.dtype);
  append_raw(key, tensor.dims.size());
  for (const std::int64_t dim : tensor.dims) append_raw(key, dim);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.storage)) {
    for (const std::string& text : *texts) append_string(key, text);
    return key;
  }
  const auto bytes = bytes_in_memory(tensor);
  if (!bytes) return std::nullopt;
  append_raw(key, bytes->size());
  const auto* const begin = reinterpret_cast<const char*>(bytes->data());
  if (bulk == 0 || bytes->size() <= bulk) {
    key.append(begin, bytes->size());
    return key;
  }
  // Samples all over the tensor: enough to tell weights apart without reading them whole.
  const std::size_t stride = bytes->size() / bulk;
  for (std::size_t i = 0; i < bulk; ++i) key += begin[i * stride];
  return key;
}

std::optional<std::string> operator_key(const Node& node) {
  std::string key;
  append_string(key, node.domain);
  append_string(key, node.op_type);
  append_string(key, node.overload);
  std::vector<const Attribute*> sorted;
  for (const Attribute& attribute : node.attributes) sorted.push_back(&attribute);
  std::ranges::sort(sorted, {}, [](const Attribute* attribute) { return std::string_view(attribute->name); });
  for (const Attribute* attribute : sorted) {
    append_string(key, attribute->name);
    append_string(key, attribute->ref_attr_name);
    if (!append_value(key, attribute->value)) return std::nullopt;
  }
  return key;
}

}  // namespace costscan
