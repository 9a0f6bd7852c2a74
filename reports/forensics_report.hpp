// ForensicsReport → bytes: what `costscan forensics` prints. Every format is a pure function of the one report.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/forensics.hpp"
#include "model/result.hpp"

namespace costscan {

struct ForensicsReportOptions {
  bool all = false;         ///< text, md: findings that no model has, too
  bool sites = false;       ///< text: every place, with its nodes
  bool color = false;       ///< text on a terminal
  std::int32_t width = 80;  ///< text: columns
};

using ForensicsReportFunction = Result<std::string> (*)(const ForensicsReport&, const ForensicsReportOptions&);

struct ForensicsReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;
  bool to_stdout = true;  ///< false: goes to a file by default (html)
  ForensicsReportFunction render = nullptr;
};

[[nodiscard]] std::span<const ForensicsReportFormat> forensics_report_formats() noexcept;

// One file each.
[[nodiscard]] Result<std::string> forensics_text(const ForensicsReport& report, const ForensicsReportOptions& options);
[[nodiscard]] Result<std::string> forensics_csv(const ForensicsReport& report, const ForensicsReportOptions& options);
[[nodiscard]] Result<std::string> forensics_json(const ForensicsReport& report, const ForensicsReportOptions& options);
[[nodiscard]] Result<std::string> forensics_md(const ForensicsReport& report, const ForensicsReportOptions& options);
[[nodiscard]] Result<std::string> forensics_html(const ForensicsReport& report, const ForensicsReportOptions& options);

/// What was counted, in one sentence for each convention: scope, Constant nodes, sizes, prices.
[[nodiscard]] std::vector<std::string> forensics_conventions(const ForensicsReport& report);

/// What the predicted times rest on, once; by model where that is not the same for all.
[[nodiscard]] std::vector<std::string> forensics_rates(const ForensicsReport& report);

/// "always" where all sites hold for every binding, "bound sizes" where none does, "3 of 12 always" between; empty
/// without sites.
[[nodiscard]] std::string holds_words(const Finding& finding);

}  // namespace costscan
