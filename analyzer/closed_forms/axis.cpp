#include "closed_forms/axis.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace costscan::closed_forms {
namespace {

/// Work of real models is quadratic in each dimension; two more leave room for what nobody has seen yet.
constexpr std::int32_t most_degree = 4;

/// Beside the bound value: sizes that no fixed table reaches, so that a polynomial piece does not pass for the whole.
constexpr std::array<std::int64_t, 2> far_steps{9, 21};
constexpr std::array<std::int64_t, 2> fewer_far_steps{3, 5};

/// Strides are powers of two; 13440 = 2^7 * 3 * 5 * 7 also holds patches of 14, audio strides of 320 and windows of 7.
constexpr std::int64_t strides = 128;
constexpr std::int64_t all_roundings = 13440;
constexpr std::array<std::int64_t, 4> primes{2, 3, 5, 7};
constexpr std::array<std::int64_t, 14> small_roundings{2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 28, 32, 64};

enum class Outcome { fits, differs, unavailable };

struct Attempt {
  Outcome outcome = Outcome::unavailable;
  Axis axis;
};

class Line {
 public:
  Line(Samples& samples, const Point& base, std::size_t i, std::int64_t bound)
      : samples_(samples), point_(base), i_(i), bound_(bound) {}

  std::optional<std::int64_t> at(const GridAxis& grid, std::int64_t t) {
    point_[i_] = grid.origin + grid.step * t;
    return point_[i_] < 0 ? std::nullopt : samples_.at(point_);
  }

  /// A polynomial through consecutive grid points; the first degree that two further points confirm.
  Attempt near(const GridAxis& grid) {
    Attempt attempt{Outcome::unavailable, {grid, 0, false}};
    NewtonForm form{{grid}, {}};
    std::int32_t zeros = 0;
    for (std::int32_t t = 0; t <= most_degree + 2; ++t) {
      const auto total = at(grid, t);
      const auto expected = value_at(form, {t});
      if (!total || !expected) return attempt;
      const Wide difference = static_cast<Wide>(*total) - *expected;
      form.coefficients[{t}] = difference;
      zeros = difference == 0 ? zeros + 1 : 0;
      if (difference != 0) attempt.axis.degree = t;
      // The constant term may be zero without any meaning.
      if (zeros < 2 || t < attempt.axis.degree + 2) continue;
      attempt.outcome = Outcome::fits;
      form_ = form;
      return attempt;
    }
    attempt.outcome = Outcome::differs;
    return attempt;
  }

  /// As `near`, and further off as well; also downwards from the origin, where sizes above it do not fit.
  Attempt everywhere(std::int64_t origin, std::int64_t step) {
    for (const std::int64_t direction : {step, -step}) {
      Attempt attempt = near({origin, direction});
      if (attempt.outcome == Outcome::unavailable) continue;
      const bool holds =
          attempt.outcome == Outcome::fits && holds_at_bound(attempt.axis) && holds_far_off(attempt.axis);
      if (attempt.outcome == Outcome::fits && !holds) attempt.outcome = Outcome::differs;
      return attempt;
    }
    return {};
  }

 private:
  Samples& samples_;
  Point point_;
  std::size_t i_;
  std::int64_t bound_;
  NewtonForm form_;  ///< of the last fit

  /// In larger steps the grid begins beyond a bound value of 1: a piece that begins there too is not what was asked
  /// for.
  bool holds_at_bound(const Axis& axis) {
    const std::int64_t away = bound_ - axis.grid.origin;
    if (std::abs(axis.grid.step) == 1 || away == 0 || away % axis.grid.step != 0) return true;
    const auto total = at(axis.grid, away / axis.grid.step);
    const auto expected = value_at(form_, {away / axis.grid.step});
    return !total || (expected && *expected == *total);
  }

  bool holds_far_off(const Axis& axis) {
    // About twice the size as well: audio is rounded to hundreds of samples.
    const std::int64_t twice = std::abs(axis.grid.origin / axis.grid.step) + 13;
    bool any = false;
    for (const std::int64_t more : {twice, far_steps[0], far_steps[1], fewer_far_steps[0], fewer_far_steps[1]}) {
      const bool fallback = std::ranges::find(fewer_far_steps, more) != fewer_far_steps.end();
      if (fallback && any) break;
      const std::int64_t t = axis.degree + more;
      const auto total = at(axis.grid, t);
      if (!total) continue;
      any = true;
      const auto expected = value_at(form_, {t});
      if (!expected || *expected != *total) return false;
    }
    return true;  // where no larger size fits the model, what was confirmed is all there is
  }
};

/// In the bound's residue class, but not at 1 or 0: broadcasting makes those sizes special.
std::int64_t origin_for(std::int64_t bound, std::int64_t step) {
  if (bound >= 2) return bound;
  return step == 1 ? 2 : bound + step;
}

/// Divides the step by primes as long as the total stays polynomial.
Axis with_least_step(Line& line, std::int64_t bound, Axis axis) {
  for (const std::int64_t prime : primes) {
    while (std::abs(axis.grid.step) % prime == 0) {
      const std::int64_t step = std::abs(axis.grid.step) / prime;
      const Attempt attempt = line.everywhere(origin_for(bound, step), step);
      if (attempt.outcome != Outcome::fits) break;
      axis = attempt.axis;
    }
  }
  return axis;
}

}  // namespace

std::optional<Axis> fit_axis(Samples& samples, const Point& base, std::size_t i, std::int64_t bound) {
  Line line(samples, base, i, bound);
  const Attempt plain = line.everywhere(base[i], 1);
  if (plain.outcome == Outcome::fits) return plain.axis;
  // Where no neighbour fits the model, a rounded size may: skip connections join only sizes that divide evenly.
  const auto takes = [&](std::int64_t step) { return line.at({origin_for(bound, step), step}, 1).has_value(); };
  if (plain.outcome == Outcome::differs || takes(strides) || takes(strides / 4)) {
    bool tried_all = false;
    for (const std::int64_t step : {strides, all_roundings}) {
      const Attempt attempt = line.everywhere(origin_for(bound, step), step);
      if (attempt.outcome == Outcome::fits) return with_least_step(line, bound, attempt.axis);
      tried_all = step == all_roundings && attempt.outcome == Outcome::differs;
    }
    for (const std::int64_t step : small_roundings) {
      if (tried_all) break;
      const Attempt attempt = line.everywhere(origin_for(bound, step), step);
      if (attempt.outcome == Outcome::fits) return attempt.axis;
    }
  }
  for (const std::int64_t direction : {std::int64_t{1}, std::int64_t{-1}}) {
    Attempt beside = line.near({base[i], direction});
    if (beside.outcome != Outcome::fits) continue;
    beside.axis.near_only = true;
    return beside.axis;
  }
  return std::nullopt;
}

std::string next_remainder(Samples& samples, const Point& base, std::size_t i, const Axis& axis) {
  Line line(samples, base, i, axis.grid.origin + 1);
  switch (line.everywhere(axis.grid.origin + 1, std::abs(axis.grid.step)).outcome) {
    case Outcome::fits: return "other remainders have other coefficients";
    case Outcome::differs: return "other remainders were not resolved";
    case Outcome::unavailable: break;
  }
  return "the model hardly takes other sizes";
}

}  // namespace costscan::closed_forms
