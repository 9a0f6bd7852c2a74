#include "measure/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>

namespace costscan {
namespace {

constexpr std::int32_t most_blocks = 5;
constexpr std::int32_t fewest_runs = 3;  // below that a median means nothing
// A profile has about 600 bytes per event, and the runtime drops events beyond a million.
constexpr std::int64_t most_profile_events = 150'000;
constexpr double rewarm_below_us = 100'000;  // longer runs walk through more memory than a cache holds anyway
constexpr double warmup_us = 3e6;

}  // namespace

RunPlan plan_runs(double us, const RunBudget& budget) {
  us = std::max(us, 0.1);
  const double wanted = budget.target_seconds * 1e6 / us;
  // Half of what is left, shared by two sessions, so that profile and roofs still come in time.
  const double affordable = std::max(budget.remaining_seconds, 0.0) * 1e6 * 0.5 / (2 * us);
  const std::int32_t least = std::max(budget.min_runs, 1);
  const double runs =
      std::clamp(wanted, static_cast<double>(least), static_cast<double>(std::max(budget.max_runs, least)));
  RunPlan plan;
  plan.plain_runs = static_cast<std::int32_t>(std::max(std::min(runs, affordable), 1.0 * std::min(least, fewest_runs)));
  const std::int64_t recordable = most_profile_events / std::max<std::int64_t>(budget.nodes, 1);
  plan.profiled_runs = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(recordable, std::min(plan.plain_runs, fewest_runs), plan.plain_runs));
  plan.blocks = std::min({most_blocks, plan.plain_runs, plan.profiled_runs});
  plan.rewarm = us < rewarm_below_us;
  return plan;
}

std::int32_t runs_in_block(std::int32_t total, std::int32_t block, std::int32_t blocks) {
  return total * (block + 1) / blocks - total * block / blocks;
}

std::vector<bool> random_order(std::int32_t blocks) {
  std::vector<bool> first(static_cast<std::size_t>(std::max(blocks, 0)));
  for (std::size_t i = 0; i < first.size(); i += 2) first[i] = true;
  std::mt19937_64 random(std::random_device{}());
  std::shuffle(first.begin(), first.end(), random);
  return first;
}

bool is_warm(std::span<const double> us) {
  constexpr std::size_t most_runs = 10;
  if (us.size() < 2) return false;
  if (us.size() >= most_runs || std::accumulate(us.begin(), us.end(), 0.0) > warmup_us) return true;
  const double last = us.back();
  const double before = us[us.size() - 2];
  return us.size() >= fewest_runs && std::abs(last - before) <= 0.05 * before;
}

}  // namespace costscan
