#include "closed_forms/validity.hpp"

#include <algorithm>
#include <bit>
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
      if (anything_fails_above()) explain_jointly();
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

  bool anything_fails_above() const {
    return std::ranges::any_of(tried_, [&](const Tried& point) { return !point.holds && !below_range(point); });
  }

  /// Too small in some dimension: a limit from above has nothing to do with it.
  bool below_range(const Tried& point) const {
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const GridAxis& axis = axes_[k];
      const auto& least = axis.step > 0 ? validity_.ranges[k].low : validity_.ranges[k].high;
      if (least && point.values[k] < axis.origin + axis.step * *least) return true;
    }
    return false;
  }

  /// Walks from small and from large sizes of one dimension up to the limit of another, so that the limit is known at
  /// several places; then looks for the product or sum that parts what holds from what does not.
  void explain_jointly() {
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const auto& limit = axes_[k].step > 0 ? validity_.ranges[k].high : validity_.ranges[k].low;
      if (!limit) continue;
      for (std::size_t m = 0; m < axes_.size(); ++m) {
        if (m == k) continue;
        for (const auto& other : {reach_[m].low, reach_[m].high}) {
          if (other) walk(k, *limit, m, not_empty(m, *other));
        }
      }
    }
    std::optional<JointLimit> best;
    const auto subsets = std::size_t{1} << std::min(axes_.size(), most_subset_axes);
    for (std::size_t subset = 1; subset < subsets; ++subset) {
      const int size = std::popcount(subset);
      if (size < 2 || size > most_joint || (best && static_cast<int>(best->variables.size()) <= size)) continue;
      for (const bool product : {true, false}) {
        auto limit = parting_limit(subset, product);
        if (!limit) continue;
        best = std::move(limit);
        break;
      }
    }
    if (!best) return;
    for (const std::size_t k : best->variables) {
      (axes_[k].step > 0 ? validity_.ranges[k].high : validity_.ranges[k].low).reset();
    }
    validity_.joint.push_back(std::move(*best));
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

  /// The limit under which all holding points lie and no failing one; nullopt where there is none.
  std::optional<JointLimit> parting_limit(std::size_t subset, bool product) const {
    JointLimit limit{product, {}, 0};
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      if ((subset >> k & 1U) != 0) limit.variables.push_back(k);
    }
    std::int64_t fails_from = std::numeric_limits<std::int64_t>::max();
    for (const Tried& point : tried_) {
      const std::int64_t value = limited_value(limit, point.values);
      const bool empty = std::ranges::find(point.values, 0) != point.values.end();
      if (point.holds && !empty) limit.most = std::max(limit.most, value);
      if (!point.holds && !below_range(point)) fails_from = std::min(fails_from, value);
    }
    return limit.most < fails_from ? std::optional(limit) : std::nullopt;
  }

  /// What is left unexplained at this corner: the ranges shrink to a box that holds there.
  void narrow_to(const Coordinates& at) {
    const Coordinates values = values_at(at);
    const bool said_otherwise = std::ranges::any_of(
        validity_.joint, [&](const JointLimit& limit) { return limited_value(limit, values) > limit.most; });
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

std::int64_t limited_value(const JointLimit& limit, const std::vector<std::int64_t>& values) noexcept {
  std::int64_t out = limit.product ? 1 : 0;
  for (const std::size_t k : limit.variables) {
    const auto next = limit.product ? checked_mul(out, values[k]) : checked_add(out, values[k]);
    if (!next) return std::numeric_limits<std::int64_t>::max();
    out = *next;
  }
  return out;
}

Validity find_validity(const std::vector<GridAxis>& axes, const HoldsAt& holds) { return Search(axes, holds).run(); }

}  // namespace costscan::closed_forms
