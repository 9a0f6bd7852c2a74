// The numbers that an attention is multiplied by, and where: before the softmax, behind it, behind the product with V.
#include <algorithm>
#include <cmath>

#include "patterns/attention_core.hpp"
#include "patterns/terms.hpp"

namespace costscan {
namespace {

constexpr int longest_factor_way = 12;

/// What a Mul or Div multiplies the operand in `slot` by; nullopt where the other one is no known number.
std::optional<double> factor_on(const GraphView& view, std::int32_t node, std::size_t slot) {
  const bool divides = is_op(view.node(node), "Div");
  if ((!divides && !is_op(view.node(node), "Mul")) || view.node(node).inputs.size() != 2) return std::nullopt;
  const ValueId other = view.input(node, 1 - slot);
  if ((divides && slot != 0) || slot > 1 || !has_one_element(view, other)) return std::nullopt;
  const auto number = known_scalar(view, view.source(other));
  if (!number || *number == 0 || !std::isfinite(*number)) return std::nullopt;
  return divides ? 1 / *number : *number;
}

bool only_moves(const Node& node) { return is_view_op(node) || is_op(node, "Transpose") || is_op(node, "Expand"); }

/// Factors on the way up from an operand of the scores' product, until something else computes.
double factors_above(const GraphView& view, ValueId value) {
  double all = 1;
  for (int step = 0; step < longest_factor_way; ++step) {
    value = view.source(value);
    const std::int32_t node = view.producer(value);
    if (node < 0) return all;
    if (only_moves(view.node(node))) {
      value = view.input(node, 0);
      continue;
    }
    std::optional<std::size_t> scaled;
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      const auto factor = scaled ? std::nullopt : factor_on(view, node, slot);
      if (!factor) continue;
      all *= *factor;
      scaled = slot;
    }
    if (!scaled) return all;
    value = view.input(node, *scaled);
  }
  return all;
}

/// Factors on the way down from the context, as long as one node alone reads it.
double factors_below(const GraphView& view, ValueId value) {
  double all = 1;
  for (int step = 0; step < longest_factor_way; ++step) {
    const auto use = sole_canonical_use(view, value);
    if (!use) return all;
    const auto factor = factor_on(view, use->node, static_cast<std::size_t>(use->slot));
    if (factor) {
      all *= *factor;
    } else if (use->slot != 0 || !only_moves(view.node(use->node))) {
      return all;
    }
    value = view.output(use->node, 0);
  }
  return all;
}

bool is_mask_of(const GraphView& view, const AttentionCore& core, std::int32_t node) {
  const Node& here = view.node(node);
  const bool chooses = is_op(here, "Add") || is_op(here, "Sub") || is_op(here, "Where");
  return chooses && std::ranges::any_of(
                        here.inputs, [&](ValueId in) { return std::ranges::find(core.masks, in) != core.masks.end(); });
}

/// The factor that a product has as an attribute: Gemm and the runtime's FusedMatMul.
double own_factor(const GraphView& view, std::int32_t product) {
  return static_cast<double>(float_attribute(view.node(product), "alpha").value_or(1));
}

AttentionFactors pattern_factors(const GraphView& view, const AttentionCore& core) {
  AttentionFactors found;
  found.scores = own_factor(view, core.scores) * factors_above(view, core.q) * factors_above(view, core.k);
  found.output = own_factor(view, core.context);
  // In file order, which is that of the data: what follows a mask scales it, too.
  bool masked = false;
  for (const std::int32_t node : core.scoring) {
    masked = masked || is_mask_of(view, core, node);
    const auto on_first = factor_on(view, node, 0);
    const double factor = on_first ? *on_first : factor_on(view, node, 1).value_or(1);
    found.scores *= factor;
    if (masked) found.mask *= factor;
  }
  for (const std::int32_t node : core.weighting) {
    const auto on_first = factor_on(view, node, 0);
    found.output *= on_first ? *on_first : factor_on(view, node, 1).value_or(1);
  }
  found.output *= factors_below(view, core.y);
  return found;
}

}  // namespace

AttentionFactors attention_factors(const GraphView& view, const AttentionCore& core, const HeadCounts& heads) {
  if (!core.is_op()) return pattern_factors(view, core);
  AttentionFactors found;
  found.output = factors_below(view, core.y);
  const double stated = static_cast<double>(float_attribute(view.node(core.op), "scale").value_or(0));
  if (stated != 0) {
    found.scores = stated;
  } else if (heads.width && *heads.width > 0) {
    found.scores = 1 / std::sqrt(static_cast<double>(*heads.width));
  } else {
    found.scores = 0;
  }
  return found;
}

}  // namespace costscan
