// SourceReport → bytes: what `costscan source` prints. Every format is a pure function of the one SourceReport.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/result.hpp"
#include "source/report.hpp"

namespace costscan {

struct SourceReportOptions {
  bool color = false;        ///< text on a terminal
  int hot_lines = 5;         ///< text: how many of the dearest lines to name per function
  std::int32_t width = 160;  ///< text: columns that formulas are broken at
  std::string source_text;   ///< html: the file's contents, for the listing
};

using SourceReportFunction = Result<std::string> (*)(const source::SourceReport&, const SourceReportOptions&);

struct SourceReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;
  bool to_stdout = true;  ///< false: goes to a file by default (html)
  SourceReportFunction render = nullptr;
};

[[nodiscard]] std::span<const SourceReportFormat> source_report_formats() noexcept;
[[nodiscard]] const SourceReportFormat* find_source_report_format(std::string_view name) noexcept;

// One file each.
[[nodiscard]] Result<std::string> source_text(const source::SourceReport& report, const SourceReportOptions& options);
[[nodiscard]] Result<std::string> source_csv(const source::SourceReport& report, const SourceReportOptions& options);
[[nodiscard]] Result<std::string> source_json(const source::SourceReport& report, const SourceReportOptions& options);
[[nodiscard]] Result<std::string> source_md(const source::SourceReport& report, const SourceReportOptions& options);
[[nodiscard]] Result<std::string> source_html(const source::SourceReport& report, const SourceReportOptions& options);

}  // namespace costscan
