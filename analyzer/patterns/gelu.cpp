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

std::optional<PatternMatch> match_gelu(const GraphView& view, std::int32_t node) {
  const bool erf = is_op(view.node(node), "Erf");
  const ValueId argument = view.input(node, 0);
  const ValueId e = view.output(node, 0);
  const DType dtype = view.dtype(e);
  for (const ValueId x : polynomial_arguments(view, argument)) {
    PolynomialReading inner;
    inner.x = x;
    const auto found = as_polynomial(view, argument, inner);
    if (!found || !is_polynomial(*found, erf ? erf_argument() : tanh_argument(), dtype)) continue;
    for (const ValueId y : polynomial_results(view, e)) {
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
