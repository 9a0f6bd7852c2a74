// What two models cost beside each other: node groups that compute the same, times measured in turn, and how far the
// outputs agree. A is the model before, B the one after.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/analysis.hpp"
#include "model/ratio_interval.hpp"

namespace costscan {

/// Times of two things taken in turn, microseconds. Rounds of one sitting share their sessions.
struct PairRound {
  std::int32_t sitting = 0;
  bool first_ran_first = true;  ///< the order of a round is drawn
  std::vector<double> first_us;
  std::vector<double> second_us;
};

/// Nodes of A and of B that compute the same tensors. One side is empty for what the other model does not have.
struct NodeGroup {
  std::vector<std::int32_t> a;  ///< indices into Analysis::nodes of A, in file order
  std::vector<std::int32_t> b;
  std::string how;  ///< by what they were found: "output name", "node name", "structure"; empty where one side is
};

/// One output of A and the output of B that stands for it.
struct OutputAgreement {
  std::string name_a;  ///< empty: B's output has no counterpart
  std::string name_b;
  std::string how;  ///< "name", "order"
  DType dtype_a = DType::undefined;
  DType dtype_b = DType::undefined;
  Shape shape_a;
  Shape shape_b;
  std::string reason;  ///< why nothing could be compared; the figures below then mean nothing
  std::int64_t elements = 0;
  std::int64_t differing = 0;          ///< elements that are not equal
  std::optional<double> max_abs_diff;  ///< over elements that are finite in both; nullopt where there is none
  std::optional<double> max_rel_diff;  ///< |a - b| / max(|a|, |b|), largest over the same elements
  double max_abs_a = 0;                ///< largest finite magnitude in A: what max_abs_diff is small against
  std::int64_t nan_a = 0;              ///< NaN in A, in B, and in exactly one of them
  std::int64_t nan_b = 0;
  std::int64_t nan_mismatch = 0;
  std::int64_t infinite_mismatch = 0;  ///< infinite in one of them only, or with the other sign

  [[nodiscard]] bool compared() const noexcept { return reason.empty(); }
  [[nodiscard]] bool identical() const noexcept { return compared() && differing == 0; }
};

struct Agreement {
  std::vector<OutputAgreement> outputs;  ///< empty where nothing was executed
  /// Why the outputs may rightly differ although the models may be equal: inputs or made-up weights that are not the
  /// same in both. Empty: both saw the same numbers.
  std::vector<std::string> differing_data;
  std::int64_t shared_weights = 0;  ///< missing weights of B that got the contents of A's
};

/// Both models run in turn in one process.
struct PairMeasurement {
  MeasureStatus status = MeasureStatus::skipped;
  std::string reason;
  std::string advice;
  std::string runtime_library;
  std::string runtime_version;
  std::string optimization_level;
  std::int32_t threads = 1;
  std::int32_t sittings = 0;      ///< how often both sessions were made anew
  bool at_the_same_time = true;   ///< false: memory held one session at a time
  std::vector<PairRound> rounds;  ///< first: A, second: B
  std::vector<double> warmup_a_us;
  std::vector<double> warmup_b_us;
  Samples latency_a;  ///< all rounds
  Samples latency_b;
  std::optional<RatioInterval> speedup;  ///< A's time over B's: above 1, B is faster; nullopt with too few rounds
  Agreement agreement;
  MachineInfo machine;
  std::vector<std::string> input_notes;  ///< of A; B is fed the same
  std::vector<std::string> warnings;
};

struct Comparison {
  Analysis a;
  Analysis b;
  std::vector<NodeGroup> groups;  ///< in the file order of A, then what only B has
  PairMeasurement measurement;
  std::optional<double> predicted_speedup;  ///< A's predicted time over B's, at the same rates and depth
  std::vector<std::string> notes;           ///< what was chosen for the two to be comparable: "seq = 128 in B, as in A"
};

}  // namespace costscan
