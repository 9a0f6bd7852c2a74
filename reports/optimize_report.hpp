// Optimization → bytes: what `costscan optimize` prints. Every format is a pure function of the one value.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/optimization.hpp"
#include "model/result.hpp"

namespace costscan {

enum class OptimizeLevel { pass, site };

struct OptimizeReportOptions {
  OptimizeLevel level = OptimizeLevel::pass;  ///< csv only
  std::int32_t width = 80;                    ///< text: columns
};

using OptimizeReportFunction = Result<std::string> (*)(const Optimization&, const OptimizeReportOptions&);

struct OptimizeReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;
  bool to_stdout = true;
  OptimizeReportFunction render = nullptr;
};

[[nodiscard]] std::span<const OptimizeReportFormat> optimize_report_formats() noexcept;

// One file each.
[[nodiscard]] Result<std::string> optimize_text(const Optimization& done, const OptimizeReportOptions& options);
[[nodiscard]] Result<std::string> optimize_csv(const Optimization& done, const OptimizeReportOptions& options);
[[nodiscard]] Result<std::string> optimize_json(const Optimization& done, const OptimizeReportOptions& options);
[[nodiscard]] Result<std::string> optimize_md(const Optimization& done, const OptimizeReportOptions& options);

/// "644 to 358 nodes (-44.4%), ...": the change in words, for text and Markdown.
[[nodiscard]] std::string optimize_headline(const Optimization& done);
/// What the verification found, one line each; empty without one.
[[nodiscard]] std::vector<std::string> verification_lines(const Optimization& done);
/// One row for each kind of inputs, header first: how the outputs differ, whether what is promised there holds, and
/// (the last column) what that is. Empty where nothing was compared.
[[nodiscard]] std::vector<std::vector<std::string>> verification_rows(const Optimization& done);
/// Distinct reasons for skipped sites of a pass with how often each occurs, the most frequent first.
[[nodiscard]] std::vector<std::pair<std::string, std::int64_t>> skip_reasons(const OptimizedPass& pass);

}  // namespace costscan
