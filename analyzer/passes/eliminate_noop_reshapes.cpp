// Class 0: views keep the order of the elements; only the shape that comes out last counts.
#include <algorithm>
#include <array>

#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

constexpr std::array<std::string_view, 4> view_ops{"Reshape", "Flatten", "Squeeze", "Unsqueeze"};

bool is_view(const Node& node) noexcept { return is_any_op(node, view_ops); }

/// All that read the value are views or nothing does.
bool only_views_read(const GraphView& view, ValueId value) {
  if (view.is_output(value)) return false;
  return std::ranges::all_of(view.uses(value),
                             [&](const ValueUse& use) { return use.slot == 0 && is_view(view.node(use.node)); });
}

/// Where the chain of views that ends in this node starts; the node's own input where it is no chain.
ValueId chain_start(const GraphView& view, std::int32_t n, std::vector<std::int32_t>& site) {
  ValueId start = view.input(n, 0);
  for (;;) {
    const std::int32_t above = view.producer(start);
    if (above < 0 || !is_view(view.node(above)) || !only_views_read(view, start)) return start;
    site.insert(site.begin(), above);
    start = view.input(above, 0);
  }
}

std::optional<Rewrite> as_one(const GraphView& view, std::int32_t n) {
  std::vector<std::int32_t> site{n};
  const ValueId start = chain_start(view, n, site);
  if (site.size() < 2 || start == no_value) return std::nullopt;
  const ValueId out = view.output(n, 0);
  RewriteBuilder builder(view, site);
  builder.note(std::to_string(site.size()) + " views, one after another");
  if (const Holds same = view.same_shape(start, out); same == Holds::every_binding) {
    builder.replace(out, start);
    builder.holds(same);
    return builder.finish();
  }
  constexpr std::int64_t operand_since = 5;
  const ReshapeOperand operand = reshape_operand(view, start, out);
  if (operand.holds == Holds::no || view.opset() < operand_since) return std::nullopt;
  const ValueId dims = builder.ints(operand.dims);
  builder.replace(out, builder.node("Reshape", {start, dims}));
  builder.holds(operand.holds);
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_noop_reshapes(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    const Node& node = view.node(n);
    if (!is_view(node) || view.input(n, 0) == no_value || view.output(n, 0) == no_value) continue;
    // Constants are fold_constants' business.
    if (view.is_constant(view.output(n, 0))) continue;
    const Holds same = view.same_shape(view.input(n, 0), view.output(n, 0));
    if (same != Holds::no) {
      found.push_back(bypass(view, n, view.input(n, 0), same, node.op_type + " to the shape that it has"));
    } else if (auto one = as_one(view, n)) {
      found.push_back(*std::move(one));
    }
  }
  return found;
}

}  // namespace costscan
