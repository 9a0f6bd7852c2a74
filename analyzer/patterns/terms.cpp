#include "patterns/terms.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace costscan {
namespace {

constexpr std::array<std::string_view, 4> element_views{"Reshape", "Squeeze", "Unsqueeze", "Flatten"};

bool keeps_elements(const GraphView& view, std::int32_t node) {
  return view.is_transparent(node) || is_any_op(view.node(node), element_views);
}

}  // namespace

void tidy_nodes(NodeTrail& nodes) {
  std::ranges::sort(nodes);
  const auto repeated = std::ranges::unique(nodes);
  nodes.erase(repeated.begin(), repeated.end());
}

std::optional<double> scalar_term(const GraphView& view, ValueId value) {
  while (value != no_value) {
    if (const auto found = view.scalar(value)) return found;
    const Node* above = view.producer_node(value);
    if (above == nullptr || !(is_op(*above, "Identity") || is_op(*above, "Cast") || is_op(*above, "CastLike")))
      return std::nullopt;
    if (!is_floating(view.dtype(value))) return std::nullopt;
    value = above->inputs.empty() ? no_value : above->inputs.front();
  }
  return std::nullopt;
}

bool is_rounded(double value, double expected, DType dtype) noexcept {
  double relative = 1e-4;
  if (dtype == DType::float16) relative = std::ldexp(1.0, -9);
  if (dtype == DType::bfloat16) relative = std::ldexp(1.0, -6);
  return std::abs(value - expected) <= relative * std::abs(expected);
}

ValueId traced_source(const GraphView& view, ValueId value, NodeTrail& trail) {
  const ValueId end = view.source(value);
  while (value != end) {
    const std::int32_t node = view.producer(value);
    trail.push_back(node);
    value = view.input(node, 0);
  }
  return end;
}

ValueId traced_elements(const GraphView& view, ValueId value, NodeTrail& trail) {
  for (;;) {
    const std::int32_t node = view.producer(value);
    if (node < 0 || !keeps_elements(view, node) || view.input(node, 0) == no_value) return value;
    trail.push_back(node);
    value = view.input(node, 0);
  }
}

std::vector<ValueUse> element_uses(const GraphView& view, ValueId value) {
  std::vector<ValueUse> found;
  std::vector<ValueId> todo{value};
  while (!todo.empty()) {
    const ValueId here = todo.back();
    todo.pop_back();
    for (const ValueUse& use : view.uses(here)) {
      if (use.slot == 0 && keeps_elements(view, use.node)) {
        todo.push_back(view.output(use.node, 0));
      } else {
        found.push_back(use);
      }
    }
  }
  std::ranges::sort(found, [](const ValueUse& a, const ValueUse& b) {
    return std::pair(a.node, a.slot) < std::pair(b.node, b.slot);
  });
  return found;
}

std::optional<ValueUse> sole_canonical_use(const GraphView& view, ValueId value) {
  if (view.reaches_output_directly(value)) return std::nullopt;
  const auto uses = view.canonical_uses(value);
  if (uses.size() != 1 || uses.front().slot < 0) return std::nullopt;
  return uses.front();
}

ValueId other_operand(const GraphView& view, const ValueUse& use) noexcept {
  if (view.node(use.node).inputs.size() != 2 || use.slot < 0 || use.slot > 1) return no_value;
  return view.input(use.node, use.slot == 0 ? 1 : 0);
}

bool interior_escapes(const GraphView& view, const NodeTrail& nodes, std::initializer_list<ValueId> results) {
  const auto inside = [&](std::int32_t node) { return std::ranges::find(nodes, node) != nodes.end(); };
  for (const std::int32_t node : nodes) {
    for (const ValueId out : view.node(node).outputs) {
      if (out == no_value || std::ranges::find(results, out) != results.end()) continue;
      if (view.is_output(out)) return true;
      for (const ValueUse& use : view.uses(out)) {
        if (use.slot < 0 || !inside(use.node)) return true;
      }
    }
  }
  return false;
}

}  // namespace costscan
