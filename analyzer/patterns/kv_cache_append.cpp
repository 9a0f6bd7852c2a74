// A cache of keys or values that comes in, grows by what is new (or is written into), and goes out.
#include <array>

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

/// The graph input that a value is a part of or another layout of; no_value for others.
ValueId given_behind(const GraphView& view, ValueId value) {
  constexpr int longest = 6;
  constexpr std::array<std::string_view, 4> moves{"Transpose", "Slice", "Split", "Gather"};
  for (int step = 0; step < longest; ++step) {
    value = view.source(value);
    if (is_given(view, value)) return value;
    const std::int32_t node = view.producer(value);
    if (node < 0 || !(is_view_op(view.node(node)) || is_any_op(view.node(node), moves))) return no_value;
    value = view.input(node, 0);
  }
  return no_value;
}

/// Whether a value leaves the graph in another layout, cut, or stacked with others of its kind; its nodes.
bool leaves_in_parts(const GraphView& view, ValueId value, std::vector<std::int32_t>& nodes) {
  constexpr int longest = 4;
  constexpr std::array<std::string_view, 3> moves{"Transpose", "Slice", "Concat"};
  for (int step = 0; step < longest; ++step) {
    if (view.reaches_output_directly(value)) return true;
    std::int32_t next = -1;
    for (const ValueUse& use : view.canonical_uses(value)) {
      const Node& node = view.node(use.node);
      const bool stacks = is_op(node, "Concat") && use.slot >= 0;
      const bool passes = stacks || (use.slot == 0 && (is_view_op(node) || is_any_op(node, moves)));
      // Of several ways the one to an output, if it is the next step.
      if (passes && (next < 0 || view.reaches_output_directly(view.output(use.node, 0)))) next = use.node;
    }
    if (next < 0) return false;
    nodes.push_back(next);
    value = view.output(next, 0);
  }
  return false;
}

/// Past and new joined along an axis, where either side passes views, parts or a stack; the joined value is computed
/// with, too.
std::optional<PatternMatch> joined_cache(const GraphView& view, std::int32_t concat) {
  const ValueId past = given_behind(view, view.input(concat, 0));
  const ValueId added = view.input(concat, 1);
  const ValueId joined = view.output(concat, 0);
  if (past == no_value || !is_floating(view.dtype(past)) || view.rank(joined) < 3) return std::nullopt;
  if (view.is_constant(added) || given_behind(view, added) != no_value) return std::nullopt;
  PatternMatch match;
  match.nodes = {concat};
  const std::size_t leaves = view.reaches_output_directly(joined) ? 1 : 0;
  if (view.canonical_uses(joined).size() + leaves < 2 || !leaves_in_parts(view, joined, match.nodes)) {
    return std::nullopt;
  }
  match.pattern = "kv_cache_append";
  match.variant = "concat_in_parts";
  sort_unique(match.nodes);
  match.tensors = {{"past", past}, {"new", added}, {"present", joined}};
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
    if (!match && is_op(node, "Concat") && node.inputs.size() == 2) match = joined_cache(view, index);
    if (is_op(node, "ScatterND") || is_op(node, "ScatterElements")) match = cache_match(view, index, "scatter", 0, 2);
    if (is_op(node, "TensorScatter")) match = cache_match(view, index, "scatter", 0, 1);
    if (!match) match = cache_in_op(view, index);
    if (match) matches.push_back(*std::move(match));
  }
  return matches;
}

}  // namespace costscan
