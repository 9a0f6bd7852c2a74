// What each of the runtime's optimisers bought (--leave-one-out), and which fusions made what was executed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "model/optimizers.hpp"
#include "reports/report.hpp"
#include "reports/summary.hpp"

namespace costscan {

/// Null for a null study (nobody asked for it).
[[nodiscard]] nlohmann::ordered_json optimizers_json(const OptimizerStudy* study);

/// "faster", "slower" (what the optimiser made of the model), "no difference" where the interval spans 1, or
/// "not measured".
[[nodiscard]] std::string_view verdict(const OptimizerEffect& effect) noexcept;

/// "2.03x faster with it (1.98 to 2.08)", "no difference (0.99 to 1.02)", or why there is no figure.
[[nodiscard]] std::string effect_text(const OptimizerEffect& effect);

/// The effects, what bought most first; those without a figure last.
[[nodiscard]] std::vector<const OptimizerEffect*> by_effect(const OptimizerStudy& study);

/// One line per optimiser; nothing where nobody asked.
void add_optimizers(const Analysis& analysis, std::vector<SummaryLine>& lines);

/// Executed nodes that one fusion made, and what they compute.
struct FusionSum {
  std::string fusion;
  std::size_t regions = 0;
  std::size_t members = 0;  ///< nodes of the file in them
  double us = 0;            ///< measured, else predicted
};

/// Longest first.
[[nodiscard]] std::vector<FusionSum> sum_by_fusion(const Analysis& analysis);

/// Indices of `analysis.runtime` that a fusion made, longest first.
[[nodiscard]] std::vector<std::size_t> fused_regions(const Analysis& analysis);

/// "Add 12%, MatMul 88%": how the region's time is split, in the order of the rows; operators that come several times
/// stand once, with their number.
[[nodiscard]] std::string split_text(const Analysis& analysis, const RuntimeRow& run);

/// Fusions with their share of the time; with `options.top` above 1 also that many regions with their split.
void add_fusions(const Analysis& analysis, const ReportOptions& options, std::vector<SummaryLine>& lines);

}  // namespace costscan
