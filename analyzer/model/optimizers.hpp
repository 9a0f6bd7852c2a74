// What each of the runtime's own graph optimisers bought: the model measured with all of them against all but one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/measurement.hpp"

namespace costscan {

/// One optimiser left out. Rounds measured both sessions, in random order: `with.us[i]` and `without.us[i]` are of one
/// round, each the median of the runs that the round made of it.
struct OptimizerEffect {
  std::string name;        ///< as the runtime calls it: what optimization.disable_specified_optimizers takes
  std::int64_t nodes = 0;  ///< executed nodes without it, those of bodies included
  Samples with;            ///< all optimisers
  Samples without;         ///< all but this one
  double ratio = 0;        ///< median without / median with: above 1 the optimiser made the model faster
  double low = 0;          ///< 95% bootstrap interval of `ratio`, rounds drawn in pairs
  double high = 0;
  bool measured = false;  ///< false: `reason` says why there are no times
  std::string reason;

  /// The interval holds 1.
  [[nodiscard]] bool no_difference() const noexcept { return low <= 1 && high >= 1; }
};

struct OptimizerStudy {
  MeasureStatus status = MeasureStatus::failed;
  std::string reason;  ///< one line for every status but ok
  std::string advice;
  std::string runtime_version;
  std::string optimization_level;
  std::int32_t threads = 1;
  std::int64_t nodes = 0;                ///< executed nodes with all optimisers, those of bodies included
  std::vector<OptimizerEffect> effects;  ///< of the optimisers that changed this graph, in the order of the runtime
  /// Two sessions alike: how far from 1 the method itself comes. Its `name` is empty.
  OptimizerEffect control;
  std::vector<std::string> warnings;
};

}  // namespace costscan
