#include "passes/accuracy.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "passes/pass.hpp"

namespace costscan {
namespace {

/// Absolute error of the runtime's erf, tanh and sigmoid, whose values are at most 1, in units of roundoff. Measured:
/// tests/unit/fusions_lowering.cpp checks it against the C library.
constexpr double function_error = 8;

/// How the bound of a pass is made: `terms` roundings beside the sum's own, twice, since before and after both err.
enum class BoundKind { sum, layer_norm, mean_square, joined_mean_square, smooth_gate, sigmoid_gate };

struct PassBound {
  std::string_view pass;
  BoundKind kind;
  std::int64_t terms;
  SpecialValues infinities;  ///< docs/accuracy-classes.md, "NaN and infinity"
};

constexpr auto the_same = SpecialValues::the_same;
constexpr auto finite_stays_finite = SpecialValues::finite_stays_finite;

constexpr std::array<PassBound, 12> pass_bounds{{
    {"fuse_conv_batchnorm", BoundKind::sum, 8, the_same},
    {"fuse_matmul_add", BoundKind::sum, 1, the_same},
    {"fuse_matmul_add_3d", BoundKind::sum, 4, finite_stays_finite},
    {"fuse_attention_qkv", BoundKind::sum, 1, the_same},
    {"cleanup_attention", BoundKind::sum, 6, the_same},
    {"fuse_layernorm", BoundKind::layer_norm, 5, the_same},
    {"decompose_layernorm", BoundKind::layer_norm, 5, the_same},
    {"fuse_rms_norm", BoundKind::mean_square, 5, the_same},
    {"lower_rms_norm_to_layer_norm", BoundKind::joined_mean_square, 6, SpecialValues::anything},
    {"fuse_gelu", BoundKind::smooth_gate, 0, finite_stays_finite},
    {"fuse_silu", BoundKind::sigmoid_gate, 0, finite_stays_finite},
    {"move_transposes_across_sums", BoundKind::sum, 1, the_same},
}};

std::optional<double> layer_norm_bound(const SiteValues& values, std::int64_t terms, double unit) {
  // One more than a mean's own: a sum times 1/n has that number rounded, too.
  const auto sum = rounding_gamma(values.length + 1, unit);
  const auto square = rounding_gamma(values.length + 5, unit);
  const auto rest = rounding_gamma(terms, unit);
  if (!sum || !square || !rest) return std::nullopt;
  const double shift = *sum * values.condition;
  return shift * (1 + unit) + 0.5 * *square + 0.5 * shift * shift + *rest;
}

std::optional<double> mean_square_bound(std::int64_t length, std::int64_t terms, double unit) {
  const auto square = rounding_gamma(length + 3, unit);  // of a sum times 1/n, as above
  const auto rest = rounding_gamma(terms, unit);
  return square && rest ? std::optional(0.5 * *square + *rest) : std::nullopt;
}

std::optional<double> one_evaluation(const PassBound& bound, const SiteValues& values, double unit) {
  // A constant that the file rounds (1.4142 for the root of 2) counts with the 1e-4 that the detector allows, times a
  // quarter: the largest slope of z erf'(z) / 2.
  constexpr double rounded_constants = 0.25e-4;
  switch (bound.kind) {
    case BoundKind::sum: return rounding_gamma(values.length + bound.terms, unit);
    case BoundKind::layer_norm: return layer_norm_bound(values, bound.terms, unit);
    case BoundKind::mean_square: return mean_square_bound(values.length, bound.terms, unit);
    case BoundKind::joined_mean_square: {
      const auto both = mean_square_bound(2 * values.length, bound.terms, unit);
      const auto mean = rounding_gamma(2 * values.length, unit);
      return both && mean ? std::optional(*both + *mean) : std::nullopt;
    }
    case BoundKind::smooth_gate: return (5 + 0.5 * function_error) * unit + rounded_constants;
    case BoundKind::sigmoid_gate: break;
  }
  return (1 + function_error) * unit;
}

}  // namespace

SpecialValues infinities_after(std::string_view pass) noexcept {
  const Pass* known = find_pass(pass);
  if (known != nullptr && known->accuracy == AccuracyClass::lossless) return SpecialValues::the_same;
  const auto* bound = std::ranges::find(pass_bounds, pass, &PassBound::pass);
  return bound == pass_bounds.end() ? SpecialValues::anything : bound->infinities;
}

double unit_roundoff(DType dtype) noexcept {
  switch (dtype) {
    case DType::float32: return std::ldexp(1.0, -24);
    case DType::float64: return std::ldexp(1.0, -53);
    case DType::float16: return std::ldexp(1.0, -11);
    case DType::bfloat16: return std::ldexp(1.0, -8);
    default: return 0;
  }
}

std::optional<double> rounding_gamma(std::int64_t roundings, double unit) noexcept {
  const double all = static_cast<double>(roundings) * unit;
  if (!(all < 1)) return std::nullopt;
  return all / (1 - all);
}

std::optional<double> site_bound(std::string_view pass, const SiteValues& values) noexcept {
  const Pass* known = find_pass(pass);
  if (known == nullptr) return std::nullopt;
  if (known->accuracy == AccuracyClass::lossless) return 0;
  const auto* bound = std::ranges::find(pass_bounds, pass, &PassBound::pass);
  const double unit = unit_roundoff(values.dtype);
  if (bound == pass_bounds.end() || unit == 0) return std::nullopt;
  const auto one = one_evaluation(*bound, values, unit);
  return one ? std::optional(2 * *one) : std::nullopt;
}

std::optional<double> promised_difference(std::string_view pass, const SiteValues& values, std::int64_t sites,
                                          double amplification) noexcept {
  const auto one = site_bound(pass, values);
  if (!one) return std::nullopt;
  return *one * static_cast<double>(sites) * std::max(amplification, 1.0);
}

}  // namespace costscan
