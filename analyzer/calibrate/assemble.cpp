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

/// Of steps that were run at several times: the middle of what they found, and the fastest that the hardware showed.
class MachineRounds {
 public:
  void add(const Calibration& found, bool overhead) {
    for (const ResidencyStep& step : found.residency) residency_[step.footprint_bytes].push_back(step.bytes_per_second);
    for (const ComputePeak& peak : found.compute_peaks) {
      const auto known = std::ranges::find_if(peaks_, [&](const ComputePeak& other) {
        return other.dtype == peak.dtype && other.instructions == peak.instructions;
      });
      if (known == peaks_.end()) {
        peaks_.push_back(peak);
      } else {
        known->operations_per_second = std::max(known->operations_per_second, peak.operations_per_second);
      }
    }
    for (const CopyBandwidth& copy : found.copy_bandwidth) {
      const auto known = std::ranges::find(copies_, copy.level, &CopyBandwidth::level);
      if (known == copies_.end()) copies_.push_back(copy);
      copy_rates_[copy.level].push_back(copy.bytes_per_second);
    }
    if (!overhead) return;
    bias_us_.push_back(found.profiler_bias_us);
    dispatch_us_.push_back(found.dispatch_us);
  }

  void put(Calibration& out) && {
    for (auto& [footprint, rates] : residency_) out.residency.push_back({footprint, median_of(std::move(rates))});
    for (CopyBandwidth& copy : copies_) copy.bytes_per_second = median_of(copy_rates_[copy.level]);
    out.copy_bandwidth = std::move(copies_);
    out.compute_peaks = std::move(peaks_);
    if (bias_us_.empty()) return;
    out.profiler_bias_us = median_of(std::move(bias_us_));
    out.dispatch_us = median_of(std::move(dispatch_us_));
  }

 private:
  std::map<double, std::vector<double>> residency_;
  std::vector<ComputePeak> peaks_;
  std::vector<CopyBandwidth> copies_;
  std::map<std::string, std::vector<double>> copy_rates_;
  std::vector<double> bias_us_;
  std::vector<double> dispatch_us_;
};

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
  MachineRounds machine;
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
    machine.add(found, batch_of(entry.step) == overhead_step);
  }
  std::move(machine).put(out);
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
  if (!ratios.empty()) {
    out.stability.median_confirmation = median_of(ratios);
    out.stability.p90_confirmation = percentile(std::move(ratios), 0.9);
  }
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
