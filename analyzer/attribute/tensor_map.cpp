#include "attribute/tensor_map.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace costscan {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

class Mapper {
 public:
  Mapper(const Lineage& lineage, const Graph& graph) : lineage_(lineage), graph_(graph) {
    map_.original.assign(graph.values.size(), no_tensor);
    map_.copied.assign(graph.values.size(), false);
  }

  TensorMap map() {
    for (std::size_t v = 0; v < graph_.values.size(); ++v) map_.original[v] = find(graph_.values[v].name);
    map_inlined_tensors(lineage_, graph_, map_);
    by_nodes();
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) by_reader(*node);
    forwards();
    backwards();
    return std::move(map_);
  }

 private:
  LineageTensor by_exact_name(std::string_view name) const {
    const auto found = lineage_.by_name.find(std::string(name));
    return found == lineage_.by_name.end() ? no_tensor : found->second;
  }

  LineageTensor find(std::string_view name) const {
    const std::string_view bare = without_runtime_marks(name);
    LineageTensor found = by_exact_name(name);
    if (found == no_tensor) found = by_exact_name(bare);
    constexpr std::string_view cast = "InsertedPrecisionFreeCast_";
    constexpr std::string_view duplicate = "/duplicated";  // of a DequantizeLinear, one for each reader
    if (found == no_tensor && name.starts_with(cast)) found = find(name.substr(cast.size()));
    if (found == no_tensor && bare.ends_with(duplicate)) found = find(bare.substr(0, bare.size() - duplicate.size()));
    return found;
  }

  bool is_known(ValueId id) const { return map_.of(id) != no_tensor; }
  void set(ValueId id, LineageTensor tensor) { map_.original[static_cast<std::size_t>(id)] = tensor; }

  /// Outputs with made-up names of nodes that keep theirs, or whose outputs are called by the name of an original node.
  void by_nodes() {
    for (const Node& node : graph_.nodes) {
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i] == no_value || is_known(node.outputs[i])) continue;
        set(node.outputs[i], by_node_name(node, i));
      }
    }
  }

  /// Operands with made-up names, told by the original operands of a reader that is an original node: it reads them in
  /// the same places.
  void by_reader(const Node& node) {
    const Unit* unit = before_absorbed(unit_of(node), node);
    if (unit == nullptr) return;
    std::size_t at = 0;
    for (std::size_t i = 0; i < node.inputs.size() && i < unit->node->inputs.size(); ++i) {
      if (unit->node->inputs[i] == no_value) continue;
      const LineageTensor operand = unit->inputs[at++];
      const ValueId read = node.inputs[i];
      if (read == no_value || is_known(read) || is_initializer(read)) continue;
      // Of commutative operators the runtime may have swapped the operands; then the other place tells.
      const bool elsewhere = std::ranges::any_of(node.inputs, [&](ValueId id) { return map_.of(id) == operand; });
      if (!elsewhere) set(read, operand);
    }
  }

  /// The original node that this one is by name, or by its first output where that is known and of the same operator.
  const Unit* unit_of(const Node& node) const {
    if (const LineageTensor blocked = blocked_name(node); blocked != no_tensor) return maker(blocked);
    if (const Unit* named = unit_by_name(node.name); named != nullptr) return named;
    return node.outputs.empty() || !is_known(node.outputs.front()) ? nullptr : maker(map_.of(node.outputs.front()));
  }

  /// The node of the executed one's operator whose result `unit` has normalised, activated or otherwise changed on its
  /// own: what a Conv took in behind it. nullptr where there is none. What only moves a tensor takes nothing in.
  static constexpr std::array absorbable{
      "Abs",
      "Add",
      "BatchNormalization",
      "Cast",
      "CastLike",
      "Clip",
      "DequantizeLinear",
      "Div",
      "Dropout",
      "Elu",
      "HardSwish",
      "Identity",
      "Mul",
      "QuantizeLinear",
      "Relu",
      "Selu",
      "HardSigmoid",
      "Sigmoid",
      "LeakyRelu",
      "Softplus",
      "Softsign",
      "Sub",
      "Sum",
      "ThresholdedRelu",
      "Tanh",
      "PRelu",
      "Mish",
      "Gelu",
  };

  const Unit* before_absorbed(const Unit* unit, const Node& executed) const {
    const int most_steps = only_moves(executed) ? 1 : 4;
    for (int step = 0; unit != nullptr && step < most_steps; ++step) {
      if (unit->node->op_type == executed.op_type) return unit;
      if (std::ranges::find(absorbable, unit->node->op_type) == absorbable.end()) return nullptr;
      const Unit* before = nullptr;
      for (const LineageTensor input : unit->inputs) {
        const Unit* made_by = maker(input);
        if (made_by == nullptr || made_by->constant || made_by == before) continue;
        if (before != nullptr) return nullptr;  // two operands that are computed: which one it was is not known
        before = made_by;
      }
      unit = before;
    }
    return nullptr;
  }

  const Unit* maker(LineageTensor tensor) const {
    const std::int32_t unit = lineage_.producer[static_cast<std::size_t>(tensor)];
    return unit < 0 ? nullptr : &lineage_.units[static_cast<std::size_t>(unit)];
  }

  bool is_initializer(ValueId id) const { return graph_.values[static_cast<std::size_t>(id)].initializer >= 0; }

  /// What is left, in the order of execution: copies, and what equal operators made of equal operands.
  void forwards() {
    for (const Node& node : graph_.nodes) {
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        const ValueId output = node.outputs[i];
        if (output == no_value) continue;
        if (i == 0 && moves_a_weight(node)) {
          map_.copied[static_cast<std::size_t>(output)] = true;
        } else if (is_known(output)) {
          if (i == 0 && repeats_its_operand(node)) map_.copied[static_cast<std::size_t>(output)] = true;
        } else if (only_moves(node) && !node.inputs.empty() && is_known(node.inputs.front())) {
          set(output, map_.of(node.inputs.front()));
          map_.copied[static_cast<std::size_t>(output)] = true;
        } else if (const LineageTensor alike = by_structure(node, i); alike != no_tensor) {
          set(output, alike);
        }
      }
    }
  }

  /// A move of a constant that no node of the file moves, such as a cast of a weight into which another was folded.
  bool moves_a_weight(const Node& node) const {
    if (!only_moves(node) || node.inputs.empty()) return false;
    const auto constant = [&](ValueId id) { return id == no_value || is_initializer(id); };
    const LineageTensor output = map_.of(node.outputs.front());
    return std::ranges::all_of(node.inputs, constant) && (output == no_tensor || maker(output) == nullptr);
  }

  /// A move from an original tensor to a made-up name that stands for the same one.
  bool repeats_its_operand(const Node& node) const {
    if (!only_moves(node) || node.inputs.empty() || map_.of(node.inputs.front()) != map_.of(node.outputs.front()))
      return false;
    const auto made_up = [&](ValueId id) { return by_exact_name(name_of(id)) != map_.of(id); };
    const ValueId operand = node.inputs.front();
    return made_up(node.outputs.front()) && (!made_up(operand) || map_.copied[static_cast<std::size_t>(operand)]);
  }

  const std::string& name_of(ValueId id) const { return graph_.values[static_cast<std::size_t>(id)].name; }

  /// A node with a made-up operand that only moves it into an original tensor holds that tensor already.
  void backwards() {
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (!only_moves(*node) || node->inputs.empty() || node->outputs.empty()) continue;
      if (node->inputs.front() == no_value || is_known(node->inputs.front())) continue;
      set(node->inputs.front(), map_.of(node->outputs.front()));
    }
  }

  /// The tensor after which a blocked node is called: "<tensor>_nchwc".
  LineageTensor blocked_name(const Node& node) const {
    if (node.outputs.size() != 1 || node.name.find("_nchwc") == std::string::npos) return no_tensor;
    return find(without_runtime_marks(node.name));
  }

  /// The only original node of that name.
  const Unit* unit_by_name(const std::string& name) const {
    for (const std::string& candidate : {name, std::string(without_runtime_marks(name))}) {
      const auto found = lineage_.unit_by_node_name.find(candidate);
      if (found != lineage_.unit_by_node_name.end() && found->second.size() == 1)
        return &lineage_.units[static_cast<std::size_t>(found->second.front())];
    }
    return nullptr;
  }

  /// A node that keeps its name (or is called by its output's, as blocked nodes are) but writes under a made-up one;
  /// or an output that is called by the name of an original node, as the transpose optimiser does.
  LineageTensor by_node_name(const Node& node, std::size_t output) const {
    if (const LineageTensor blocked = blocked_name(node); blocked != no_tensor) return past_absorbed(node, blocked);
    const Unit* by_output = unit_by_name(name_of(node.outputs[output]));
    if (by_output != nullptr && by_output->outputs.size() == 1 && output_of(*by_output, node))
      return past_absorbed(node, by_output->outputs.front());
    const Unit* unit = unit_by_name(node.name);
    if (unit == nullptr || output >= unit->outputs.size() || !output_of(*unit, node)) return no_tensor;
    return past_absorbed(node, unit->outputs[output]);
  }

  /// Whether an executed node is this original one, as another kind of kernel perhaps.
  static bool output_of(const Unit& unit, const Node& executed) {
    const std::string& original = unit.node->op_type;
    const std::string_view op = executed.op_type;
    if (op == original) return true;
    for (const std::string_view kind : {"QLinear", "Nhwc", "Fused", "NhwcFused"}) {
      if (op.size() == kind.size() + original.size() && op.starts_with(kind) && op.ends_with(original)) return true;
    }
    return (op == "QGemm" && (original == "Gemm" || original == "MatMul")) ||
           (op == "Upsample" && original == "Resize") ||
           // Gather and Slice that share their operand become outputs of one Split.
           (op == "Split" && (original == "Gather" || original == "Slice"));
  }

  /// A blocked Conv keeps the name that it had before it took in the residual Add and the activation behind it; its
  /// output is the tensor after them. A quantised kernel's output is quantised.
  LineageTensor past_absorbed(const Node& node, LineageTensor tensor) const {
    const Unit* made_by = maker(tensor);
    const bool as_it_was = made_by != nullptr && made_by->node->op_type == node.op_type;
    if (!as_it_was && is_quantized(node)) return past_quantize(tensor);
    if (!node.op_type.ends_with("Conv")) return tensor;
    constexpr std::size_t sum_operand = 3;
    if (node.inputs.size() > sum_operand && node.inputs[sum_operand] != no_value) tensor = past(tensor, "Add");
    const std::string* activation = string_attribute(node, "activation");
    if (activation == nullptr) return tensor;
    made_by = maker(tensor);
    return made_by != nullptr && made_by->node->op_type == *activation ? tensor : past(tensor, *activation);
  }

  /// Kernels in channels-last order are quantised too, but for the Conv in half precision.
  static bool is_quantized(const Node& node) {
    const std::string_view op = node.op_type;
    return op.starts_with("QLinear") || op == "QGemm" || (op.starts_with("Nhwc") && op != "NhwcFusedConv");
  }

  /// The QuantizeLinear that reads `tensor`, or what one activation makes of it.
  LineageTensor past_quantize(LineageTensor tensor) const {
    constexpr int most_steps = 3;
    for (int step = 0; step < most_steps; ++step) {
      const auto& readers = lineage_.readers[static_cast<std::size_t>(tensor)];
      for (const std::int32_t reader : readers) {
        const Unit& unit = lineage_.units[static_cast<std::size_t>(reader)];
        if (unit.node->op_type == "QuantizeLinear" && unit.outputs.size() == 1) return unit.outputs.front();
      }
      if (readers.size() != 1) break;
      const Unit& reader = lineage_.units[static_cast<std::size_t>(readers.front())];
      if (reader.outputs.size() != 1) break;
      tensor = reader.outputs.front();
    }
    return tensor;
  }

  /// The output of the only reader of `tensor`, where that is an `op`; else `tensor`.
  LineageTensor past(LineageTensor tensor, std::string_view op) const {
    const auto& readers = lineage_.readers[static_cast<std::size_t>(tensor)];
    if (readers.size() != 1) return tensor;
    const Unit& reader = lineage_.units[static_cast<std::size_t>(readers.front())];
    return reader.node->op_type == op && reader.outputs.size() == 1 ? reader.outputs.front() : tensor;
  }

  LineageTensor same(LineageTensor tensor) const {
    return tensor == no_tensor ? no_tensor : lineage_.same_as[static_cast<std::size_t>(tensor)];
  }

  /// The only original node of this operator that reads the same operands.
  LineageTensor by_structure(const Node& node, std::size_t output) const {
    if (node.inputs.empty() || !is_known(node.inputs.front())) return no_tensor;
    std::optional<std::int32_t> match;
    for (const std::int32_t reader : lineage_.readers[static_cast<std::size_t>(map_.of(node.inputs.front()))]) {
      const Unit& unit = lineage_.units[static_cast<std::size_t>(reader)];
      if (unit.node->op_type != node.op_type || unit.outputs.size() != node.outputs.size() || !reads_alike(node, unit))
        continue;
      if (match && *match != reader) return no_tensor;
      match = reader;
    }
    return match ? lineage_.units[static_cast<std::size_t>(*match)].outputs[output] : no_tensor;
  }

  bool reads_alike(const Node& node, const Unit& unit) const {
    std::size_t at = 0;
    for (const ValueId id : node.inputs) {
      if (id == no_value) continue;
      if (at >= unit.inputs.size() || same(map_.of(id)) != same(unit.inputs[at])) return false;
      ++at;
    }
    return at == unit.inputs.size();
  }

  const Lineage& lineage_;
  const Graph& graph_;
  TensorMap map_;
};

}  // namespace

bool only_moves(const Node& node) {
  static constexpr std::array ops{"ReorderInput", "ReorderOutput", "Reshape",   "Cast",         "Transpose",
                                  "Identity",     "Squeeze",       "Unsqueeze", "MemcpyToHost", "MemcpyFromHost"};
  if (std::ranges::find(ops, node.op_type) != ops.end()) return true;
  // A pair that the runtime puts behind a node so that more nodes stand between quantised tensors.
  return (node.op_type == "QuantizeLinear" || node.op_type == "DequantizeLinear") &&
         node.doc_string.starts_with("Inserted by QDQPropagationTransformer");
}

std::string_view without_runtime_marks(std::string_view name) {
  for (;;) {
    std::string_view shorter = name;
    if (const auto at = name.rfind("_token_");
        at != std::string_view::npos && at > 0 && all_digits(name.substr(at + 7)))
      shorter = name.substr(0, at);
    if (shorter.ends_with("_nchwc")) shorter.remove_suffix(6);
    // "/MatMulAddFusion", "/MatMulScaleFusion/": the last part of a path, which ends so.
    std::string_view path = shorter;
    if (path.ends_with('/')) path.remove_suffix(1);
    if (const auto at = path.rfind('/'); at != std::string_view::npos && at > 0 && path.ends_with("Fusion"))
      shorter = path.substr(0, at);
    if (shorter.size() == name.size()) return name;
    name = shorter;
  }
}

TensorMap map_tensors(const Lineage& lineage, const Graph& executed) { return Mapper(lineage, executed).map(); }

}  // namespace costscan
