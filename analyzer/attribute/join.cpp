#include "attribute/join.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "attribute/fusions.hpp"
#include "attribute/tensor_map.hpp"
#include "model/graph.hpp"

namespace costscan {
namespace {

/// The units that one executed node computes, or that a node serves which the runtime added.
struct Region {
  std::vector<std::int32_t> units;
  bool direct = false;  ///< one unit, as it was
  bool added = false;   ///< computes nothing of the original: it moves a tensor for (or from) these units
};

class RegionFinder {
 public:
  RegionFinder(const Lineage& lineage, const Graph& graph)
      : lineage_(lineage), graph_(graph), map_(map_tensors(lineage, graph)), readers_(graph.values.size()) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const ValueId input : graph.nodes[n].inputs) {
        if (input != no_value) readers_[static_cast<std::size_t>(input)].push_back(static_cast<std::int32_t>(n));
      }
      for (const ValueId output : graph.nodes[n].outputs) note_present(output);
    }
    // What the runtime folded stands as an initializer under the name of the tensor.
    for (std::size_t v = 0; v < graph.values.size(); ++v) {
      if (graph.values[v].initializer >= 0) note_present(static_cast<ValueId>(v));
    }
  }

  std::vector<Region> find() {
    std::vector<Region> regions;
    regions.reserve(graph_.nodes.size());
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) regions.push_back(region(static_cast<std::int32_t>(n)));
    add_merged(regions);
    give_back_moved_transposes(regions);
    return regions;
  }

 private:
  void note_present(ValueId id) {
    if (map_.of(id) != no_tensor) present_.insert(map_.of(id));
  }

  Region region(std::int32_t index) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(index)];
    const std::vector<LineageTensor> outputs = outputs_of(index);
    Region found;
    found.added = is_added(node);
    if (!found.added) {
      if (const auto unit = direct_unit(node, outputs)) return {{*unit}, true, false};
    }
    found.units = outputs.empty() ? by_name(node) : backward(node, outputs);
    return found;
  }

  /// Where no output leads anywhere, as of a node that only has effects.
  std::vector<std::int32_t> by_name(const Node& node) const {
    for (const std::string& name : {node.name, std::string(without_runtime_marks(node.name))}) {
      const auto named = lineage_.unit_by_node_name.find(name);
      if (named != lineage_.unit_by_node_name.end() && named->second.size() == 1) return named->second;
    }
    return {};
  }

  /// It holds the same tensor before and after: in another layout, shape or type.
  bool is_added(const Node& node) const {
    if (!only_moves(node) || node.inputs.empty() || node.outputs.empty()) return false;
    if (map_.copied[static_cast<std::size_t>(node.outputs.front())]) return true;
    const LineageTensor before = map_.of(node.inputs.front());
    return before != no_tensor && before == map_.of(node.outputs.front());
  }

  /// The original tensors that a node's outputs are or lead to: an output without an original name stands for the
  /// nearest named tensors after it, and so does a copy that the runtime made for its readers' sake.
  std::vector<LineageTensor> outputs_of(std::int32_t index) const {
    std::vector<LineageTensor> found;
    std::vector<std::int32_t> pending{index};
    std::unordered_set<std::int32_t> seen{index};
    while (!pending.empty()) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(pending.back())];
      pending.pop_back();
      for (const ValueId output : node.outputs) {
        if (output == no_value) continue;
        const LineageTensor tensor = map_.of(output);
        if (tensor != no_tensor && !map_.copied[static_cast<std::size_t>(output)]) {
          if (std::ranges::find(found, tensor) == found.end()) found.push_back(tensor);
          continue;
        }
        for (const std::int32_t reader : readers_[static_cast<std::size_t>(output)]) {
          if (seen.insert(reader).second) pending.push_back(reader);
        }
      }
    }
    return found;
  }

  std::int32_t producer(LineageTensor tensor) const { return lineage_.producer[static_cast<std::size_t>(tensor)]; }
  const Unit& unit(std::int32_t index) const { return lineage_.units[static_cast<std::size_t>(index)]; }
  LineageTensor same(LineageTensor tensor) const { return lineage_.same_as[static_cast<std::size_t>(tensor)]; }

  /// What the node reads, and everything that holds the same value.
  std::unordered_set<LineageTensor> operands_of(const Node& node) const {
    std::unordered_set<LineageTensor> operands;
    for (const ValueId input : node.inputs) {
      if (map_.of(input) != no_tensor) operands.insert(same(map_.of(input)));
    }
    return operands;
  }

  /// An executed node that is an original node as it was: same outputs, same inputs as far as they are not constants.
  std::optional<std::int32_t> direct_unit(const Node& node, const std::vector<LineageTensor>& outputs) const {
    if (outputs.empty()) return std::nullopt;
    const std::int32_t made_by = producer(outputs.front());
    if (made_by < 0) return std::nullopt;
    for (const LineageTensor tensor : outputs) {
      if (producer(tensor) != made_by) return std::nullopt;
    }
    if (!unit(made_by).bodies.empty()) return made_by;  // what its bodies capture is not among its inputs
    const auto operands = operands_of(node);
    for (const LineageTensor input : unit(made_by).inputs) {
      if (producer(input) < 0 || unit(producer(input)).constant) continue;
      if (!operands.contains(same(input))) return std::nullopt;
    }
    return made_by;
  }

  /// What lies backward from the outputs to the node's own inputs and to what other executed nodes produce.
  std::vector<std::int32_t> backward(const Node& node, const std::vector<LineageTensor>& outputs) const {
    const auto operands = operands_of(node);
    const std::unordered_set<LineageTensor> own(outputs.begin(), outputs.end());
    std::vector<std::int32_t> units;
    std::unordered_set<std::int32_t> seen;
    std::vector<LineageTensor> pending(outputs);
    while (!pending.empty()) {
      const LineageTensor tensor = pending.back();
      pending.pop_back();
      const bool is_output = own.contains(tensor);
      if (!is_output && (operands.contains(same(tensor)) || present_.contains(tensor))) continue;
      const std::int32_t made_by = producer(tensor);
      if (made_by < 0 || !seen.insert(made_by).second) continue;
      // Folded constants were computed before the run; they took none of this time (unless they are all there is).
      if (unit(made_by).constant && !is_output) continue;
      units.push_back(made_by);
      pending.insert(pending.end(), unit(made_by).inputs.begin(), unit(made_by).inputs.end());
    }
    std::ranges::sort(units);
    return units;
  }

  /// Equal nodes of the original are computed once: the others stand beside the one that the runtime kept.
  void add_merged(std::vector<Region>& regions) const {
    std::unordered_map<std::int32_t, std::size_t> region_of;
    for (std::size_t r = 0; r < regions.size(); ++r) {
      if (regions[r].added) continue;
      for (const std::int32_t one : regions[r].units) region_of.try_emplace(one, r);
    }
    for (std::size_t u = 0; u < lineage_.units.size(); ++u) {
      const auto index = static_cast<std::int32_t>(u);
      if (region_of.contains(index) || unit(index).constant || unit(index).outputs.empty()) continue;
      const auto group = lineage_.alike.find(same(unit(index).outputs.front()));
      if (group == lineage_.alike.end()) continue;
      for (const LineageTensor twin : group->second) {
        const auto kept = producer(twin) == index ? region_of.end() : region_of.find(producer(twin));
        if (kept == region_of.end()) continue;
        regions[kept->second].units.push_back(index);
        regions[kept->second].direct = false;
        break;
      }
    }
  }

  /// The runtime moves a Transpose past other nodes: what it added elsewhere is the original one, which so lies in the
  /// region of a node that it was moved past.
  void give_back_moved_transposes(std::vector<Region>& regions) const {
    std::map<std::int32_t, std::vector<std::int32_t>> moved;  // by executed node: what its region had
    for (std::size_t n = 0; n < regions.size(); ++n) {
      if (!regions[n].added || graph_.nodes[n].op_type != "Transpose") continue;
      for (const bool upwards : {true, false}) {
        const auto found = find_moved(static_cast<std::int32_t>(n), upwards, regions, moved);
        if (!found) continue;
        regions[n] = {{*found}, false, false};
        break;
      }
    }
  }

  /// The nearest node in that direction whose region has a Transpose that it does not do itself.
  std::optional<std::int32_t> find_moved(std::int32_t from, bool upwards, std::vector<Region>& regions,
                                         std::map<std::int32_t, std::vector<std::int32_t>>& moved) const {
    constexpr std::size_t farthest = 12;
    std::vector<std::int32_t> queue{from};
    for (std::size_t at = 0; at < queue.size() && at < farthest; ++at) {
      for (const std::int32_t next : neighbours(queue[at], upwards)) {
        if (std::ranges::find(queue, next) != queue.end()) continue;
        queue.push_back(next);
        if (const auto known = moved.find(next); known != moved.end()) return known->second.front();
        Region& region = regions[static_cast<std::size_t>(next)];
        if (region.added || region.units.size() < 2 || transposes_itself(graph_.nodes[static_cast<std::size_t>(next)]))
          continue;
        const auto transpose = std::ranges::find_if(
            region.units, [&](std::int32_t one) { return unit(one).node->op_type == "Transpose"; });
        if (transpose == region.units.end()) continue;
        const std::int32_t found = *transpose;
        take_from_all(found, regions, moved);
        return found;
      }
    }
    return std::nullopt;
  }

  /// All nodes that it was moved past did without it.
  void take_from_all(std::int32_t transpose, std::vector<Region>& regions,
                     std::map<std::int32_t, std::vector<std::int32_t>>& moved) const {
    for (std::size_t n = 0; n < regions.size(); ++n) {
      Region& region = regions[n];
      if (region.added || region.units.size() < 2 || transposes_itself(graph_.nodes[n])) continue;
      if (std::erase(region.units, transpose) > 0) moved[static_cast<std::int32_t>(n)].push_back(transpose);
    }
  }

  std::vector<std::int32_t> neighbours(std::int32_t index, bool upwards) const {
    const Node& node = graph_.nodes[static_cast<std::size_t>(index)];
    std::vector<std::int32_t> found;
    for (const ValueId id : upwards ? node.inputs : node.outputs) {
      if (id == no_value) continue;
      const auto value = static_cast<std::size_t>(id);
      if (!upwards) found.insert(found.end(), readers_[value].begin(), readers_[value].end());
      if (upwards && graph_.values[value].producer >= 0) found.push_back(graph_.values[value].producer);
    }
    return found;
  }

  /// Kernels that read an operand in another order of its axes.
  static bool transposes_itself(const Node& node) {
    return node.op_type == "Transpose" || node.op_type.find("MatMul") != std::string::npos ||
           node.op_type.find("Gemm") != std::string::npos || node.op_type.find("Attention") != std::string::npos;
  }

  const Lineage& lineage_;
  const Graph& graph_;
  TensorMap map_;
  std::vector<std::vector<std::int32_t>> readers_;  ///< by value: executed nodes
  std::unordered_set<LineageTensor> present_;       ///< original tensors that exist in the executed graph
};

std::string counted(std::size_t units) {
  return "region of " + std::to_string(units) + (units == 1 ? " node" : " nodes");
}

/// Reshapes and the like that the runtime drops wherever it can.
bool does_work(const Unit& unit) {
  static constexpr std::array free{"Identity", "Dropout", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Constant"};
  return std::ranges::find(free, unit.node->op_type) == free.end();
}

Join joined(const Lineage& lineage, const Node& node, const Region& region) {
  if (region.units.empty()) {
    return {{}, "not joined: its outputs lead to no node of the file that is not computed elsewhere"};
  }
  Join join;
  std::set<std::string> members;
  std::size_t working = 0;
  for (const std::int32_t index : region.units) {
    const Unit& unit = lineage.units[static_cast<std::size_t>(index)];
    join.rows.push_back(unit.row);
    members.insert(unit.node->op_type);
    working += does_work(unit) ? 1 : 0;
  }
  if (region.added) {
    const std::string by = adding_transformer(node);
    join.how = "added by the runtime" + (by.empty() ? "" : " (" + by + ")") + " for a " + counted(region.units.size());
  } else if (region.direct) {
    join.how = "output name";
  } else {
    join.how = counted(region.units.size());
    if (working > 1) join.fusion = fusion_name(node, members);
  }
  return join;
}

/// Joins of all graphs, bodies within bodies included, by graph and node.
class AllGraphs {
 public:
  AllGraphs(const Analysis& analysis, const std::set<const Graph*>& listed) : analysis_(analysis), listed_(listed) {
    join_graph(0, analysis.measurement.optimized->graph);
  }

  [[nodiscard]] const Join* find(const ExecutedPlace& place) const {
    const auto found = joins_.find(place.graph);
    return found == joins_.end() ? nullptr : &found->second[static_cast<std::size_t>(place.node)];
  }

 private:
  void join_graph(ScopeId scope, const Graph& executed) {
    const Lineage lineage = build_lineage(analysis_, scope, executed);
    const GraphJoin joined(lineage, executed);
    std::vector<Join> joins = joined.joins();
    for (std::size_t n = 0; n < executed.nodes.size(); ++n) {
      const Unit* caller = joined.control_flow_unit(static_cast<std::int32_t>(n));
      if (caller != nullptr && !join_bodies(*caller, executed.nodes[n])) {
        joins[n].rows.insert(joins[n].rows.end(), caller->body_rows.begin(), caller->body_rows.end());
      }
    }
    joins_[&executed] = std::move(joins);
  }

  /// False where none of the bodies' nodes is listed: then the calling node's time holds theirs.
  bool join_bodies(const Unit& caller, const Node& node) {
    bool any = false;
    for (const UnitBody& body : caller.bodies) {
      const Attribute* attribute = find_attribute(node, body.attribute);
      const auto* graph = attribute == nullptr ? nullptr : std::get_if<std::shared_ptr<const Graph>>(&attribute->value);
      if (graph == nullptr || !*graph) continue;
      any = any || listed_.contains(graph->get());
      join_graph(body.scope, **graph);
    }
    return any;
  }

  const Analysis& analysis_;
  const std::set<const Graph*>& listed_;
  std::map<const Graph*, std::vector<Join>> joins_;
};

}  // namespace

GraphJoin::GraphJoin(const Lineage& lineage, const Graph& executed) : lineage_(lineage) {
  const std::vector<Region> regions = RegionFinder(lineage, executed).find();
  for (std::size_t n = 0; n < regions.size(); ++n) {
    joins_.push_back(joined(lineage, executed.nodes[n], regions[n]));
    direct_.push_back(regions[n].direct ? regions[n].units.front() : -1);
  }
}

const Unit* GraphJoin::control_flow_unit(std::int32_t node) const {
  const std::int32_t index = direct_[static_cast<std::size_t>(node)];
  if (index < 0) return nullptr;
  const Unit& unit = lineage_.units[static_cast<std::size_t>(index)];
  return unit.bodies.empty() ? nullptr : &unit;
}

std::vector<Join> join_executed_nodes(const Analysis& analysis) {
  const Measurement& measurement = analysis.measurement;
  if (!measurement.optimized) {
    return std::vector<Join>(measurement.nodes.size(), Join{{}, "not joined: the runtime saved no optimised graph"});
  }
  const std::vector<ExecutedPlace> places = locate_executed_nodes(measurement);
  std::set<const Graph*> listed;
  for (const ExecutedPlace& place : places) listed.insert(place.graph);
  const AllGraphs graphs(analysis, listed);
  std::vector<Join> joins;
  joins.reserve(places.size());
  for (const ExecutedPlace& place : places) {
    const Join* join = place.graph == nullptr ? nullptr : graphs.find(place);
    joins.push_back(join != nullptr ? *join : Join{{}, "not joined: it is not in the graph that the runtime saved"});
  }
  return joins;
}

}  // namespace costscan
