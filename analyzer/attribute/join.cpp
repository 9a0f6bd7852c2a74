#include "attribute/join.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/graph.hpp"

namespace costscan {
namespace {

/// Nodes by which the runtime moves a tensor without computing: their unnamed side is the tensor on the other side.
bool carries_its_input(const Node& node) {
  static constexpr std::array ops{"ReorderInput", "ReorderOutput", "Reshape",   "Cast",         "Transpose",
                                  "Identity",     "Squeeze",       "Unsqueeze", "MemcpyToHost", "MemcpyFromHost"};
  return std::ranges::find(ops, node.op_type) != ops.end();
}

/// `name` without a trailing `_token_12` or `_nchwc`, by which the runtime marks what it derived from an original name.
std::string_view without_runtime_suffix(std::string_view name) {
  if (const auto at = name.rfind("_token_"); at != std::string_view::npos && at > 0) {
    const std::string_view digits = name.substr(at + 7);
    if (!digits.empty() && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) {
      name = name.substr(0, at);
    }
  }
  if (name.ends_with("_nchwc")) name.remove_suffix(6);
  return name;
}

class Joiner {
 public:
  Joiner(const Lineage& lineage, const Measurement& measurement)
      : lineage_(lineage), graph_(measurement.optimized->graph) {
    resolve_tensors();
  }

  Join join(const RuntimeNode& executed) {
    if (executed.optimized_node < 0) return join_by_name(executed.name);
    const Node& node = graph_.nodes[static_cast<std::size_t>(executed.optimized_node)];
    const std::vector<LineageTensor> outputs = outputs_of(executed.optimized_node);
    if (outputs.empty()) return join_by_name(node.name.empty() ? executed.name : node.name);
    if (const auto direct = direct_unit(node, outputs)) return {rows_of({*direct}), "output name"};
    return region(executed.optimized_node, outputs);
  }

 private:
  const Value& value(ValueId id) const { return graph_.values[static_cast<std::size_t>(id)]; }

  /// The original tensor of that name, in the main graph or inside an inlined function.
  LineageTensor find(std::string_view name) {
    for (const std::string_view candidate : {name, without_runtime_suffix(name)}) {
      if (const auto found = lineage_.by_name.find(std::string(candidate)); found != lineage_.by_name.end()) {
        return found->second;
      }
    }
    return find_inlined(without_runtime_suffix(name));
  }

  /// `_inlfunc_<function>_<call>_<tensor>`: the runtime inlines calls in order, so the n-th sight of a name is the n-th
  /// call.
  LineageTensor find_inlined(std::string_view name) {
    constexpr std::string_view mark = "_inlfunc_";
    const auto at = name.find(mark);
    if (at == std::string_view::npos) return no_tensor;
    std::string_view rest = name.substr(at + mark.size());
    for (auto cut = rest.find('_'); cut != std::string_view::npos; cut = rest.find('_')) {
      rest.remove_prefix(cut + 1);
      const auto found = lineage_.in_functions.find(std::string(rest));
      if (found == lineage_.in_functions.end()) continue;
      const std::string prefix(name.substr(0, name.size() - rest.size()));
      const auto [call, fresh] =
          call_of_prefix_.try_emplace(prefix + "\n" + std::string(rest), calls_seen_[std::string(rest)]);
      if (fresh) ++calls_seen_[std::string(rest)];
      return call->second < found->second.size() ? found->second[call->second] : no_tensor;
    }
    return no_tensor;
  }

  /// Names first; then unnamed tensors through nodes that only carry them, forwards and backwards.
  void resolve_tensors() {
    original_.assign(graph_.values.size(), no_tensor);
    for (std::size_t v = 0; v < graph_.values.size(); ++v) original_[v] = find(graph_.values[v].name);
    for (const Node& node : graph_.nodes) {
      for (const ValueId output : node.outputs) {
        if (output == no_value || original_[static_cast<std::size_t>(output)] != no_tensor) continue;
        if (node.outputs.size() == 1 && node.name.ends_with("_nchwc"))
          set(output, past_absorbed(node, find(node.name)));
        if (!carries_its_input(node) || node.inputs.empty() || original(output) != no_tensor) continue;
        set(output, original(node.inputs.front()));
        carried_.insert(output);
      }
    }
    for (auto node = graph_.nodes.rbegin(); node != graph_.nodes.rend(); ++node) {
      if (!carries_its_input(*node) || node->inputs.empty() || node->outputs.empty()) continue;
      if (node->inputs.front() == no_value || original(node->inputs.front()) != no_tensor) continue;
      set(node->inputs.front(), original(node->outputs.front()));
    }
    for (const Node& node : graph_.nodes) {
      for (const ValueId output : node.outputs) {
        if (output != no_value && original(output) != no_tensor) boundary_.insert(original(output));
      }
    }
  }

  /// A blocked Conv keeps the name that it had before it took in the residual Add and the activation behind it; its
  /// output is the tensor after them.
  LineageTensor past_absorbed(const Node& node, LineageTensor tensor) const {
    constexpr std::size_t sum_operand = 3;
    if (tensor == no_tensor || node.op_type != "Conv") return tensor;
    if (node.inputs.size() > sum_operand && node.inputs[sum_operand] != no_value) tensor = past(tensor, "Add");
    const std::string* activation = string_attribute(node, "activation");
    if (activation == nullptr) return tensor;
    const std::int32_t maker = producer(tensor);
    const bool applied = maker >= 0 && lineage_.units[static_cast<std::size_t>(maker)].op_type == *activation;
    return applied ? tensor : past(tensor, *activation);
  }

  /// The output of the only reader of `tensor`, where that is an `op`; else `tensor`.
  LineageTensor past(LineageTensor tensor, std::string_view op) const {
    const auto& readers = lineage_.readers[static_cast<std::size_t>(tensor)];
    if (readers.size() != 1) return tensor;
    const Unit& reader = lineage_.units[static_cast<std::size_t>(readers.front())];
    return reader.op_type == op && reader.outputs.size() == 1 ? reader.outputs.front() : tensor;
  }

  LineageTensor original(ValueId id) const {
    return id == no_value ? no_tensor : original_[static_cast<std::size_t>(id)];
  }

  void set(ValueId id, LineageTensor tensor) { original_[static_cast<std::size_t>(id)] = tensor; }

  /// The original tensors that a node's outputs are or lead to: an output without an original name stands for the
  /// nearest named tensors after it, and so does a copy that the runtime inserted for its readers' sake.
  std::vector<LineageTensor> outputs_of(std::int32_t optimized_node) {
    std::vector<LineageTensor> found;
    std::vector<std::int32_t> pending{optimized_node};
    std::unordered_set<std::int32_t> seen{optimized_node};
    while (!pending.empty()) {
      const Node& node = graph_.nodes[static_cast<std::size_t>(pending.back())];
      pending.pop_back();
      for (const ValueId output : node.outputs) {
        if (output == no_value) continue;
        if (const LineageTensor tensor = original(output); tensor != no_tensor && !carried_.contains(output)) {
          if (std::ranges::find(found, tensor) == found.end()) found.push_back(tensor);
          continue;
        }
        for (const std::int32_t reader : readers_of(output)) {
          if (seen.insert(reader).second) pending.push_back(reader);
        }
      }
    }
    return found;
  }

  const std::vector<std::int32_t>& readers_of(ValueId id) {
    if (readers_.empty()) {
      readers_.resize(graph_.values.size());
      for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
        for (const ValueId input : graph_.nodes[n].inputs) {
          if (input != no_value) readers_[static_cast<std::size_t>(input)].push_back(static_cast<std::int32_t>(n));
        }
      }
    }
    return readers_[static_cast<std::size_t>(id)];
  }

  std::int32_t producer(LineageTensor tensor) const { return lineage_.producer[static_cast<std::size_t>(tensor)]; }

  /// An executed node that is an original node as it was: same outputs, same inputs as far as they have names.
  std::optional<std::int32_t> direct_unit(const Node& node, const std::vector<LineageTensor>& outputs) {
    const std::int32_t unit = producer(outputs.front());
    if (unit < 0) return std::nullopt;
    const Unit& original_unit = lineage_.units[static_cast<std::size_t>(unit)];
    for (const LineageTensor tensor : outputs) {
      if (producer(tensor) != unit) return std::nullopt;
    }
    for (const LineageTensor input : original_unit.inputs) {
      if (producer(input) < 0 || is_folded(producer(input))) continue;
      const bool read_here = std::ranges::any_of(node.inputs, [&](ValueId id) { return original(id) == input; });
      if (!read_here) return std::nullopt;
    }
    return unit;
  }

  bool is_folded(std::int32_t unit) const { return lineage_.units[static_cast<std::size_t>(unit)].constant; }

  /// What lies backward from the outputs to the node's own inputs and to what other executed nodes produce.
  Join region(std::int32_t optimized_node, const std::vector<LineageTensor>& outputs) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(optimized_node)];
    std::unordered_set<LineageTensor> stops;
    for (const ValueId input : node.inputs) {
      if (original(input) != no_tensor) stops.insert(original(input));
    }
    std::vector<std::int32_t> units;
    std::unordered_set<std::int32_t> seen;
    std::vector<LineageTensor> pending(outputs);
    std::unordered_set<LineageTensor> own(outputs.begin(), outputs.end());
    while (!pending.empty()) {
      const LineageTensor tensor = pending.back();
      pending.pop_back();
      const bool is_output = own.contains(tensor);
      if (!is_output && (stops.contains(tensor) || boundary_.contains(tensor))) continue;
      const std::int32_t unit = producer(tensor);
      if (unit < 0 || !seen.insert(unit).second) continue;
      // Folded constants were computed before the run; they took none of this time (unless they are all there is).
      if (is_folded(unit) && !is_output) continue;
      units.push_back(unit);
      const auto& inputs = lineage_.units[static_cast<std::size_t>(unit)].inputs;
      pending.insert(pending.end(), inputs.begin(), inputs.end());
    }
    if (units.empty()) return {{}, "not joined: the outputs are inputs or constants of the original graph"};
    std::ranges::sort(units);
    return {rows_of(units),
            units.size() == 1 ? "region of 1 node" : "region of " + std::to_string(units.size()) + " nodes"};
  }

  std::vector<std::int32_t> rows_of(const std::vector<std::int32_t>& units) const {
    std::vector<std::int32_t> rows;
    for (const std::int32_t unit : units) {
      const auto& members = lineage_.units[static_cast<std::size_t>(unit)].rows;
      rows.insert(rows.end(), members.begin(), members.end());
    }
    return rows;
  }

  Join join_by_name(const std::string& name) {
    const std::string plain(without_runtime_suffix(name));
    if (const auto found = lineage_.unit_by_node_name.find(plain);
        found != lineage_.unit_by_node_name.end() && found->second.size() == 1) {
      return {rows_of(found->second), "node name"};
    }
    if (const auto found = lineage_.body_rows_by_name.find(plain); found != lineage_.body_rows_by_name.end()) {
      return {found->second, "node name in a body"};
    }
    return {{}, "not joined: neither an output nor the node's name is in the original graph"};
  }

  const Lineage& lineage_;
  const Graph& graph_;
  std::vector<LineageTensor> original_;         ///< by value of the optimised graph
  std::unordered_set<LineageTensor> boundary_;  ///< original tensors that exist in the optimised graph
  std::unordered_set<ValueId> carried_;         ///< values that only repeat an earlier tensor for their readers
  std::vector<std::vector<std::int32_t>> readers_;
  std::unordered_map<std::string, std::size_t> calls_seen_;
  std::unordered_map<std::string, std::size_t> call_of_prefix_;
};

}  // namespace

std::vector<Join> join_executed_nodes(const Lineage& lineage, const Measurement& measurement) {
  std::vector<Join> joins;
  joins.reserve(measurement.nodes.size());
  if (!measurement.optimized) {
    joins.assign(measurement.nodes.size(), {{}, "not joined: the runtime saved no optimised graph"});
    return joins;
  }
  Joiner joiner(lineage, measurement);
  for (const RuntimeNode& node : measurement.nodes) joins.push_back(joiner.join(node));
  return joins;
}

}  // namespace costscan
