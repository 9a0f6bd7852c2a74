// GELU: the operators; x/2 (1 + erf(x/sqrt 2)); x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))). Factors in any order.
#include <algorithm>
#include <array>
#include <numbers>

#include "patterns/detectors.hpp"
#include "patterns/term_polynomial.hpp"

namespace costscan {
namespace {

constexpr double tanh_slope = 0.79788456080286535588;  // sqrt(2 / pi)
constexpr double tanh_cubic = 0.044715;

TermPolynomial erf_argument() {
  TermPolynomial out;
  out.coefficients[1][0] = 1 / std::numbers::sqrt2;
  return out;
}

TermPolynomial tanh_argument() {
  TermPolynomial out;
  out.coefficients[1][0] = tanh_slope;
  out.coefficients[3][0] = tanh_slope * tanh_cubic;
  return out;
}

/// x/2 + x/2 e
TermPolynomial half_gate() {
  TermPolynomial out;
  out.coefficients[1][0] = 0.5;
  out.coefficients[1][1] = 0.5;
  return out;
}

/// Values that the argument of the function may be a polynomial of, nearest first: at most a cube, a scale and a sum
/// lie between.
std::vector<ValueId> candidates_for_x(const GraphView& view, ValueId argument) {
  constexpr std::size_t most = 40;
  std::vector<ValueId> found;
  std::vector<ValueId> level{view.source(argument)};
  for (int depth = 0; depth < 6 && !level.empty(); ++depth) {
    std::vector<ValueId> next;
    for (const ValueId value : level) {
      if (std::ranges::find(found, value) != found.end() || view.is_constant(value) || found.size() >= most) continue;
      found.push_back(value);
      const Node* node = view.producer_node(value);
      constexpr std::array<std::string_view, 7> arithmetic{"Mul", "Add", "Sub", "Div", "Pow", "Neg", "Sum"};
      if (node == nullptr || !is_any_op(*node, arithmetic)) continue;
      for (const ValueId in : node->inputs) {
        if (in != no_value) next.push_back(view.source(in));
      }
    }
    level = std::move(next);
  }
  return found;
}

constexpr std::array<std::string_view, 4> gelu_products{"Mul", "Div", "Add", "Sub"};

/// Values below `from` that are made of it by products and sums, in order of depth.
std::vector<ValueId> candidates_for_y(const GraphView& view, ValueId from) {
  constexpr std::size_t most = 24;
  std::vector<ValueId> found;
  std::vector<ValueId> level{from};
  for (int depth = 0; depth < 5; ++depth) {
    std::vector<ValueId> next;
    for (const ValueId value : level) {
      for (const ValueUse& use : view.canonical_uses(value)) {
        if (use.slot < 0 || !is_any_op(view.node(use.node), gelu_products) || found.size() >= most) continue;
        const ValueId out = view.output(use.node, 0);
        if (out == no_value || std::ranges::find(found, out) != found.end()) continue;
        found.push_back(out);
        next.push_back(out);
      }
    }
    level = std::move(next);
  }
  return found;
}

std::optional<PatternMatch> match_gelu(const GraphView& view, std::int32_t node) {
  const bool erf = is_op(view.node(node), "Erf");
  const ValueId argument = view.input(node, 0);
  const ValueId e = view.output(node, 0);
  const DType dtype = view.dtype(e);
  for (const ValueId x : candidates_for_x(view, argument)) {
    PolynomialReading inner;
    inner.x = x;
    const auto found = as_polynomial(view, argument, inner);
    if (!found || !is_polynomial(*found, erf ? erf_argument() : tanh_argument(), dtype)) continue;
    for (const ValueId y : candidates_for_y(view, e)) {
      PolynomialReading outer = inner;
      outer.e = e;
      const auto whole = as_polynomial(view, y, outer);
      // The outer constants are exact in every type.
      if (!whole || whole->coefficients != half_gate().coefficients) continue;
      PatternMatch match;
      match.pattern = "gelu";
      match.variant = erf ? "erf" : "tanh";
      match.nodes = std::move(outer.trail);
      match.nodes.push_back(node);
      tidy_nodes(match.nodes);
      const bool one = std::ranges::all_of(outer.reads, [&](ValueId read) { return read == outer.reads.front(); });
      match.tensors = {{"x", one ? outer.reads.front() : x}, {"y", y}};
      match.numbers = {{"one_x", one ? 1.0 : 0.0}};
      return match;
    }
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 6> runtime_gelus{"Gelu",      "FastGelu",      "BiasGelu",
                                                        "QuickGelu", "BiasSplitGelu", "GemmFastGelu"};

std::optional<PatternMatch> gelu_op(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const bool standard = is_op(node, "Gelu");
  if (!standard &&
      (node.domain != "com.microsoft" || std::ranges::find(runtime_gelus, node.op_type) == runtime_gelus.end()))
    return std::nullopt;
  // x * sigmoid(x) is SiLU.
  if (node.op_type == "QuickGelu" && float_attribute(node, "alpha") == 1.0F) return std::nullopt;
  PatternMatch match;
  match.pattern = "gelu";
  match.variant = "op";
  match.nodes = {index};
  match.tensors = {{"x", view.input(index, 0)}, {"y", view.output(index, 0)}};
  return match;
}

}  // namespace

std::vector<PatternMatch> find_gelu(const GraphView& view) {
  std::vector<PatternMatch> found;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    if (is_op(node, "Erf") || is_op(node, "Tanh")) {
      if (auto match = match_gelu(view, index)) found.push_back(*std::move(match));
    } else if (auto match = gelu_op(view, index)) {
      found.push_back(*std::move(match));
    }
  }
  return found;
}

}  // namespace costscan
