// Which cases share a graph, and in which order the graphs are run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "calibrate/cases.hpp"

namespace costscan::calibrate {

enum class Mode { quick, full };

[[nodiscard]] std::string_view to_string(Mode mode) noexcept;

/// Cases beyond this rank are left out.
[[nodiscard]] int last_rank(Mode mode) noexcept;

/// Cases that run in one graph.
struct Batch {
  std::string id;      ///< stable for the same cases: what a resumed run goes by
  std::string family;  ///< for progress: "gemm"
  GraphOptions options;
  std::vector<Case> cases;
  double flops = 0;
  std::int64_t bytes = 0;  ///< of weights and inputs
  std::int64_t weight_bytes = 0;
};

/// The cases of a family, each once: where tables overlap, the one that matters more.
[[nodiscard]] std::vector<Case> cases_of(const Family& family);

/// All batches of a mode, the most important first: up to the mode's last rank.
[[nodiscard]] std::vector<Batch> plan_batches(Mode mode);

/// A few cases of every kind, to run again and again: whether the machine is steady.
[[nodiscard]] Batch stability_batch();

/// What one run over the batch takes, about, in seconds: to see whether it still fits into a box of time.
[[nodiscard]] double estimated_seconds(const Batch& batch, double flops_per_second) noexcept;

/// Changes where a batch does: journals of another plan are not gone on with.
[[nodiscard]] std::string plan_id(const std::vector<Batch>& batches);

}  // namespace costscan::calibrate
