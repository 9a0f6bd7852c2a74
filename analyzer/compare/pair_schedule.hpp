// How often two models are run beside each other.
#pragma once

#include <cstdint>

namespace costscan {

struct PairDemand {
  double us_a = 0;  ///< one warm run
  double us_b = 0;
  double create_seconds = 0;     ///< both sessions, made once
  double target_seconds = 2;     ///< of counted runs, for each model
  double remaining_seconds = 0;  ///< of the wall-clock limit
};

struct PairPlan {
  std::int32_t sittings = 1;
  std::int32_t rounds = 1;  ///< in each sitting
  std::int32_t runs_a = 1;  ///< counted, in each round
  std::int32_t runs_b = 1;
  bool rewarm = false;  ///< each model's part of a round starts by a run that is not counted
};

/// Four sittings of five rounds, or fewer where sessions take long to make or runs take long.
[[nodiscard]] PairPlan plan_pair(const PairDemand& demand);

/// For models that have to be measured one at a time: every sitting is one round.
[[nodiscard]] PairPlan plan_in_turn(const PairDemand& demand);

}  // namespace costscan
