// A value as a polynomial of two others, so that a formula is recognised however its factors are ordered.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/terms.hpp"

namespace costscan {

/// Sum of coefficients[i][j] * x^i * e^j, i <= 3, j <= 1: `x` the argument, `e` the one function (erf, tanh, ...) in
/// it.
struct TermPolynomial {
  std::array<std::array<double, 2>, 4> coefficients{};
};

/// `value` as a polynomial of the sources `x` and `e` (e may be no_value), by way of Mul, Add, Sub, Div, Neg, Pow and
/// Sum with scalar constants; nullopt where it is none, of a higher degree, or deeper than a dozen nodes. Nodes that it
/// is made of, x's and e's excluded, are added to `trail`, and how x is read to `reads`.
struct PolynomialReading {
  ValueId x = no_value;
  ValueId e = no_value;
  NodeTrail trail;
  std::vector<ValueId> reads;  ///< values of which x is the source, as the nodes read them
};
[[nodiscard]] std::optional<TermPolynomial> as_polynomial(const GraphView& view, ValueId value,
                                                          PolynomialReading& reading);

/// Values that the argument of a function may be a polynomial of, nearest first: at most a cube, a scale and a sum lie
/// between.
[[nodiscard]] std::vector<ValueId> polynomial_arguments(const GraphView& view, ValueId argument);

/// Values below `from` that are made of it by products and sums, in order of depth.
[[nodiscard]] std::vector<ValueId> polynomial_results(const GraphView& view, ValueId from);

/// Whether only the coefficients of `expected` that are not 0 are present, rounded as constants of `dtype` may be.
[[nodiscard]] bool is_polynomial(const TermPolynomial& found, const TermPolynomial& expected, DType dtype) noexcept;

}  // namespace costscan
