#include "closed_forms/interpolate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <utility>

#include "closed_forms/axis.hpp"

namespace costscan::closed_forms {
namespace {

/// Grids larger than this are not filled completely, only where neighbours show that a term exists.
constexpr std::size_t most_grid_points = 256;
constexpr int joint_checks = 6;
constexpr int narrowing_steps = 8;

std::int64_t remainder(std::int64_t value, std::int64_t period) { return ((value % period) + period) % period; }

/// Grid coordinates between which the form holds; nullopt: no limit was met.
struct Range {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
};

class Interpolation {
 public:
  Interpolation(const std::string& total, const std::vector<FreeDim>& dims, const TotalAt& total_at)
      : dims_(dims), samples_(total_at) {
    form_.total = total;
  }

  ClosedForm run() {
    if (!samples_.at(bound_point())) return without("the total at the bound dimensions is unknown");
    study_axes();
    if (samples_.gave_up()) return without("stopped: too many analyses would be needed");
    explore(false);
    if (!holds_jointly()) {
      if (grid_size() > most_grid_points) return without("no polynomial that its neighbours bear out");
      explore(true);
      if (!holds_jointly()) return without(fmt::format("not polynomial: differs at {}", where_it_differs()));
    }
    ranges_.assign(axes_.size(), {});
    for (std::size_t k = 0; k < axes_.size(); ++k) find_range(k);
    check_corners();
    if (samples_.gave_up()) return without("stopped: too many analyses would be needed");
    return finish();
  }

 private:
  const std::vector<FreeDim>& dims_;
  Samples samples_;
  ClosedForm form_;
  std::vector<std::size_t> active_;  ///< indices into dims_ of the variables; the others are held
  std::vector<Axis> axes_;           ///< of the active ones
  Point base_;
  NewtonForm newton_;
  std::vector<Range> ranges_;
  std::optional<Point> differs_at_;

  ClosedForm without(std::string why) {
    form_.evidence = "none: " + std::move(why);
    return std::move(form_);
  }

  Point bound_point() const {
    Point point;
    for (const FreeDim& dim : dims_) point.push_back(dim.bound);
    return point;
  }

  /// The bound values, but 2 for those below: broadcasting makes 0 and 1 special. As far as the model takes that.
  Point start() {
    Point point = bound_point();
    Point raised = point;
    for (const std::size_t i : active_) raised[i] = std::max<std::int64_t>(raised[i], 2);
    if (samples_.at(raised)) return raised;
    for (const std::size_t i : active_) {
      const std::int64_t before = std::exchange(point[i], std::max<std::int64_t>(point[i], 2));
      if (!samples_.at(point)) point[i] = before;
    }
    return point;
  }

  /// Steps and degree of every dimension. Holding one changes the base of the others, so they are studied again.
  void study_axes() {
    active_.resize(dims_.size());
    std::iota(active_.begin(), active_.end(), std::size_t{0});
    for (bool again = true; again;) {
      again = false;
      base_ = start();
      axes_.clear();
      for (const std::size_t i : active_) {
        const auto axis = fit_axis(samples_, base_, i, dims_[i].bound);
        if (axis) {
          axes_.push_back(*axis);
          continue;
        }
        hold(i);
        again = true;
        break;
      }
    }
    newton_.axes.clear();
    for (const Axis& axis : axes_) newton_.axes.push_back(axis.grid);
    for (std::size_t k = 0; k < axes_.size(); ++k) base_[active_[k]] = axes_[k].grid.origin;
  }

  void hold(std::size_t i) {
    int sizes = 0;
    for (const auto& [point, total] : samples_.answers()) sizes += point[i] != dims_[i].bound && total ? 1 : 0;
    form_.held.push_back(
        {dims_[i].name, dims_[i].bound,
         sizes > 1 ? "not polynomial in " + dims_[i].name : "the model takes hardly any other " + dims_[i].name});
    std::erase(active_, i);
  }

  Point point_at(const std::vector<std::int64_t>& t) const {
    Point point = base_;
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      point[active_[k]] = axes_[k].grid.origin + axes_[k].grid.step * t[k];
    }
    return point;
  }

  std::optional<std::int64_t> total_at(const std::vector<std::int64_t>& t) {
    const Point point = point_at(t);
    return std::ranges::any_of(point, [](std::int64_t x) { return x < 0; }) ? std::nullopt : samples_.at(point);
  }

  /// True where the form gives the total, false where it does not, nullopt where the model takes no such sizes.
  std::optional<bool> holds_at(const std::vector<std::int64_t>& t) {
    const auto total = total_at(t);
    if (!total) return std::nullopt;
    const bool equal = value_at(newton_, t) == static_cast<Wide>(*total);
    if (!equal) differs_at_ = point_at(t);
    return equal;
  }

  std::size_t grid_size() const {
    std::size_t size = 1;
    for (const Axis& axis : axes_)
      size = std::min(size, most_grid_points) * (static_cast<std::size_t>(axis.degree) + 1);
    return size;
  }

  /// Newton's coefficients, lower terms first. A term is looked for only where all terms just below it exist, unless
  /// `all`: a polynomial that lacks a term lacks it there, but for cancellations, which the checks would show.
  void explore(bool all) {
    newton_.coefficients.clear();
    Exponents term(axes_.size(), 0);
    do {
      if (!all && !reachable(term)) continue;
      const std::vector<std::int64_t> t(term.begin(), term.end());
      const auto total = total_at(t);
      const auto expected = value_at(newton_, t);
      if (!total || !expected) continue;  // the checks decide whether this one matters
      newton_.coefficients[term] = static_cast<Wide>(*total) - *expected;
    } while (next(term));
  }

  /// Counts through the grid; every term comes after all that are lower in each exponent.
  bool next(Exponents& term) const {
    for (std::size_t k = term.size(); k-- > 0;) {
      if (term[k] < axes_[k].degree) {
        ++term[k];
        return true;
      }
      term[k] = 0;
    }
    return false;
  }

  bool reachable(const Exponents& term) const {
    for (std::size_t k = 0; k < term.size(); ++k) {
      if (term[k] == 0) continue;
      Exponents below = term;
      --below[k];
      const auto found = newton_.coefficients.find(below);
      // Along one axis every term up to the degree counts, zero or not.
      const bool on_axis = std::accumulate(term.begin(), term.end(), 0) == term[k];
      if (found == newton_.coefficients.end() || (found->second == 0 && !on_axis)) return false;
    }
    return true;
  }

  /// Points off all axes. Each moves in every dimension, by steps that no two dimensions share.
  bool holds_jointly() {
    differs_at_.reset();
    for (int j = 0; j < joint_checks; ++j) {
      std::vector<std::int64_t> t;
      std::vector<std::int64_t> nearer;
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        const auto spread = static_cast<std::int64_t>((7 * static_cast<std::size_t>(j) + 5 * k + 3) % 11);
        const std::int64_t least = axes_[k].degree + 1;
        t.push_back(axes_[k].near_only ? 1 + spread % least : least + spread);
        nearer.push_back(1 + spread % least);
      }
      const auto holds = holds_at(t);
      if (holds == false || (!holds && holds_at(nearer) == false)) return false;
    }
    return true;
  }

  std::string where_it_differs() const {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < dims_.size() && differs_at_; ++i) {
      parts.push_back(fmt::format("{}={}", dims_[i].name, (*differs_at_)[i]));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  std::vector<std::int64_t> only(std::size_t k, std::int64_t t) const {
    std::vector<std::int64_t> point(axes_.size(), 0);
    point[k] = t;
    return point;
  }

  /// Tries sizes of one dimension further and further from the origin, down to the smallest and up to far larger ones;
  /// where the form fails, finds where it ends.
  void find_range(std::size_t k) {
    const GridAxis& grid = axes_[k].grid;
    const std::int64_t period = std::abs(grid.step);
    const std::int64_t smallest = remainder(grid.origin, period);
    const std::int64_t reach = std::max<std::int64_t>(grid.origin, 32) / period + 1;
    std::vector<std::int64_t> smaller;
    for (const std::int64_t x : {smallest + (grid.origin - smallest) / period / 3 * period, smallest + 2 * period,
                                 smallest + period, smallest}) {
      if (x < grid.origin) smaller.push_back(x);
    }
    std::vector<std::int64_t> larger;
    for (const std::int64_t times : {1, 3, 15}) larger.push_back(grid.origin + times * reach * period);
    for (const auto& sizes : {smaller, larger}) {
      for (const std::int64_t size : sizes) {
        const std::int64_t t = (size - grid.origin) / grid.step;
        if (holds_at(only(k, t)) != false) continue;
        (t < 0 ? ranges_[k].low : ranges_[k].high) = last_that_holds(k, t);
        break;
      }
    }
  }

  /// Halves the way between the origin, where the form holds, and `fails`. What the model does not take ends it too.
  std::int64_t last_that_holds(std::size_t k, std::int64_t fails) {
    std::int64_t good = 0;
    while (std::abs(fails - good) > 1) {
      const std::int64_t middle = good + (fails - good) / 2;
      (holds_at(only(k, middle)) == true ? good : fails) = middle;
    }
    return good;
  }

  /// Smallest and largest sizes of several dimensions at once: a limit on their sum shows only there. Where the form
  /// fails, the ranges shrink to a box that it does hold in at this corner.
  void check_corners() {
    if (axes_.size() < 2) return;
    for (int pattern = 0; pattern < 4; ++pattern) {
      std::vector<std::int64_t> corner;
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        const bool up = pattern == 0 || (pattern > 1 && (k + static_cast<std::size_t>(pattern)) % 2 == 0);
        corner.push_back(extreme(k, up));
      }
      if (holds_at(corner) != false) continue;
      const std::vector<std::int64_t> failed = corner;
      for (int step = 0; step < narrowing_steps && holds_at(corner) == false; ++step) {
        for (std::int64_t& t : corner) t /= 2;
      }
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        if (failed[k] > 0) ranges_[k].high = corner[k];
        if (failed[k] < 0) ranges_[k].low = corner[k];
      }
    }
  }

  /// The grid coordinate of the smallest (or of a large) size in range.
  std::int64_t extreme(std::size_t k, bool up) const {
    const GridAxis& grid = axes_[k].grid;
    const std::int64_t period = std::abs(grid.step);
    const std::int64_t smallest = remainder(grid.origin, period);
    const std::int64_t size = up                            ? grid.origin + 3 * (grid.origin / period + 1) * period
                              : smallest == 0 && period > 1 ? period
                                                            : smallest;
    std::int64_t t = (size - grid.origin) / grid.step;
    if (ranges_[k].high) t = std::min(t, *ranges_[k].high);
    if (ranges_[k].low) t = std::max(t, *ranges_[k].low);
    return t;
  }

  ClosedForm finish() {
    const auto polynomial = expand(newton_);
    if (!polynomial) return without("its coefficients leave 127 bits");
    std::vector<std::string> names;
    for (const std::size_t i : active_) names.push_back(dims_[i].name);
    add_variables();
    if (!sort_points()) return without(fmt::format("not polynomial: differs at {}", where_it_differs()));
    form_.text = to_text(*polynomial, names);
    form_.holds = holds_text();
    form_.evidence = evidence_text();
    return std::move(form_);
  }

  void add_variables() {
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      const FreeDim& dim = dims_[active_[k]];
      const GridAxis& grid = axes_[k].grid;
      ClosedFormVariable variable{dim.name, dim.bound, std::abs(grid.step), 0, {}, {}};
      variable.residue = remainder(grid.origin, variable.period);
      auto& [low, high] = ranges_[k];
      if (low) (grid.step > 0 ? variable.least : variable.most) = grid.origin + grid.step * *low;
      if (high) (grid.step > 0 ? variable.most : variable.least) = grid.origin + grid.step * *high;
      form_.variables.push_back(std::move(variable));
    }
  }

  bool in_range(const Point& point) const {
    for (std::size_t i = 0, k = 0; i < dims_.size(); ++i) {
      const bool is_active = k < active_.size() && active_[k] == i;
      if (!is_active) {
        if (point[i] != dims_[i].bound) return false;
        continue;
      }
      const ClosedFormVariable& variable = form_.variables[k++];
      const std::int64_t x = point[i];
      if (remainder(x, variable.period) != variable.residue || x < variable.least.value_or(x) ||
          x > variable.most.value_or(x)) {
        return false;
      }
    }
    return true;
  }

  /// Every point that was ever asked for and lies in range is evidence: on the grid, or a check that must hold.
  bool sort_points() {
    for (const auto& [point, total] : samples_.answers()) {
      if (!total || !in_range(point)) continue;
      std::vector<std::int64_t> t;
      Exponents term;
      for (std::size_t k = 0; k < axes_.size(); ++k) {
        t.push_back((point[active_[k]] - axes_[k].grid.origin) / axes_[k].grid.step);
        term.push_back(static_cast<std::int32_t>(std::clamp<std::int64_t>(t.back(), -1, most_grid_points)));
      }
      if (newton_.coefficients.contains(term)) {
        form_.fitted.push_back(point);
      } else if (holds_at(t) == true) {
        form_.checked.push_back(point);
      } else {
        return false;
      }
    }
    return true;
  }

  std::string holds_text() const {
    std::vector<std::string> parts;
    for (const ClosedFormVariable& variable : form_.variables) {
      if (variable.period > 1)
        parts.push_back(fmt::format("{} mod {} = {}", variable.name, variable.period, variable.residue));
      if (variable.least && variable.most) {
        parts.push_back(fmt::format("{} <= {} <= {}", *variable.least, variable.name, *variable.most));
      } else if (variable.least) {
        parts.push_back(fmt::format("{} >= {}", variable.name, *variable.least));
      } else if (variable.most) {
        parts.push_back(fmt::format("{} <= {}", variable.name, *variable.most));
      }
    }
    for (const HeldDimension& held : form_.held) parts.push_back(fmt::format("{} = {}", held.name, held.value));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  std::string evidence_text() {
    if (dims_.empty()) return "all dimensions are fixed";
    std::string out =
        fmt::format("exact at {} point{}, checked at {} other{}", form_.fitted.size(),
                    form_.fitted.size() == 1 ? "" : "s", form_.checked.size(), form_.checked.size() == 1 ? "" : "s");
    if (!form_.holds.empty()) out += "; for " + form_.holds;
    for (std::size_t k = 0; k < axes_.size(); ++k) {
      if (std::abs(axes_[k].grid.step) == 1) continue;
      const bool others = next_remainder_fits(samples_, base_, active_[k], axes_[k]);
      out += fmt::format("; piecewise polynomial in {}: {}", dims_[active_[k]].name,
                         others ? "other remainders have other coefficients" : "other remainders were not resolved");
    }
    for (const HeldDimension& held : form_.held) out += "; " + held.why;
    if (!in_range(bound_point())) out += "; not at the dimensions bound here";
    return out;
  }
};

}  // namespace

ClosedForm interpolate(const std::string& total, const std::vector<FreeDim>& dims, const TotalAt& total_at) {
  return Interpolation(total, dims, total_at).run();
}

}  // namespace costscan::closed_forms
