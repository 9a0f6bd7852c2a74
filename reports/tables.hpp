// The Analysis as plain tables, one per level of detail. CSV prints them as they are; JSON, Markdown and text take
// their figures from them, so that formats cannot disagree.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/analysis.hpp"
#include "reports/report.hpp"

namespace costscan {

/// monostate: unknown (never zero). Texts are clean UTF-8.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Table {
  std::vector<std::string_view> header;
  std::vector<std::vector<Cell>> rows;
};

/// Columns and order are the contract (docs/output.md).
[[nodiscard]] Table node_table(const Analysis& analysis);
[[nodiscard]] Table kernel_table(const Analysis& analysis);
[[nodiscard]] Table op_table(const Analysis& analysis);
[[nodiscard]] Table model_table(const Analysis& analysis);
[[nodiscard]] Table runtime_table(const Analysis& analysis);
[[nodiscard]] Table table_of(const Analysis& analysis, Level level);

/// The table as CSV by RFC 4180, LF line ends.
[[nodiscard]] std::string csv_of(const Table& table);

/// A kernel's work over all executions of its node; nullopt where that leaves int64.
[[nodiscard]] std::optional<Work> kernel_work(const NodeCost& cost, const KernelCost& kernel);

/// Sums over all rows of one operator. Work is nullopt where no row has a cost; times where no row has one.
struct OpSum {
  std::string op_type;
  std::string domain;
  std::int64_t nodes = 0;
  std::int64_t covered_nodes = 0;
  std::optional<Work> work;
  std::optional<std::int64_t> compulsory_bytes;
  std::optional<std::int64_t> weight_bytes;
  std::optional<double> predicted_us;
  std::optional<double> measured_us;
};

/// Longest first: by measured, then predicted time, then FLOPs, then name.
[[nodiscard]] std::vector<OpSum> sum_by_op(const Analysis& analysis);

/// What a formula rests on, in one sentence: where it holds, its points, and what the totals leave out or only bound.
[[nodiscard]] std::string form_evidence(const ClosedForms& forms, const ClosedForm& form);

/// Covered rows / rows, 0 to 1; 1 for a model without nodes.
[[nodiscard]] double coverage(const Totals& totals);

/// FLOPs / compulsory bytes; nullopt where unknown or where nothing is moved.
[[nodiscard]] std::optional<double> arithmetic_intensity(const NodeCost& cost);
[[nodiscard]] std::optional<double> arithmetic_intensity(const Totals& totals);

/// End-to-end time minus the times of all executed nodes; nullopt where either was not measured.
[[nodiscard]] std::optional<double> runtime_remainder_us(const Analysis& analysis);

}  // namespace costscan
