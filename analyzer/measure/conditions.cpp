// What makes measured times doubtful, each with what to do about it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "measure/machine.hpp"
#include "measure/statistics.hpp"

namespace costscan {
namespace {

constexpr double matters = 0.03;  // below this share of the median nothing is worth a warning

std::vector<double> copy_of(std::span<const double> values) { return {values.begin(), values.end()}; }

void judge_spread(const Samples& samples, std::vector<std::string>& out) {
  if (samples.median > 0 && samples.mad > 0.05 * samples.median) {
    out.push_back(fmt::format("latency is unsteady: MAD is {:.0f}% of the median; close other programs and repeat",
                              100 * samples.mad / samples.median));
  }
}

/// First against last third: a difference of medians beyond three standard errors, of medians of normal samples.
void judge_drift(const Samples& samples, std::vector<std::string>& out) {
  constexpr std::size_t fewest = 15;
  if (samples.us.size() < fewest || samples.median <= 0) return;
  const std::size_t third = samples.us.size() / 3;
  const Samples first = summarize(copy_of(std::span(samples.us).first(third)));
  const Samples last = summarize(copy_of(std::span(samples.us).last(third)));
  constexpr double sigma_of_mad = 1.4826;
  constexpr double error_of_median = 1.2533;
  const double spread = sigma_of_mad * std::hypot(first.mad, last.mad);
  const double error = error_of_median * spread / std::sqrt(static_cast<double>(third));
  const double change = last.median - first.median;
  if (std::abs(change) < std::max(3 * error, matters * samples.median)) return;
  out.push_back(fmt::format(
      "latency drifts: the last third of the runs is {:.0f}% {} than the first; the machine changed its speed while "
      "measuring (clock, heat, other load): let it settle, measure longer (--seconds) and repeat",
      100 * std::abs(change) / first.median, change > 0 ? "slower" : "faster"));
}

struct TwoSpeeds {
  double fast = 0;
  double slow = 0;
  double slow_share = 0;
};

/// The split of the sorted samples with the least spread around two means, where both parts are real and far apart.
std::optional<TwoSpeeds> two_speeds(const Samples& samples) {
  constexpr std::size_t fewest = 15;
  if (samples.us.size() < fewest || samples.median <= 0) return std::nullopt;
  std::vector<double> sorted = samples.us;
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  const std::size_t smallest = std::max<std::size_t>(3, n / 5);
  double right_sum = 0;
  for (const double us : sorted) right_sum += us;
  double left_sum = 0;
  double best = -1;
  std::size_t cut = 0;
  for (std::size_t i = 1; i < n; ++i) {
    left_sum += sorted[i - 1];
    right_sum -= sorted[i - 1];
    // Least spread within two parts is most spread between them.
    const double between =
        left_sum * left_sum / static_cast<double>(i) + right_sum * right_sum / static_cast<double>(n - i);
    if (between <= best) continue;
    best = between;
    cut = i;
  }
  if (cut < smallest || n - cut < smallest) return std::nullopt;
  const Samples fast = summarize(copy_of(std::span(sorted).first(cut)));
  const Samples slow = summarize(copy_of(std::span(sorted).subspan(cut)));
  const double apart = slow.median - fast.median;
  // An even spread has its halves' medians 4 MADs (of a half) apart; two speeds have next to nothing in between.
  const double hollow = sorted[cut] - sorted[cut - 1];
  if (apart < matters * samples.median || apart < 6 * std::max(fast.mad, slow.mad) || hollow < apart / 4) {
    return std::nullopt;
  }
  return TwoSpeeds{fast.median, slow.median, static_cast<double>(n - cut) / static_cast<double>(n)};
}

void judge_modes(const Samples& samples, std::vector<std::string>& out) {
  const auto speeds = two_speeds(samples);
  if (!speeds) return;
  out.push_back(
      fmt::format("latency has two speeds: {:.0f}% of the runs take about {:.4g} us, the others about {:.4g} us; "
                  "the median is one of them: pin the process to a CPU (taskset), switch off frequency boost, repeat",
                  100 * speeds->slow_share, speeds->slow, speeds->fast));
}

void judge_outliers(const Samples& samples, std::vector<std::string>& out) {
  if (samples.us.size() < 3 || samples.median <= 0) return;
  const auto slow = std::ranges::count_if(samples.us, [&](double us) { return us > 2 * samples.median; });
  if (slow == 0) return;
  out.push_back(fmt::format(
      "{} of {} runs took more than twice the median, up to {:.4g} us: they stay in the samples, the median ignores "
      "them; close other programs if latency at the tail matters",
      slow, samples.us.size(), *std::ranges::max_element(samples.us)));
}

void judge_machine(const Measurement& m, std::vector<std::string>& out) {
  const MachineInfo& machine = m.machine;
  if (machine.steal_fraction > 0.02) {
    out.push_back(fmt::format("the hypervisor took {:.0f}% of the CPU time while measuring; repeat when it is quiet",
                              100 * machine.steal_fraction));
  }
  if (machine.logical_cpus > 0 && machine.load_before + m.threads > machine.logical_cpus + 0.5) {
    out.push_back(
        fmt::format("the machine was busy before measuring (load {:.1f} on {} CPUs, {} thread(s) needed); "
                    "times may be too high: repeat when it is idle",
                    machine.load_before, machine.logical_cpus, m.threads));
  }
  if (machine.governor == "powersave" || machine.governor == "ondemand" || machine.governor == "conservative") {
    out.push_back(
        fmt::format("the CPU frequency governor is '{}', so the clock may change while measuring; "
                    "'cpupower frequency-set -g performance' keeps it steady",
                    machine.governor));
  }
  constexpr double hot_c = 90;
  if (machine.temperature_after_c.value_or(0) >= hot_c) {
    out.push_back(
        fmt::format("the CPU is at {:.0f} degrees Celsius, where most lower their clock; let it cool and repeat",
                    *machine.temperature_after_c));
  }
}

void judge_disturbance(const Measurement& m, std::vector<std::string>& out) {
  if (!m.disturbance) return;
  const auto runs = static_cast<std::int64_t>(m.latency.us.size() + m.profiled_latency.us.size());
  if (m.disturbance->involuntary_switches > runs) {
    out.push_back(fmt::format(
        "the system took the worker off its CPU {} times in {} runs: other programs wanted it; close them and repeat",
        m.disturbance->involuntary_switches, runs));
  }
  if (m.disturbance->major_faults > 0) {
    out.push_back(fmt::format("{} pages came from disk while measuring: memory is short; close other programs",
                              m.disturbance->major_faults));
  }
  if (m.disturbance->throttled_us > 0) {
    out.push_back(
        fmt::format("the container's CPU quota held the process back for {:.3g} ms; raise it, or use fewer "
                    "threads (--threads)",
                    m.disturbance->throttled_us / 1000));
  }
}

}  // namespace

std::vector<std::string> condition_warnings(const Measurement& m) {
  std::vector<std::string> out;
  if (m.latency.us.empty()) return out;  // conditions of a measurement that was not made concern nobody
  judge_spread(m.latency, out);
  judge_drift(m.latency, out);
  judge_modes(m.latency, out);
  judge_outliers(m.latency, out);
  judge_machine(m, out);
  judge_disturbance(m, out);
  return out;
}

}  // namespace costscan
