// Where the measured time goes beyond what the work explains: what was reached of the roofs, and what that costs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/analysis.hpp"

namespace costscan {

/// What one executed node or one row reached. nullopt is unknown: it was not measured, has no cost, or there is no
/// roof.
struct Achieved {
  std::optional<double> operations_per_second;  ///< FLOPs and integer operations over the measured time
  std::optional<double> bytes_per_second;       ///< compulsory bytes over the measured time
  std::optional<double> roof_us;  ///< what the work would take at the roof, the runtime's own cost of a node included
  std::optional<double> efficiency;          ///< roof_us / measured_us; above 1 by noise, or where the roof is too low
  std::optional<double> gap_us;              ///< won at the roof: measured_us - roof_us, never below 0
  std::optional<double> machine_efficiency;  ///< against the hardware's own peaks; only with a calibration
  Bound limit = Bound::unknown;              ///< the roof that decides
};

/// Executed nodes that the original graph does not have: the runtime changed a layout or a type for its own sake.
struct AddedNodes {
  std::string op_type;
  std::int64_t nodes = 0;
  double us = 0;
};

/// Parts of the end-to-end time, in microseconds. The bounds' parts and `between_us` sum to `latency_us`.
struct TimeParts {
  double latency_us = 0;    ///< measured without profiling
  double compute_us = 0;    ///< kernels that arithmetic limits
  double memory_us = 0;     ///< kernels that memory limits
  double dispatch_us = 0;   ///< kernels too small for either
  double free_us = 0;       ///< views, which do no work
  double unknown_us = 0;    ///< kernels without a cost
  double between_us = 0;    ///< outside all kernels; below 0 by noise
  double overhead_us = 0;   ///< the runtime's own cost of every executed node, at the dispatch roof: part of the above
  double profiling_us = 0;  ///< what profiling added to a run: not part of the above
  double profiling_removed_us = 0;  ///< of that, what was taken off the executed nodes' times
  std::vector<AddedNodes> added;    ///< part of the above; most time first
};

/// One executed node that takes longer than at its roof, standing for all executed nodes of the same kind of work.
struct Gap {
  std::int32_t runtime = -1;  ///< index into Analysis::runtime: the member that loses most
  std::int32_t row = -1;      ///< index into Analysis::nodes: the row of it that does most work; -1 where it has none
  std::string work;           ///< in words: "3x3, 64 channels at 56x56", "128x768 times 768x3072"
  double measured_us = 0;
  double efficiency = 0;
  double saves_us = 0;      ///< of this node
  std::int64_t alike = 0;   ///< further executed nodes of this kind that lose time too
  double all_saves_us = 0;  ///< of all of them together
};

struct SlowReport {
  std::string roof;               ///< "measured here", "calibrated here", or a machine's name
  std::string roof_source;        ///< how the roofs were found
  std::vector<Achieved> runtime;  ///< by Analysis::runtime
  std::vector<Achieved> nodes;    ///< by Analysis::nodes: an executed node's gap is split as its time is
  TimeParts parts;
  double gap_us = 0;      ///< of all executed nodes
  std::vector<Gap> gaps;  ///< most to win first; all kinds
};

}  // namespace costscan
