// The same thing twice: initializers, Constant nodes, computations.
#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <variant>

#include "forensics/findings.hpp"
#include "forensics/randomness.hpp"
#include "forensics/stored.hpp"

namespace costscan::forensics {
namespace {

void append_text(std::string& key, std::string_view text) {
  key += std::to_string(text.size());
  key += '=';
  key += text;
}

template <class T>
void append_raw(std::string& key, T value) {
  const auto* bytes = reinterpret_cast<const char*>(&value);
  key.append(bytes, sizeof value);
}

/// An attribute's value as text that is equal for equal values; false for what is not compared: graphs, types, tensors
/// that are not in line.
class AttributeKey {
 public:
  explicit AttributeKey(std::string& key) : key_(key) {}

  bool operator()(std::monostate /*empty*/) const { return true; }
  bool operator()(float value) const { return append_raw(key_, value), true; }
  bool operator()(std::int64_t value) const { return append_raw(key_, value), true; }
  bool operator()(const std::string& value) const { return append_text(key_, value), true; }
  bool operator()(const Tensor& value) const {
    const auto contents = contents_key(value);
    if (contents) append_text(key_, *contents);
    return contents.has_value();
  }
  template <class T>
  bool operator()(const std::vector<T>& values) const {
    append_raw(key_, values.size());
    return std::ranges::all_of(values, [this](const T& each) { return (*this)(each); });
  }
  bool operator()(const SparseTensor& /*value*/) const { return false; }
  bool operator()(const DeclaredType& /*value*/) const { return false; }
  bool operator()(const std::shared_ptr<const Graph>& /*value*/) const { return false; }

 private:
  std::string& key_;
};

/// Op and attributes; nullopt where they cannot be compared.
std::optional<std::string> operation_key(const Node& node) {
  std::string key;
  for (const std::string_view text :
       {std::string_view(node.domain), std::string_view(node.op_type), std::string_view(node.overload)}) {
    append_text(key, text);
  }
  std::vector<const Attribute*> attributes;
  for (const Attribute& attribute : node.attributes) attributes.push_back(&attribute);
  std::ranges::sort(attributes, {}, &Attribute::name);
  for (const Attribute* attribute : attributes) {
    append_text(key, attribute->name);
    append_text(key, attribute->ref_attr_name);
    append_raw(key, attribute->value.index());
    if (!std::visit(AttributeKey(key), attribute->value)) return std::nullopt;
  }
  for (const ValueId out : node.outputs) key += out == no_value ? '-' : '+';
  return key;
}

/// Values that hold the same, by the id of the first of them.
class ValueClasses {
 public:
  ValueClasses(const GraphView& view, bool by_value) : of_(view.graph().values.size()) {
    for (std::size_t v = 0; v < of_.size(); ++v) of_[v] = static_cast<ValueId>(v);
    if (!by_value) return;
    std::unordered_map<std::string, ValueId> first;
    for (std::size_t v = 0; v < of_.size(); ++v) {
      const auto value = static_cast<ValueId>(v);
      const auto key = constant_key(view, value);
      if (key) of_[v] = first.try_emplace(*key, value).first->second;
    }
  }

  [[nodiscard]] ValueId of(ValueId value) const { return value == no_value ? value : of_[index(value)]; }
  void join(ValueId value, ValueId to) { of_[index(value)] = of(to); }

 private:
  static std::size_t index(ValueId value) { return static_cast<std::size_t>(value); }

  static std::optional<std::string> constant_key(const GraphView& view, ValueId value) {
    if (const Tensor* tensor = view.tensor(value)) return contents_key(*tensor);
    const Node* maker = view.producer_node(value);
    return maker == nullptr ? std::nullopt : contents_key(*maker);
  }

  std::vector<ValueId> of_;
};

bool makes_output(const GraphView& view, std::int32_t node) {
  return std::ranges::any_of(view.node(node).outputs, [&](ValueId value) { return view.is_output(value); });
}

/// Nodes come in topological order, so that one pass reaches the fixed point.
Sites repeated_nodes(const GraphView& view, bool by_value) {
  ValueClasses classes(view, by_value);
  Randomness randomness(view.model());
  std::unordered_map<std::string, std::int32_t> first;
  std::map<std::int32_t, Site> sites;  // by the first of each
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    if (is_op(node, "Constant") || !view.captured(index).empty() || randomness.draws(node)) continue;
    if (is_op(node, "Dropout") && !view.is_inference_dropout(index)) continue;
    auto key = operation_key(node);
    if (!key) continue;
    for (const ValueId in : node.inputs) append_raw(*key, classes.of(in));
    const auto [place, is_first] = first.try_emplace(*key, index);
    if (is_first) continue;
    const Node& earlier = view.node(place->second);
    // A graph output keeps its name, and so its node; what it holds is still the same.
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] != no_value && earlier.outputs[i] != no_value)
        classes.join(node.outputs[i], earlier.outputs[i]);
    }
    if (makes_output(view, index)) continue;
    Site& site = sites[place->second];
    if (site.nodes.empty()) site.detail = "as " + describe_node(earlier);
    site.nodes.push_back(index);
    site.removal = Removal::vanish;
  }
  Sites out;
  for (auto& [index, site] : sites) {
    site.count = static_cast<std::int64_t>(site.nodes.size());
    out.push_back(std::move(site));
  }
  return out;
}

}  // namespace

Sites duplicate_initializers(const Scene& scene) {
  const Graph& graph = scene.view().graph();
  std::unordered_map<std::string, std::string> first;
  Sites sites;
  for (const Tensor& tensor : graph.initializers) {
    const auto key = contents_key(tensor);
    if (!key) continue;
    const auto [place, is_first] = first.try_emplace(*key, tensor.name);
    if (is_first) continue;
    Site site;
    site.removal = Removal::stored;
    site.initializers = {tensor.name};
    site.stored_bytes = stored_bytes(tensor);
    site.detail = "as '" + place->second + "'";
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites duplicate_constants(const Scene& scene) {
  const GraphView& view = scene.view();
  std::unordered_map<std::string, std::string> first;
  for (const Tensor& tensor : view.graph().initializers) {
    if (const auto key = contents_key(tensor)) first.try_emplace(*key, "initializer '" + tensor.name + "'");
  }
  Sites sites;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const auto key = contents_key(view.node(index));
    if (!key) continue;
    const auto [place, is_first] = first.try_emplace(*key, describe_node(view.node(index)));
    if (is_first) continue;
    Site site;
    site.nodes = {index};
    site.removal = Removal::stored;
    const Tensor* tensor = view.tensor(view.output(index, 0));
    if (tensor != nullptr) site.stored_bytes = stored_bytes(*tensor);
    site.detail = "as " + place->second;
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites duplicate_subexpressions(const Scene& scene) { return repeated_nodes(scene.view(), true); }
Sites duplicate_subexpressions_by_name(const Scene& scene) { return repeated_nodes(scene.view(), false); }
Sites duplicate_subexpressions_by_value(const Scene& scene) { return repeated_nodes(scene.view(), true); }

}  // namespace costscan::forensics
