#include "passes/attention_paths.hpp"

#include <cmath>

namespace costscan {
std::optional<LinearLayer> layer_of_result(const GraphView& view, ValueId value) {
  const std::int32_t node = view.producer(value);
  if (node < 0) return std::nullopt;
  if (is_op(view.node(node), "Add")) {
    for (const ValueId in : view.node(node).inputs) {
      const auto layer = linear_layer(view, view.producer(in));
      if (layer && layer->y == value) return layer;
    }
    return std::nullopt;
  }
  const auto layer = linear_layer(view, node);
  return layer && layer->y == value ? layer : std::nullopt;
}

std::optional<ConstantScale> constant_scale(const GraphView& view, std::int32_t node) {
  if (node < 0 || view.node(node).inputs.size() != 2) return std::nullopt;
  const bool mul = is_op(view.node(node), "Mul");
  if (!mul && !is_op(view.node(node), "Div")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    if (slot == 0 && !mul) break;
    const auto constant = view.scalar(view.input(node, slot));
    const ValueId in = view.input(node, 1 - slot);
    // One element of a longer shape would change that of the result.
    if (!constant || *constant == 0 || !std::isfinite(*constant) || view.is_constant(in)) continue;
    if (view.rank(view.input(node, slot)) > view.rank(in) || view.rank(in) < 0) continue;
    return ConstantScale{node, in, view.output(node, 0), mul ? *constant : 1 / *constant};
  }
  return std::nullopt;
}

OperandPath operand_path(const GraphView& view, ValueId operand) {
  OperandPath path;
  for (;;) {
    if (view.is_output(operand) || view.uses(operand).size() != 1) return path;
    path.layer = layer_of_result(view, operand);
    const std::int32_t node = view.producer(operand);
    if (path.layer || node < 0) return path;
    if (const auto scale = constant_scale(view, node)) {
      path.scales.push_back(*scale);
      operand = scale->in;
    } else if (is_op(view.node(node), "Transpose") || is_view_op(view.node(node))) {
      path.movements.push_back(node);
      operand = view.input(node, 0);
    } else {
      return path;
    }
  }
}

}  // namespace costscan
