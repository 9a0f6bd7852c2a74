// A cache of keys or values that comes in, grows by what is new (or is written into), and goes out.
#include "patterns/attention_core.hpp"
#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

bool is_given(const GraphView& view, ValueId value) {
  value = view.source(value);
  return value != no_value && view.graph().values[static_cast<std::size_t>(value)].origin == ValueOrigin::graph_input &&
         !view.is_constant(value);
}

std::optional<PatternMatch> cache_match(const GraphView& view, std::int32_t index, std::string_view variant,
                                        std::size_t past_slot, std::size_t new_slot) {
  const ValueId past = view.input(index, past_slot);
  const ValueId added = view.input(index, new_slot);
  const ValueId present = view.output(index, 0);
  if (past == no_value || added == no_value || !is_given(view, past) || is_given(view, added)) return std::nullopt;
  if (view.is_constant(added) || !view.reaches_output_directly(present)) return std::nullopt;
  PatternMatch match;
  match.pattern = "kv_cache_append";
  match.variant = std::string(variant);
  match.nodes = {index};
  match.tensors = {{"past", past}, {"new", added}, {"present", present}};
  return match;
}

/// Of attention ops that keep the cache themselves: past operands and present results.
std::optional<PatternMatch> cache_in_op(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  if (!is_attention_op(view.model(), node)) return std::nullopt;
  ValueId past = no_value;
  ValueId present = no_value;
  for (const ValueId in : node.inputs) {
    const bool cache = in != no_value && is_given(view, in) && view.rank(in) >= 4 && is_floating(view.dtype(in));
    if (cache && past == no_value) past = in;
  }
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    if (view.is_output(node.outputs[i]) && present == no_value) present = node.outputs[i];
  }
  if (past == no_value || present == no_value) return std::nullopt;
  PatternMatch match;
  match.pattern = "kv_cache_append";
  match.variant = "op";
  match.nodes = {index};
  match.tensors = {{"past", past}, {"present", present}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_kv_cache_append(const GraphView& view) {
  std::vector<PatternMatch> matches;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    std::optional<PatternMatch> match;
    if (is_op(node, "Concat") && node.inputs.size() == 2) match = cache_match(view, index, "concat", 0, 1);
    if (is_op(node, "ScatterND") || is_op(node, "ScatterElements")) match = cache_match(view, index, "scatter", 0, 2);
    if (is_op(node, "TensorScatter")) match = cache_match(view, index, "scatter", 0, 1);
    if (!match) match = cache_in_op(view, index);
    if (match) matches.push_back(*std::move(match));
  }
  return matches;
}

}  // namespace costscan
