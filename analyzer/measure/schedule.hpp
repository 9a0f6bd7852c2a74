// Which session runs when: how many runs, in which blocks, and when it is warm.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace costscan {

struct RunBudget {
  std::int32_t min_runs = 10;
  std::int32_t max_runs = 200;
  double target_seconds = 2.0;   ///< for each session
  double remaining_seconds = 0;  ///< of the wall-clock limit, for both sessions
  std::int64_t nodes = 0;        ///< executed nodes: what one profiled run adds to the profile
};

struct RunPlan {
  std::int32_t plain_runs = 0;
  std::int32_t profiled_runs = 0;
  std::int32_t blocks = 1;
  bool rewarm = false;  ///< start each block by a run that is not counted: the other session has used the caches
};

/// `us`: how long one warm run takes.
[[nodiscard]] RunPlan plan_runs(double us, const RunBudget& budget);

/// The part of `total` that falls to block `block` of `blocks`; the parts sum to `total`.
[[nodiscard]] std::int32_t runs_in_block(std::int32_t total, std::int32_t block, std::int32_t blocks);

/// For each block whether the profiled session goes first: half of the blocks, or one more, in random order, so that no
/// rhythm of the machine falls on one of them.
[[nodiscard]] std::vector<bool> random_order(std::int32_t blocks);

/// Warm: the last two times agree within 5%, after three runs at least; or ten runs, or three seconds, have passed.
[[nodiscard]] bool is_warm(std::span<const double> us);

}  // namespace costscan
