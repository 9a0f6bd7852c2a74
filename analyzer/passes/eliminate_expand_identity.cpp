// Class 0: an Expand repeats elements; where its readers broadcast by themselves, they read the same ones without it.
#include <algorithm>

#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// Whether the reader's result keeps its shape, under this binding, when it reads `narrow` for `wide`.
bool keeps_shape(const GraphView& view, const Node& reader, ValueId wide, ValueId narrow, std::size_t binding) {
  std::vector<Shape> shapes;
  for (const ValueId in : reader.inputs) {
    if (in == no_value) return false;
    const auto all = view.shapes_by_binding(in == wide ? narrow : in);
    if (binding >= all.size()) return false;
    shapes.push_back(all[binding]);
  }
  const auto out = view.shapes_by_binding(reader.outputs.front());
  return binding < out.size() && broadcast(shapes) == out[binding];
}

bool broadcasts(const Node& node) {
  static constexpr std::string_view unidirectional[] = {"PRelu", "Clip", "Cast", "Identity"};
  return is_elementwise(node) && node.inputs.size() > 1 && !is_any_op(node, unidirectional);
}

Holds readers_broadcast(const GraphView& view, std::int32_t n) {
  constexpr std::int64_t numpy_since = 7;  // before, broadcasting had to be asked for by an attribute
  const ValueId wide = view.output(n, 0);
  const ValueId narrow = view.input(n, 0);
  if (view.is_output(wide) || view.uses(wide).empty() || view.opset() < numpy_since) return Holds::no;
  for (const ValueUse& use : view.uses(wide)) {
    if (use.slot < 0 || !broadcasts(view.node(use.node))) return Holds::no;
  }
  const std::size_t bindings = view.shapes_by_binding(wide).size();
  return holds_by_binding(view, bindings, [&](std::size_t binding) {
    return std::ranges::all_of(view.uses(wide), [&](const ValueUse& use) {
      return keeps_shape(view, view.node(use.node), wide, narrow, binding);
    });
  });
}

}  // namespace

std::vector<Rewrite> find_expand_identity(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!is_op(view.node(n), "Expand") || view.input(n, 0) == no_value) continue;
    const ValueId in = view.input(n, 0);
    if (const Holds same = view.same_shape(in, view.output(n, 0)); same != Holds::no) {
      found.push_back(bypass(view, n, in, same, "to the shape that it has"));
    } else if (const Holds holds = readers_broadcast(view, n); holds != Holds::no) {
      found.push_back(bypass(view, n, in, holds, "all readers broadcast by themselves"));
    }
  }
  return found;
}

}  // namespace costscan
