// Class 0: a permutation that keeps the order of all axes longer than 1 keeps the order of the elements.
#include <algorithm>

#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// Axes longer than 1 stay in order: then the elements lie as before.
bool keeps_order(const std::vector<std::int64_t>& permutation, const Shape& shape) {
  std::int64_t last = -1;
  for (const std::int64_t axis : permutation) {
    if (shape[static_cast<std::size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

/// A Reshape in its place moves nothing.
std::optional<Rewrite> as_reshape(const GraphView& view, std::int32_t n, Holds holds, const std::string& note) {
  const ReshapeOperand operand = reshape_operand(view, view.input(n, 0), view.output(n, 0));
  constexpr std::int64_t operand_since = 5;
  if (operand.holds == Holds::no || view.opset() < operand_since) return std::nullopt;
  RewriteBuilder builder(view, {n});
  const ValueId dims = builder.ints(operand.dims);
  builder.replace(view.output(n, 0), builder.node("Reshape", {view.input(n, 0), dims}));
  builder.holds(weaker(holds, operand.holds));
  builder.note(note + "; a Reshape does it");
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_noop_transposes(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!is_op(view.node(n), "Transpose") || view.input(n, 0) == no_value) continue;
    const auto permutation = permutation_of(view, n);
    if (!permutation) continue;
    const std::string note = "perm " + joined(*permutation);
    if (is_identity_permutation(*permutation)) {
      found.push_back(bypass(view, n, view.input(n, 0), Holds::every_binding, note));
      continue;
    }
    const auto shapes = view.shapes_by_binding(view.input(n, 0));
    const Holds holds =
        holds_by_binding(view, shapes.size(), [&](std::size_t i) { return keeps_order(*permutation, shapes[i]); });
    if (holds == Holds::no) continue;
    const Holds same = view.same_shape(view.input(n, 0), view.output(n, 0));
    if (same == Holds::every_binding && holds == Holds::every_binding) {
      found.push_back(bypass(view, n, view.input(n, 0), holds, note + " of axes of size 1"));
    } else if (auto reshaped = as_reshape(view, n, holds, note + " of axes of size 1")) {
      found.push_back(*std::move(reshaped));
    }
  }
  return found;
}

}  // namespace costscan
