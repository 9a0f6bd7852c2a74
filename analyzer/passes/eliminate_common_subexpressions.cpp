// Class 0: an operator without randomness gives the same outputs for the same inputs.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "passes/expression_key.hpp"
#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// Commutative to the bit: IEEE 754 rounds a+b as b+a; only the payload of a NaN may differ, which nothing promises.
bool operands_commute(const Node& node) {
  static constexpr std::string_view commuting[] = {"Add",   "Mul",        "And",       "Or",        "Xor",
                                                   "Equal", "BitwiseAnd", "BitwiseOr", "BitwiseXor"};
  return is_any_op(node, commuting) && node.inputs.size() == 2;
}

bool is_comparable(const GraphView& view, std::int32_t n) {
  const Node& node = view.node(n);
  if (is_op(node, "Constant") || draws_at_random(node) || has_subgraph(node)) return false;
  // A function of the model may draw at random inside.
  return find_function(view.model(), node) == nullptr;
}

}  // namespace

std::vector<Rewrite> find_common_subexpressions(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<ValueId> same_as(view.graph().values.size());
  for (std::size_t v = 0; v < same_as.size(); ++v) same_as[v] = static_cast<ValueId>(v);
  std::unordered_map<std::string, std::int32_t> first;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!is_comparable(view, n)) continue;
    auto key = operator_key(view.node(n));
    if (!key) continue;
    std::vector<ValueId> inputs = view.node(n).inputs;
    while (!inputs.empty() && inputs.back() == no_value) inputs.pop_back();
    for (ValueId& in : inputs) in = in == no_value ? no_value : same_as[static_cast<std::size_t>(in)];
    if (operands_commute(view.node(n))) std::ranges::sort(inputs);
    for (const ValueId in : inputs) append_raw(*key, in);
    const auto& outputs = view.node(n).outputs;
    // Which outputs are asked for can change what an operator does (Dropout's mask, BatchNormalization's statistics).
    for (const ValueId out : outputs) append_raw(*key, out == no_value);
    const auto [earlier, is_new] = first.try_emplace(*key, n);
    if (is_new) continue;
    RewriteBuilder builder(view, {n});
    builder.note("repeats '" + view.node(earlier->second).name + "'");
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] == no_value) continue;
      const ValueId kept = view.output(earlier->second, i);
      same_as[static_cast<std::size_t>(outputs[i])] = same_as[static_cast<std::size_t>(kept)];
      builder.replace(outputs[i], kept);
    }
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
