#include "shapes/deciding_inputs.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace costscan {
namespace {

constexpr unsigned operand(unsigned index) { return 1U << index; }

struct Visit {
  const Model& model;
  std::unordered_map<ValueId, Decides>& found;
};

/// One graph on the way from the main graph into subgraphs; names not found here are looked up in the parent.
struct Level {
  const Graph* graph;
  Level* parent;
  std::vector<bool> seen;
};

void mark(const Visit& visit, Level& level, ValueId value, Decides why);

/// A captured name continues in the graph that defines it.
void mark_captured(const Visit& visit, Level& level, const std::string& name, Decides why) {
  for (Level* outer = level.parent; outer != nullptr; outer = outer->parent) {
    const auto it = outer->graph->value_by_name.find(name);
    if (it == outer->graph->value_by_name.end()) continue;
    if (outer->graph->values[static_cast<std::size_t>(it->second)].origin == ValueOrigin::captured) continue;
    mark(visit, *outer, it->second, why);
    return;
  }
}

void mark(const Visit& visit, Level& level, ValueId start, Decides why) {
  std::vector<ValueId> work{start};
  while (!work.empty()) {
    const ValueId id = work.back();
    work.pop_back();
    if (id == no_value || level.seen[static_cast<std::size_t>(id)]) continue;
    level.seen[static_cast<std::size_t>(id)] = true;
    const Value& value = level.graph->values[static_cast<std::size_t>(id)];
    if (value.origin == ValueOrigin::captured) {
      mark_captured(visit, level, value.name, why);
    } else if (value.origin == ValueOrigin::graph_input && level.parent == nullptr) {
      visit.found.emplace(id, why);
    } else if (value.origin == ValueOrigin::graph_input) {
      // A loop's carried value: the caller's operands, all of them, since they may feed one another.
      continue;
    } else if (value.origin == ValueOrigin::node_output && value.producer >= 0) {
      const Node& node = level.graph->nodes[static_cast<std::size_t>(value.producer)];
      if (node.op_type == "Shape" || node.op_type == "Size") continue;
      for (const ValueId input : node.inputs) work.push_back(input);
    }
  }
}

Decides decides(std::string_view op_type) {
  if (op_type == "If") return Decides::branch;
  const bool form =
      op_type == "Squeeze" || op_type == "Unsqueeze" || op_type == "Reshape" || op_type.starts_with("Reduce");
  return form ? Decides::form : Decides::size;
}

void walk(const Visit& visit, Level& level) {
  for (const Node& node : level.graph->nodes) {
    const unsigned operands = shape_deciding_operands(node);
    const bool loop = node.op_type == "Loop";
    const Decides why = loop ? Decides::trips : decides(node.op_type);
    for (unsigned i = 0; i < node.inputs.size() && i < 32; ++i) {
      if ((operands & operand(i)) != 0) mark(visit, level, node.inputs[i], why);
    }
    // What reaches a function may decide sizes inside it: small integer operands only ever serve that.
    if (find_function(visit.model, node) != nullptr) {
      for (const ValueId input : node.inputs) mark(visit, level, input, Decides::size);
    }
    for (const Attribute& attribute : node.attributes) {
      const auto* graph = std::get_if<std::shared_ptr<const Graph>>(&attribute.value);
      if (graph == nullptr || *graph == nullptr) continue;
      Level inner{graph->get(), &level, std::vector<bool>((*graph)->values.size())};
      // Carried values that decide sizes inside the body come from the caller's operands.
      if (loop || node.op_type == "Scan") {
        for (const ValueId input : node.inputs) mark(visit, level, input, Decides::size);
      }
      walk(visit, inner);
    }
  }
}

}  // namespace

unsigned shape_deciding_operands(const Node& node) noexcept {
  static const std::unordered_map<std::string_view, unsigned> table{
      {"Reshape", operand(1)},
      {"Expand", operand(1)},
      {"Tile", operand(1) | operand(2)},
      {"ConstantOfShape", operand(0)},
      {"Range", operand(0) | operand(1) | operand(2)},
      {"Slice", operand(1) | operand(2) | operand(3) | operand(4)},
      {"TopK", operand(1)},
      {"Pad", operand(1) | operand(3)},
      {"Resize", operand(1) | operand(2) | operand(3)},
      {"Upsample", operand(1)},
      {"OneHot", operand(1)},
      {"Loop", operand(0) | operand(1)},
      {"If", operand(0)},
      {"Squeeze", operand(1)},
      {"Unsqueeze", operand(1)},
      {"Split", operand(1)},
      {"SplitToSequence", operand(1)},
      {"SequenceAt", operand(1)},
      {"CenterCropPad", operand(1)},
      {"AffineGrid", operand(1)},
      {"MaxUnpool", operand(2)},
      {"Col2Im", operand(1) | operand(2)},
      {"DFT", operand(1) | operand(2)},
      {"STFT", operand(1) | operand(3)},
      {"HannWindow", operand(0)},
      {"HammingWindow", operand(0)},
      {"BlackmanWindow", operand(0)},
      {"MelWeightMatrix", operand(0) | operand(1)},
      {"NonMaxSuppression", operand(2)},
      {"ReduceSum", operand(1)},
      {"ReduceMean", operand(1)},
      {"ReduceMax", operand(1)},
      {"ReduceMin", operand(1)},
      {"ReduceProd", operand(1)},
      {"ReduceL1", operand(1)},
      {"ReduceL2", operand(1)},
      {"ReduceLogSum", operand(1)},
      {"ReduceLogSumExp", operand(1)},
      {"ReduceSumSquare", operand(1)},
      {"ExpandDims", operand(1)},
      {"GroupQueryAttention", operand(6)},
  };
  const auto it = table.find(node.op_type);
  return it == table.end() ? 0U : it->second;
}

std::unordered_map<ValueId, Decides> deciding_inputs(const Model& model) {
  std::unordered_map<ValueId, Decides> found;
  Level main{&model.graph, nullptr, std::vector<bool>(model.graph.values.size())};
  walk({model, found}, main);
  return found;
}

}  // namespace costscan
