// Polynomials in several variables with exact coefficients: the form in which they are interpolated (Newton's, on an
// even grid) and the form in which they are printed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace costscan::closed_forms {

/// Totals fit 62 bits; their differences, and expanding them around points far from zero, need more.
__extension__ using Wide = __int128;

/// numerator / denominator, reduced, with denominator > 0.
struct WideRational {
  Wide numerator = 0;
  Wide denominator = 1;

  friend bool operator==(const WideRational&, const WideRational&) = default;
};

/// By the exponent of each variable.
using Exponents = std::vector<std::int32_t>;
using Polynomial = std::map<Exponents, WideRational>;

/// The grid points of one variable: origin + step * t for t = 0, 1, 2, ...
struct GridAxis {
  std::int64_t origin = 0;
  std::int64_t step = 1;  ///< not 0; negative where the grid runs downwards
};

/// Sum of coefficient * product of binomial(t_i, k_i). On integer values all coefficients are integers.
struct NewtonForm {
  std::vector<GridAxis> axes;
  std::map<Exponents, Wide> coefficients;
};

/// The value at grid coordinates `t` (any integers); nullopt beyond 127 bits.
[[nodiscard]] std::optional<Wide> value_at(const NewtonForm& form, const std::vector<std::int64_t>& t);

/// The same polynomial by powers of the variables; nullopt where a coefficient leaves 127 bits.
[[nodiscard]] std::optional<Polynomial> expand(const NewtonForm& form);

/// The value at a point; nullopt beyond 127 bits.
[[nodiscard]] std::optional<WideRational> value_at(const Polynomial& polynomial,
                                                   const std::vector<std::int64_t>& point);

/// "72*batch*seq*seq + 3/2*batch + 14": falling degree, then in the order of `names`. Powers are products, so that any
/// language evaluates the text; a name that is no identifier stands in backquotes.
[[nodiscard]] std::string to_text(const Polynomial& polynomial, const std::vector<std::string>& names);

}  // namespace costscan::closed_forms
