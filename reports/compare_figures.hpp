// The figures of a Comparison that every format shows, so that formats cannot disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/comparison.hpp"
#include "reports/tables.hpp"

namespace costscan {

/// Sums over nodes of one model; a sum is unknown where a part of it is.
struct SideFigures {
  std::int64_t nodes = 0;
  std::optional<std::int64_t> flops;
  std::optional<std::int64_t> moved_bytes;  ///< read and written
  std::optional<std::int64_t> compulsory_bytes;
  std::optional<double> predicted_us;
  std::optional<double> measured_us;  ///< of nodes: from the model's own profiled run
};

[[nodiscard]] SideFigures sum_of(const Analysis& analysis, std::span<const std::int32_t> rows);

/// What became of a group of A's nodes in B.
enum class GroupKind {
  same,     ///< one node, the same operator with the same work
  changed,  ///< one node each, another operator or other work
  fused,    ///< several became one, or fewer
  split,    ///< one became several, or more
  only_a,
  only_b,
};

[[nodiscard]] const char* to_string(GroupKind kind) noexcept;

struct GroupFigures {
  const NodeGroup* group = nullptr;
  GroupKind kind = GroupKind::same;
  SideFigures a;
  SideFigures b;
  /// B's time minus A's: measured where both are, else predicted; an absent side takes none. nullopt where unknown.
  std::optional<double> change_us;
};

/// In the order of Comparison::groups.
[[nodiscard]] std::vector<GroupFigures> group_figures(const Comparison& comparison);

struct OpFigures {
  std::string domain;
  std::string op_type;
  SideFigures a;
  SideFigures b;
};

/// All operators of either model, the longest first: by measured, then predicted time, then FLOPs of either.
[[nodiscard]] std::vector<OpFigures> op_figures(const Comparison& comparison);

/// Of the whole model: predicted as Comparison::predicted_speedup has it, measured in turns where that was done, else
/// end to end by the model's own run.
[[nodiscard]] SideFigures model_figures(const Comparison& comparison, bool of_b);

/// How many operators a model has.
[[nodiscard]] std::int64_t distinct_ops(const Analysis& analysis);

/// "/layer1/conv1", "3 nodes: first … last": the nodes of one side of a group.
[[nodiscard]] std::string nodes_text(const Analysis& analysis, const std::vector<std::int32_t>& rows);

/// "Conv", "MatMul + 2 Add": the operators of one side of a group, in order of appearance.
[[nodiscard]] std::string ops_text(const Analysis& analysis, const std::vector<std::int32_t>& rows);

/// "B is faster: 1.23 times (95% interval 1.20 to 1.26)", "no difference: ...", or why there is no ratio.
[[nodiscard]] std::string speedup_text(const Comparison& comparison);

/// "identical", "differ by at most 1.2e-06, ... of the largest value", ...; one line about one output.
[[nodiscard]] std::string agreement_text(const OutputAgreement& output);

[[nodiscard]] Table group_table(const Comparison& comparison);
[[nodiscard]] Table op_pair_table(const Comparison& comparison);
[[nodiscard]] Table model_pair_table(const Comparison& comparison);

}  // namespace costscan
