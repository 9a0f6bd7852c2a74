#include "closed_forms/interpolate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <utility>

#include "closed_forms/axis.hpp"
#include "closed_forms/validity.hpp"

namespace costscan::closed_forms {
namespace {

/// Grids larger than this are not filled completely, only where neighbours show that a term exists.
constexpr std::size_t most_grid_points = 256;
constexpr int joint_checks = 6;

std::int64_t remainder(std::int64_t value, std::int64_t period) { return ((value % period) + period) % period; }

class Interpolation {
 public:
  /// `least`: sizes below are raised to it where the polynomial is looked for.
  Interpolation(const std::string& total, const std::vector<FreeDim>& dims, const TotalAt& total_at, std::int64_t least)
      : dims_(dims), samples_(total_at), least_(least) {
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
    validity_ = find_validity(newton_.axes, [&](const std::vector<std::int64_t>& t) { return holds_at(t); });
    if (samples_.gave_up()) return without("stopped: too many analyses would be needed");
    return finish();
  }

 private:
  const std::vector<FreeDim>& dims_;
  Samples samples_;
  std::int64_t least_;
  ClosedForm form_;
  std::vector<std::size_t> active_;  ///< indices into dims_ of the variables; the others are held
  std::vector<Axis> axes_;           ///< of the active ones
  Point base_;
  NewtonForm newton_;
  Validity validity_;
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

  /// The bound values, raised to the least size as far as the model takes that.
  Point start() {
    Point point = bound_point();
    Point raised = point;
    for (const std::size_t i : active_) raised[i] = std::max(raised[i], least_);
    if (samples_.at(raised)) return raised;
    for (const std::size_t i : active_) {
      const std::int64_t before = std::exchange(point[i], std::max(point[i], least_));
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

  ClosedForm finish() {
    const auto polynomial = expand(newton_);
    if (!polynomial) return without("its coefficients leave 127 bits");
    std::vector<std::string> names;
    for (const std::size_t i : active_) names.push_back(dims_[i].name);
    add_variables();
    if (!sort_points()) return without(fmt::format("not polynomial: differs at {}", where_it_differs()));
    form_.holds_at_bound = in_range(bound_point());
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
      const auto& [low, high] = validity_.ranges[k];
      if (low) (grid.step > 0 ? variable.least : variable.most) = grid.origin + grid.step * *low;
      if (high) (grid.step > 0 ? variable.most : variable.least) = grid.origin + grid.step * *high;
      form_.variables.push_back(std::move(variable));
    }
    for (const JointLimit& limit : validity_.joint) {
      ClosedFormJointLimit named{limit.product, limit.upper, {}, limit.bound};
      for (const std::size_t k : limit.variables) named.names.push_back(dims_[active_[k]].name);
      form_.joint_limits.push_back(std::move(named));
    }
  }

  bool in_range(const Point& point) const {
    std::vector<std::int64_t> values;
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
      values.push_back(x);
    }
    return std::ranges::all_of(validity_.joint, [&](const JointLimit& limit) { return !exceeds(limit, values); });
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
    for (const ClosedFormJointLimit& limit : form_.joint_limits) {
      parts.push_back(fmt::format("{} {} {}", fmt::join(limit.names, limit.product ? "*" : " + "),
                                  limit.upper ? "<=" : ">=", limit.bound));
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
      out += fmt::format("; piecewise polynomial in {}: {}", dims_[active_[k]].name,
                         next_remainder(samples_, base_, active_[k], axes_[k]));
    }
    for (const HeldDimension& held : form_.held) out += "; " + held.why;
    if (!form_.holds_at_bound) out += "; not at the dimensions bound here";
    return out;
  }
};

}  // namespace

ClosedForm interpolate(const std::string& total, const std::vector<FreeDim>& dims, const TotalAt& total_at) {
  // Broadcasting makes 0 and 1 special, so that sizes from 2 on are tried first; where what they follow does not reach
  // down to the bound dimensions, the polynomial around those is the one asked for.
  ClosedForm form = Interpolation(total, dims, total_at, 2).run();
  if (!form.text.empty() && form.holds_at_bound) return form;
  ClosedForm around_bound = Interpolation(total, dims, total_at, 0).run();
  return !around_bound.text.empty() && around_bound.holds_at_bound ? around_bound : form;
}

}  // namespace costscan::closed_forms
