// Comparison → bytes: what `costscan compare` prints. Every format is a pure function of the one Comparison.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/comparison.hpp"
#include "model/result.hpp"

namespace costscan {

enum class CompareLevel { group, op, model };

struct CompareReportOptions {
  CompareLevel level = CompareLevel::group;  ///< csv only
  std::int32_t top = 10;                     ///< text: how many groups and operators to name
  bool color = false;                        ///< text on a terminal
  std::int32_t width = 80;                   ///< text: columns
};

using CompareReportFunction = Result<std::string> (*)(const Comparison&, const CompareReportOptions&);

struct CompareReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;
  bool to_stdout = true;  ///< false: goes to a file by default (html)
  CompareReportFunction render = nullptr;
};

[[nodiscard]] std::span<const CompareReportFormat> compare_report_formats() noexcept;
[[nodiscard]] const CompareReportFormat* find_compare_report_format(std::string_view name) noexcept;

// One file each.
[[nodiscard]] Result<std::string> compare_text(const Comparison& comparison, const CompareReportOptions& options);
[[nodiscard]] Result<std::string> compare_csv(const Comparison& comparison, const CompareReportOptions& options);
[[nodiscard]] Result<std::string> compare_json(const Comparison& comparison, const CompareReportOptions& options);
[[nodiscard]] Result<std::string> compare_html(const Comparison& comparison, const CompareReportOptions& options);

}  // namespace costscan
