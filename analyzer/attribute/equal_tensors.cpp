// Which tensors of the original hold the same value by construction: the runtime computes those once.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <type_traits>

#include "attribute/lineage.hpp"

namespace costscan {
namespace {

void append(std::string& key, const std::string& text) { key += std::to_string(text.size()) + ":" + text; }

template <class T>
void append_bytes(std::string& key, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  key.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

/// False for what has no key: a graph, a type, a tensor whose bytes are elsewhere.
struct AppendAttribute {
  std::string& key;
  bool operator()(std::monostate) const { return true; }
  bool operator()(float value) const { return append_bytes(key, value), true; }
  bool operator()(std::int64_t value) const { return append_bytes(key, value), true; }
  bool operator()(const std::string& value) const { return append(key, value), true; }
  bool operator()(const Tensor& tensor) const {
    const auto bytes = bytes_in_memory(tensor);
    if (!bytes) return false;
    append_bytes(key, tensor.dtype);
    for (const std::int64_t dim : tensor.dims) append_bytes(key, dim);
    append(key, std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()));
    return true;
  }
  template <class T>
  bool operator()(const std::vector<T>& values) const {
    append_bytes(key, values.size());
    return std::ranges::all_of(values, [&](const T& value) { return (*this)(value); });
  }
  template <class T>
  bool operator()(const T&) const {
    return false;
  }
};

bool is_random(const Unit& unit) {
  static constexpr std::array ops{"RandomNormal",      "RandomNormalLike", "RandomUniform",
                                  "RandomUniformLike", "Multinomial",      "Bernoulli"};
  return std::ranges::find(ops, unit.node->op_type) != ops.end();
}

/// Equal keys: equal operators on equal operands. nullopt where a unit is alike with nothing.
std::optional<std::string> key_of(const Lineage& lineage, const Unit& unit) {
  if (!unit.bodies.empty() || is_random(unit)) return std::nullopt;
  std::string key;
  append(key, unit.node->domain);
  append(key, unit.node->op_type);
  append(key, unit.node->overload);
  // Omitted operands have their place, which the unit's own list does not keep.
  std::size_t at = 0;
  for (const ValueId id : unit.node->inputs) {
    append_bytes(key, id == no_value ? no_tensor : lineage.same_as[static_cast<std::size_t>(unit.inputs[at++])]);
  }
  for (const Attribute& attribute : unit.node->attributes) {
    append(key, attribute.name);
    if (!std::visit(AppendAttribute{key}, attribute.value)) return std::nullopt;
  }
  return key;
}

}  // namespace

void find_equal_tensors(Lineage& lineage) {
  lineage.same_as.resize(lineage.producer.size());
  std::unordered_map<std::string, LineageTensor> first_literal;
  for (std::size_t t = 0; t < lineage.same_as.size(); ++t) {
    const auto tensor = static_cast<LineageTensor>(t);
    lineage.same_as[t] = tensor;
    const auto literal = lineage.literals.find(tensor);
    if (literal == lineage.literals.end() || lineage.producer[t] >= 0) continue;
    lineage.same_as[t] = first_literal.try_emplace(literal->second, tensor).first->second;
  }
  std::unordered_map<std::string, std::int32_t> first_unit;
  for (std::size_t u = 0; u < lineage.units.size(); ++u) {
    const Unit& unit = lineage.units[u];
    const auto key = key_of(lineage, unit);
    if (!key) continue;
    const auto [first, fresh] = first_unit.try_emplace(*key, static_cast<std::int32_t>(u));
    const Unit& other = lineage.units[static_cast<std::size_t>(first->second)];
    if (fresh || other.outputs.size() != unit.outputs.size()) continue;
    for (std::size_t i = 0; i < unit.outputs.size(); ++i) {
      lineage.same_as[static_cast<std::size_t>(unit.outputs[i])] = other.outputs[i];
    }
  }
  std::unordered_map<LineageTensor, std::vector<LineageTensor>> groups;
  for (std::size_t t = 0; t < lineage.same_as.size(); ++t) {
    groups[lineage.same_as[t]].push_back(static_cast<LineageTensor>(t));
  }
  for (auto& [first, group] : groups) {
    if (group.size() > 1) lineage.alike.emplace(first, std::move(group));
  }
}

}  // namespace costscan
