#include "model/graph.hpp"

#include <algorithm>

#include "model/text.hpp"

namespace costscan {
namespace {

template <class T>
const T* attribute_as(const Node& node, std::string_view name) noexcept {
  const Attribute* attribute = find_attribute(node, name);
  return attribute == nullptr ? nullptr : std::get_if<T>(&attribute->value);
}

template <class T>
std::optional<T> copied(const T* value) noexcept {
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

}  // namespace

const Attribute* find_attribute(const Node& node, std::string_view name) noexcept {
  const auto found = std::ranges::find(node.attributes, name, &Attribute::name);
  return found == node.attributes.end() ? nullptr : &*found;
}

std::optional<std::int64_t> int_attribute(const Node& node, std::string_view name) noexcept {
  return copied(attribute_as<std::int64_t>(node, name));
}

std::optional<float> float_attribute(const Node& node, std::string_view name) noexcept {
  return copied(attribute_as<float>(node, name));
}

const std::string* string_attribute(const Node& node, std::string_view name) noexcept {
  return attribute_as<std::string>(node, name);
}

const std::vector<std::int64_t>* ints_attribute(const Node& node, std::string_view name) noexcept {
  return attribute_as<std::vector<std::int64_t>>(node, name);
}

std::optional<std::int64_t> opset_version(const std::vector<OpsetImport>& imports, std::string_view domain) noexcept {
  const auto found = std::ranges::find(imports, domain, &OpsetImport::domain);
  if (found == imports.end()) return std::nullopt;
  return found->version;
}

const Function* find_function(const Model& model, const Node& node) noexcept {
  const auto found = std::ranges::find_if(model.functions, [&](const Function& function) {
    return function.domain == node.domain && function.name == node.op_type && function.overload == node.overload;
  });
  return found == model.functions.end() ? nullptr : &*found;
}

const Tensor* constant_tensor(const Graph& graph, ValueId value) noexcept {
  if (value == no_value) return nullptr;
  const Value& entry = graph.values[static_cast<std::size_t>(value)];
  if (entry.initializer >= 0) {
    const auto index = static_cast<std::size_t>(entry.initializer);
    return index < graph.initializers.size() ? &graph.initializers[index] : nullptr;
  }
  if (entry.producer < 0) return nullptr;
  const Node& producer = graph.nodes[static_cast<std::size_t>(entry.producer)];
  if (producer.op_type != "Constant" || !producer.domain.empty()) return nullptr;
  return attribute_as<Tensor>(producer, "value");
}

std::string describe_node(const Node& node) {
  return "node " + std::to_string(node.file_index) + " '" + printable(node.name) + "' (" + printable(node.op_type) +
         ")";
}

}  // namespace costscan
