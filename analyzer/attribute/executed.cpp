#include "attribute/executed.hpp"

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

namespace costscan {
namespace {

/// The nodes of all bodies, in the order in which a walk meets them.
class BodyNodes {
 public:
  explicit BodyNodes(const Graph& main) { walk(main, true); }

  /// The next node of that name and operator; of that operator and without a name.
  ExecutedPlace take(const RuntimeNode& executed) {
    if (const ExecutedPlace named = next(executed.name, executed.op_type); named.graph != nullptr) return named;
    return next("", executed.op_type);
  }

 private:
  /// As the runtime ends them: the nodes of a body before the one that runs it.
  void walk(const Graph& graph, bool main) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const Node& node = graph.nodes[n];
      for (const Attribute& attribute : node.attributes) {
        if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value); body != nullptr && *body)
          walk(**body, false);
      }
      if (!main) places_[key(node.name, node.op_type)].push_back({&graph, static_cast<std::int32_t>(n)});
    }
  }

  static std::string key(const std::string& name, const std::string& op_type) { return name + '\n' + op_type; }

  ExecutedPlace next(const std::string& name, const std::string& op_type) {
    const auto found = places_.find(key(name, op_type));
    if (found == places_.end()) return {};
    std::size_t& taken = taken_[found->first];
    if (taken >= found->second.size()) return {};
    return found->second[taken++];
  }

  std::unordered_map<std::string, std::vector<ExecutedPlace>> places_;
  std::unordered_map<std::string, std::size_t> taken_;
};

}  // namespace

std::vector<ExecutedPlace> locate_executed_nodes(const Measurement& measurement) {
  std::vector<ExecutedPlace> places(measurement.nodes.size());
  if (!measurement.optimized) return places;
  const Graph& main = measurement.optimized->graph;
  BodyNodes bodies(main);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const RuntimeNode& executed = measurement.nodes[i];
    places[i] = executed.optimized_node >= 0 ? ExecutedPlace{&main, executed.optimized_node} : bodies.take(executed);
  }
  return places;
}

std::vector<NodeCost> executed_costs(const Measurement& measurement, const ShapedModel& executed,
                                     const std::vector<std::vector<NodeCost>>& costs) {
  std::unordered_map<const Graph*, std::size_t> scope_of;
  for (std::size_t s = 0; s < executed.scopes.size(); ++s) scope_of.try_emplace(executed.scopes[s].graph.get(), s);
  std::vector<NodeCost> found(measurement.nodes.size());
  const std::vector<ExecutedPlace> places = locate_executed_nodes(measurement);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto scope = scope_of.find(places[i].graph);
    if (places[i].graph != nullptr && scope != scope_of.end()) {
      found[i] = costs[scope->second][static_cast<std::size_t>(places[i].node)];
    } else {
      found[i].unknown_reason = "the executed node is not in the graph that the runtime saved";
    }
  }
  return found;
}

}  // namespace costscan
