// What holds for all nodes: how fast weights stream by how much lies between two uses, and what a node costs the
// runtime.
#pragma once

#include <vector>

#include "calibrate/bench.hpp"
#include "predict/calibration.hpp"

namespace costscan::calibrate {

/// Matrix-vector products over weights of growing total size: the step down is the cache that the machine really gives.
[[nodiscard]] Result<std::vector<ResidencyStep>> measure_residency(Bench& bench);

struct NodeOverhead {
  double profiler_bias_us = 0;  ///< sum of profiled kernels less the unprofiled run, per node
  double dispatch_us = 0;       ///< a node of one element, unprofiled
};

/// Chains of small nodes of several kinds, with and without profiling in turn.
[[nodiscard]] Result<NodeOverhead> measure_overhead(const Bench& bench);

}  // namespace costscan::calibrate
