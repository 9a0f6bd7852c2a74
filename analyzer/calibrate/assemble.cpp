// What the steps of a journal found, as one calibration.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "calibrate/bench.hpp"
#include "calibrate/calibrate.hpp"
#include "calibrate/journal.hpp"
#include "calibrate/rounds.hpp"
#include "calibrate/worker.hpp"
#include "measure/statistics.hpp"

namespace costscan::calibrate {
namespace {

template <class T>
void take(std::vector<T>& into, std::vector<T>& from) {
  into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// The first few, and how many more.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 3;
  const std::vector<std::string> first(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(std::min(shown, names.size())));
  return fmt::format("{}{}", fmt::join(first, "; "),
                     names.size() > shown ? fmt::format("; and {} more", names.size() - shown) : "");
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(std::lround(share * last))];
}

}  // namespace

CalibrationStability stability_of(const std::vector<std::vector<CalibrationPoint>>& repeats) {
  constexpr double steady_median = 1.05;
  constexpr double steady_p90 = 1.25;
  using Key = std::tuple<std::string, std::string, std::vector<double>>;
  std::map<Key, std::vector<double>> times;
  for (const auto& repeat : repeats) {
    for (const CalibrationPoint& point : repeat) {
      times[{point.rate_class, point.activation, point.coords}].push_back(point.us);
    }
  }
  std::vector<double> drift;
  std::vector<double> range;
  for (const auto& [key, us] : times) {
    // Profiles have whole microseconds: the shortest nodes would tell of rounding.
    constexpr double shortest_us = 5;
    const auto [least, most] = std::ranges::minmax_element(us);
    if (us.size() < 2 || *least < shortest_us) continue;
    drift.push_back(us.back() / us.front());
    range.push_back(*most / *least);
  }
  CalibrationStability out;
  out.points = static_cast<std::int32_t>(range.size());
  if (range.empty()) return out;
  out.median_ratio = median_of(drift);
  out.p90_ratio = percentile(range, 0.9);
  out.steady = median_of(range) <= steady_median && out.p90_ratio <= steady_p90;
  return out;
}

Calibration assemble(std::vector<JournalEntry> entries, std::size_t steps) {
  Calibration out;
  std::vector<std::string> refused;
  std::vector<std::vector<CalibrationPoint>> repeats;
  std::map<std::string, Rounds> rounds;
  std::set<std::string> done;
  for (JournalEntry& entry : entries) {
    if (!done.insert(entry.step).second) continue;
    out.seconds += entry.seconds;
    if (batch_of(entry.step) == entry.step) take(refused, entry.refused);
    Calibration& found = entry.found;
    if (entry.step.starts_with(stability_step)) repeats.push_back(found.points);
    const bool of_sample = entry.step.starts_with(stability_step);
    if (!found.points.empty()) {
      rounds[of_sample ? std::string(stability_step) : std::string(batch_of(entry.step))].push_back(
          std::move(found.points));
    }
    take(out.residency, found.residency);
    take(out.compute_peaks, found.compute_peaks);
    take(out.copy_bandwidth, found.copy_bandwidth);
    if (entry.step == overhead_step) {
      out.profiler_bias_us = found.profiler_bias_us;
      out.dispatch_us = found.dispatch_us;
    }
  }
  std::vector<double> ratios;
  for (const auto& [batch, its_rounds] : rounds) {
    std::vector<CalibrationPoint> agreed = agreed_points(its_rounds);
    take(out.points, agreed);
    std::ranges::copy(round_ratios(its_rounds), std::back_inserter(ratios));
  }
  out.points = merge_points(std::move(out.points));
  const auto first_rounds = std::ranges::count_if(done, [](const auto& step) { return batch_of(step) == step; });
  out.complete = static_cast<std::size_t>(first_rounds) >= steps;
  out.stability = stability_of(repeats);
  out.stability.repeated = static_cast<std::int32_t>(ratios.size());
  if (!ratios.empty()) out.stability.p90_confirmation = percentile(std::move(ratios), 0.9);
  if (!out.complete) {
    out.warnings.push_back(fmt::format(
        "{} of {} steps were measured before the time was used up; run it again to go on", first_rounds, steps));
  }
  if (!out.stability.steady) {
    const std::string confirmed = out.stability.repeated == 0
                                      ? "no graph was run a second time"
                                      : fmt::format("of {} repeated times the two fastest agree within {:.0f}%",
                                                    out.stability.repeated, 100 * (out.stability.p90_confirmation - 1));
    out.warnings.push_back(
        fmt::format("the machine was unsteady while calibrating: the same graphs took up to {:.2f} times as long at "
                    "another time, {} (90th percentiles); close other programs and repeat with --force",
                    out.stability.p90_ratio, confirmed));
  }
  if (!refused.empty()) {
    out.warnings.push_back(
        fmt::format("{} graphs could not be measured in this runtime: {}", refused.size(), some_of(refused)));
  }
  return out;
}

}  // namespace costscan::calibrate
