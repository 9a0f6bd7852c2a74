// A function's body for one call: attribute references replaced by what the caller gives.
#include <algorithm>

#include "shapes/inference.hpp"

namespace costscan {
namespace {

bool has_references(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    return std::any_of(node.attributes.begin(), node.attributes.end(), [](const Attribute& attribute) {
      if (!attribute.ref_attr_name.empty()) return true;
      if (const auto* inner = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) {
        return *inner != nullptr && has_references(**inner);
      }
      return false;
    });
  });
}

const Attribute* actual_attribute(const std::string& name, const Node& caller, const Function& function) {
  if (const Attribute* given = find_attribute(caller, name)) return given;
  const auto it = std::find_if(function.attribute_defaults.begin(), function.attribute_defaults.end(),
                               [&](const Attribute& attribute) { return attribute.name == name; });
  return it == function.attribute_defaults.end() ? nullptr : &*it;
}

}  // namespace

std::shared_ptr<const Graph> substitute_attributes(std::shared_ptr<const Graph> graph, const Node& caller,
                                                   const Function& function) {
  if (!has_references(*graph)) return graph;
  auto out = std::make_shared<Graph>(*graph);
  for (Node& node : out->nodes) {
    std::vector<Attribute> attributes;
    for (Attribute& attribute : node.attributes) {
      if (!attribute.ref_attr_name.empty()) {
        // An optional attribute that nobody gives is left out.
        const Attribute* actual = actual_attribute(attribute.ref_attr_name, caller, function);
        if (actual == nullptr) continue;
        attribute.value = actual->value;
        attribute.declared_type = actual->declared_type;
        attribute.ref_attr_name.clear();
      } else if (auto* inner = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) {
        if (*inner != nullptr) *inner = substitute_attributes(*inner, caller, function);
      }
      attributes.push_back(std::move(attribute));
    }
    node.attributes = std::move(attributes);
  }
  return out;
}

}  // namespace costscan
