// Names that a changed graph may use.
#pragma once

#include <string>
#include <unordered_set>

#include "model/graph.hpp"

namespace costscan {

/// Names that are taken; gives out others.
class NameTable {
 public:
  void take(const std::string& name) { taken_.insert(name); }
  void release(const std::string& name) { taken_.erase(name); }
  /// `wished`, or with _1, _2, ... behind it; taken from then on. `fallback` where `wished` is empty.
  [[nodiscard]] std::string fresh(const std::string& wished, const std::string& fallback);

 private:
  std::unordered_set<std::string> taken_;
};

/// Takes the names of all values of a graph and of the graphs inside it: ONNX forbids that one hides another.
void take_value_names(const Graph& graph, NameTable& names);

/// Calls `visit(const Graph&)` for each graph that an attribute of the node holds.
template <class Visit>
void for_each_subgraph(const Node& node, Visit visit) {
  for (const Attribute& attribute : node.attributes) {
    if (const auto* one = std::get_if<std::shared_ptr<const Graph>>(&attribute.value); one != nullptr && *one) {
      visit(**one);
    } else if (const auto* list = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute.value)) {
      for (const auto& each : *list) {
        if (each) visit(*each);
      }
    }
  }
}

}  // namespace costscan
