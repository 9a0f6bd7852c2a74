#include "closed_forms/validity.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "model/checked_math.hpp"

namespace costscan::closed_forms {
namespace {

using Coordinates = std::vector<std::int64_t>;

constexpr int narrowing_steps = 12;
/// A joint limit of more variables than this is nothing that models do.
constexpr int most_joint = 3;
constexpr std::size_t most_subset_axes = 8;

std::int64_t smallest_size(const GridAxis& axis) noexcept {
  const std::int64_t period = std::abs(axis.step);
  return ((axis.origin % period) + period) % period;
}

/// Saturates at int64's end.
std::int64_t limited_value(const JointLimit& limit, const std::vector<std::int64_t>& values) noexcept {
  std::int64_t out = limit.product ? 1 : 0;
  for (const std::size_t k : limit.variables) {
    const auto next = limit.product ? checked_mul(out, values[k]) : checked_add(out, values[k]);
    if (!next) return std::numeric_limits<std::int64_t>::max();
    out = *next;
  }
  return out;
}

class Search {
 public:
  Search(const std::vector<GridAxis>& axes, const HoldsAt& holds) : axes_(axes), holds_(holds) {
    validity_.ranges.resize(axes.size());
    reach_.resize(axes.size());
  }

  Validity run() {
    for (std::size_t k = 0; k < axes_.size(); ++k) probe_axis(k);
    if (axes_.size() > 1) {
      for (int pattern = 0; pattern < 4; ++pattern) static_cast<void>(tried(corner(pattern)));
      if (std::ranges::any_of(tried_, [](const Tried& point) { return !point.holds; })) explain_limits();
      for (int pattern = 0; pattern < 4; ++pattern) narrow_to(corner(pattern));
    }
    return std::move(validity_);
  }

 private:
  struct Tried {
    Coordinates values;
    bool holds = false;
  };

  const std::vector<GridAxis>& axes_;
  const HoldsAt& holds_;
  Validity validity_;
  std::vector<Range> reach_;  ///< furthest coordinates on each axis at which the form was seen to hold
  std::vector<Tried> tried_;

  Coordinates values_at(const Coordinates& t) const {
    Coordinates values;
    for (std::size_t k = 0; k < t.size(); ++k) values.push_back(axes_[k].origin + axes_[k].step * t[k]);
    return values;
  }

  std::optional<bool> tried(const Coordinates& t) {
    const auto holds = holds_(t);
    if (holds) tried_.push_back({values_at(t), *holds});
    return holds;
  }

  Coordinates on_axis(std::size_t k, std::int64_t t) const {
    Coordinates point(axes_.size(), 0);
    point[k] = t;
    return point;
  }

  /// Further and further from the origin: down to the smallest sizes, up to far larger ones.
  void probe_axis(std::size_t k) {
    const GridAxis& axis = axes_[k];
    const std::int64_t period = std::abs(axis.step);
    const std::int64_t smallest = smallest_size(axis);
    const std::int64_t reach = std::max<std::int64_t>(axis.origin, 32) / period + 1;
    Coordinates smaller;
    for (const std::int64_t size : {smallest + (axis.origin - smallest) / period / 3 * period, smallest + 2 * period,
                                    smallest + period, smallest}) {
      if (size < axis.origin) smaller.push_back(size);
    }
    Coordinates larger;
    for (const std::int64_t times : {1, 3, 15, 255}) larger.push_back(axis.origin + times * reach * period);
    for (const auto& sizes : {smaller, larger}) {
      for (const std::int64_t size : sizes) {
        const std::int64_t t = (size - axis.origin) / axis.step;
        const auto holds = tried(on_axis(k, t));
        if (holds == true) note_reach(k, t);
        if (holds != false) continue;
        const std::int64_t last = last_that_holds(on_axis(k, t))[k];
        (t < 0 ? validity_.ranges[k].low : validity_.ranges[k].high) = last;
        (t < 0 ? reach_[k].low : reach_[k].high) = last;
        break;
      }
    }
  }

  void note_reach(std::size_t k, std::int64_t t) {
    if (t < 0) reach_[k].low = std::min(t, reach_[k].low.value_or(0));
    if (t > 0) reach_[k].high = std::max(t, reach_[k].high.value_or(0));
  }

  /// Halves the way between the origin and `fails` (which may move in several dimensions). Sizes that the model does
  /// not take end it too.
  Coordinates last_that_holds(const Coordinates& fails, Coordinates good = {}) {
    if (good.empty()) good.resize(fails.size(), 0);
    Coordinates bad = fails;
    while (true) {
      Coordinates middle = good;
      for (std::size_t k = 0; k < bad.size(); ++k) middle[k] += (bad[k] - good[k]) / 2;
      if (middle == good) return good;
      (tried(middle) == true ? good : bad) = middle;
    }
  }

  /// All furthest sizes up, all down, and two that alternate, within what is said to hold.
  Coordinates corner(int pattern) const {
    Coordinates t;
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const bool up = pattern == 0 || (pattern > 1 && (k + static_cast<std::size_t>(pattern)) % 2 == 0);
      // On a grid that runs downwards the larger sizes have the lower coordinates.
      const bool high = up == (axes_[k].step > 0);
      t.push_back((high ? reach_[k].high : reach_[k].low).value_or(0));
    }
    return t;
  }

  /// Walks from small and from large sizes of one dimension up to the limit of another, and along the diagonals, so
  /// that limits are known at several places; then looks for sizes, products and sums that part what holds from what
  /// fails.
  void explain_limits() {
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const auto& limit = upper(validity_.ranges, k);
      if (!limit) continue;
      for (std::size_t m = 0; m < axes_.size(); ++m) {
        if (m == k) continue;
        for (const auto& other : {reach_[m].low, reach_[m].high}) {
          if (other) walk(k, *limit, m, not_empty(m, *other));
        }
      }
    }
    for (int pattern = 0; pattern < 4; ++pattern) {
      if (tried(corner(pattern)) == false) static_cast<void>(last_that_holds(corner(pattern)));
    }
    auto limits = explaining_limits();
    for (const JointLimit& limit : limits) {
      for (const std::size_t k : limit.variables) sharpen(limit, k);
    }
    constexpr int most_rounds = 6;
    limits = explaining_limits();
    for (int round = 0; round < most_rounds && !limits.empty() && contradicted(limits, round); ++round) {
      limits = explaining_limits();
    }
    if (limits.empty()) return;
    validity_.ranges.assign(axes_.size(), {});
    for (JointLimit& limit : limits) {
      if (limit.variables.size() > 1) {
        validity_.joint.push_back(std::move(limit));
        continue;
      }
      const std::size_t k = limit.variables[0];
      Range& range = validity_.ranges[k];
      (limit.upper == (axes_[k].step > 0) ? range.high : range.low) = (limit.bound - axes_[k].origin) / axes_[k].step;
    }
  }

  /// Tries fresh points that the limits say it holds at, spread evenly over the magnitudes of all sizes.
  bool contradicted(const std::vector<JointLimit>& limits, int round) {
    constexpr std::uint64_t points = 16;
    bool contradicted = false;
    for (std::uint64_t j = 0; j < points; ++j) {
      Coordinates t;
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        // Fractions of irrational numbers' multiples fill the unit cube evenly, and are the same in every run.
        constexpr double golden = 0.6180339887498949;
        const auto index = static_cast<double>(static_cast<std::uint64_t>(round) * points + j + 1);
        const double fraction = std::fmod(index * std::pow(golden, static_cast<double>(k + 1)), 1.0);
        t.push_back(size_between(k, fraction));
      }
      const Coordinates values = values_at(t);
      if (std::ranges::any_of(limits, [&](const JointLimit& limit) { return exceeds(limit, values); })) continue;
      contradicted = tried(t) == false || contradicted;
    }
    return contradicted;
  }

  /// Coordinate of a size between the smallest and the largest that the form was seen to hold at, by magnitude.
  std::int64_t size_between(std::size_t k, double fraction) const {
    const GridAxis& axis = axes_[k];
    const bool upwards = axis.step > 0;
    const std::int64_t low = not_empty(k, (upwards ? reach_[k].low : reach_[k].high).value_or(0));
    const std::int64_t high = (upwards ? reach_[k].high : reach_[k].low).value_or(0);
    const auto least = static_cast<double>(axis.origin + axis.step * low);
    const auto most = static_cast<double>(axis.origin + axis.step * high);
    if (least < 1 || most <= least) return low;
    const double size = least * std::pow(most / least, fraction);
    return static_cast<std::int64_t>(
        std::llround((size - static_cast<double>(axis.origin)) / static_cast<double>(axis.step)));
  }

  /// On a grid that runs downwards the larger sizes have the lower coordinates.
  std::optional<std::int64_t>& upper(std::vector<Range>& ranges, std::size_t k) const {
    return axes_[k].step > 0 ? ranges[k].high : ranges[k].low;
  }

  /// The fewest limits that all failing points exceed and no holding one does, found greedily; empty where there are
  /// none.
  std::vector<JointLimit> explaining_limits() const {
    std::vector<JointLimit> candidates;
    const auto subsets = std::size_t{1} << std::min(axes_.size(), most_subset_axes);
    for (int size = 1; size <= most_joint; ++size) {
      for (std::size_t subset = 1; subset < subsets; ++subset) {
        if (std::popcount(subset) != size) continue;
        for (const bool is_upper : {true, false}) {
          candidates.push_back(furthest_that_holds(subset, true, is_upper));
          if (size > 1) candidates.push_back(furthest_that_holds(subset, false, is_upper));
        }
      }
    }
    std::vector<const Tried*> open;
    for (const Tried& point : tried_) {
      if (!point.holds) open.push_back(&point);
    }
    std::vector<JointLimit> chosen;
    while (!open.empty()) {
      const auto explained = [&](const JointLimit& limit) {
        return std::ranges::count_if(open, [&](const Tried* point) { return exceeds(limit, point->values); });
      };
      const auto best = std::ranges::max_element(candidates, {}, explained);  // the first of several, so the simplest
      if (best == candidates.end() || explained(*best) == 0) return {};
      std::erase_if(open, [&](const Tried* point) { return exceeds(*best, point->values); });
      chosen.push_back(*best);
    }
    return chosen;
  }

  JointLimit furthest_that_holds(std::size_t subset, bool product, bool is_upper) const {
    JointLimit limit{product, is_upper, {}, 0};
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      if ((subset >> k & 1U) != 0) limit.variables.push_back(k);
    }
    limit.bound = limited_value(limit, values_at(Coordinates(axes_.size(), 0)));
    for (const Tried& point : tried_) {
      const bool empty = limit.variables.size() > 1 &&
                         std::ranges::any_of(limit.variables, [&](std::size_t k) { return point.values[k] == 0; });
      if (point.holds && !empty && exceeds(limit, point.values)) limit.bound = limited_value(limit, point.values);
    }
    return limit;
  }

  /// Steps of one variable change a product least where the others are small: there the limit is found exactly.
  void sharpen(const JointLimit& limit, std::size_t k) {
    if (!limit.upper) return;
    Coordinates start(axes_.size(), 0);
    for (const std::size_t m : limit.variables) {
      if (m == k) continue;
      const auto& smallest = axes_[m].step > 0 ? reach_[m].low : reach_[m].high;
      start[m] = not_empty(m, smallest.value_or(0));
    }
    if (tried(start) != true) return;
    Coordinates end = start;
    constexpr std::int64_t furthest = std::int64_t{1} << 40;
    std::int64_t t = 1;
    for (; t < furthest && !exceeds(limit, values_at(end)); t *= 2) {
      end[k] = axes_[k].step > 0 ? t : -t;
    }
    for (int more = 0; more < 8 && tried(end) == true; ++more) end[k] *= 2;
    if (tried(end) == false) static_cast<void>(last_that_holds(end, start));
  }

  /// Size 1 for size 0: nothing has no limit.
  std::int64_t not_empty(std::size_t k, std::int64_t t) const {
    const GridAxis& axis = axes_[k];
    return axis.origin + axis.step * t == 0 ? t + (axis.step > 0 ? 1 : -1) : t;
  }

  void walk(std::size_t k, std::int64_t limit, std::size_t m, std::int64_t other) {
    Coordinates start(axes_.size(), 0);
    start[m] = other;
    if (tried(start) != true) return;
    for (const std::int64_t further : {2, 64, 4096}) {  // the limit may lie further off here than on the axis
      Coordinates end = start;
      end[k] = (limit + (limit < 0 ? -1 : 1)) * further;
      if (tried(end) != false) continue;
      static_cast<void>(last_that_holds(end, start));
      return;
    }
  }

  /// What is left unexplained at this corner: the ranges shrink to a box that holds there.
  void narrow_to(const Coordinates& at) {
    const Coordinates values = values_at(at);
    const bool said_otherwise =
        std::ranges::any_of(validity_.joint, [&](const JointLimit& limit) { return exceeds(limit, values); });
    if (said_otherwise || tried(at) != false) return;
    Coordinates inside = at;
    for (int step = 0; step < narrowing_steps && tried(inside) == false; ++step) {
      for (std::int64_t& t : inside) t /= 2;
    }
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      if (at[k] > 0) validity_.ranges[k].high = reach_[k].high = inside[k];
      if (at[k] < 0) validity_.ranges[k].low = reach_[k].low = inside[k];
    }
  }
};

}  // namespace

bool exceeds(const JointLimit& limit, const std::vector<std::int64_t>& values) noexcept {
  const std::int64_t value = limited_value(limit, values);
  return limit.upper ? value > limit.bound : value < limit.bound;
}

Validity find_validity(const std::vector<GridAxis>& axes, const HoldsAt& holds) { return Search(axes, holds).run(); }

}  // namespace costscan::closed_forms
