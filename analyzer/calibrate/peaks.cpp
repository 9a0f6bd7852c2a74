#include "calibrate/peaks.hpp"

#include <algorithm>
#include <barrier>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "calibrate/peak_kernels.hpp"
#include "measure/caches.hpp"
#include "measure/copy_rates.hpp"

namespace costscan::calibrate {
namespace {

using Clock = std::chrono::steady_clock;

/// Runs `work(thread)` on all threads at once, from one start line; the seconds until the last has ended.
double seconds_together(std::int32_t threads, const std::function<void(std::size_t)>& work) {
  std::barrier line(threads);
  Clock::time_point start;
  const auto run = [&](std::size_t thread) {
    line.arrive_and_wait();
    if (thread == 0) start = Clock::now();
    work(thread);
    line.arrive_and_wait();
  };
  std::vector<std::thread> others;
  for (std::int32_t t = 1; t < threads; ++t) others.emplace_back(run, static_cast<std::size_t>(t));
  run(0);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (std::thread& other : others) other.join();
  return seconds;
}

/// The best of a few trials: a peak is what is possible.
double best_rate(std::int32_t threads, double work_per_thread, int trials,
                 const std::function<void(std::size_t)>& work) {
  double best = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const double seconds = seconds_together(threads, work);
    if (seconds > 0) best = std::max(best, work_per_thread * threads / seconds);
  }
  return best;
}

double compute_rate(const PeakKernel& kernel, std::int32_t threads) {
  constexpr double trial_seconds = 0.02;
  std::int64_t rounds = 1000;
  double seconds = 0;
  while (seconds < trial_seconds / 4) {  // find how many rounds fill a trial
    rounds *= 2;
    seconds = seconds_together(1, [&](std::size_t) { kernel.run(rounds); });
  }
  rounds = std::max<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(rounds) * trial_seconds / seconds), 1);
  return best_rate(threads, kernel.operations_per_round * static_cast<double>(rounds), 6,
                   [&](std::size_t) { kernel.run(rounds); });
}

/// The level whose capacity holds what one thread copies; empty in between, where two levels mix.
std::string level_of(double footprint, std::int32_t threads, const CacheSizes& caches) {
  const auto l1 = static_cast<double>(caches.l1);
  const auto l2 = static_cast<double>(caches.l2);
  const auto l3 = static_cast<double>(caches.l3);
  const double each = footprint / threads;
  if (each <= l1) return "L1";
  if (each <= l2 && each >= 2 * l1) return "L2";
  // Shared by the cores, and on a virtual machine by neighbours: half of it is likely ours.
  if (footprint <= l3 / 2 && each >= 2 * l2) return "L3";
  if (footprint >= 4 * std::max(l2, l3)) return "DRAM";
  return {};
}

}  // namespace

std::vector<ComputePeak> measure_compute_peaks(std::int32_t threads) {
  std::vector<ComputePeak> out;
  for (const PeakKernel& kernel : usable_peak_kernels()) {
    out.push_back({std::string(kernel.dtype), std::string(kernel.instructions), compute_rate(kernel, threads)});
  }
  return out;
}

std::vector<CopyBandwidth> copy_levels(const std::vector<CopyRate>& rates, std::int32_t threads,
                                       const CacheSizes& caches) {
  std::vector<CopyBandwidth> out;
  for (const CopyRate& rate : rates) {
    const auto footprint = static_cast<double>(rate.footprint_bytes);
    const std::string level = level_of(footprint, threads, caches);
    if (level.empty()) continue;
    const CopyBandwidth found{level, footprint, rate.bytes_per_second};
    if (out.empty() || out.back().level != level) {
      out.push_back(found);
    } else if (level == "DRAM" || found.bytes_per_second > out.back().bytes_per_second) {
      out.back() = found;  // in memory the largest is the surest, in a cache the fastest
    }
  }
  return out;
}

Result<std::vector<CopyBandwidth>> measure_copy_bandwidth(std::int32_t threads) {
  const auto rates = measure_copies(threads);
  if (!rates) return tl::unexpected(rates.error());
  return copy_levels(*rates, threads, read_cache_sizes());
}

}  // namespace costscan::calibrate
