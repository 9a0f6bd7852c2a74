// The formats of `costscan compare`.
#include "reports/compare_report.hpp"

#include <algorithm>
#include <array>

#include "reports/compare_figures.hpp"

namespace costscan {
namespace {

constexpr std::array<CompareReportFormat, 4> compare_formats = {{
    {"text", "txt", "totals side by side, speed-up with its interval, outputs, largest changes", true, compare_text},
    {"csv", "csv", "one table; --level group, op or model", true, compare_csv},
    {"json", "json", "everything, raw samples included, for programs", true, compare_json},
    {"html", "html", "the same as one offline page", false, compare_html},
}};

}  // namespace

std::span<const CompareReportFormat> compare_report_formats() noexcept { return compare_formats; }

const CompareReportFormat* find_compare_report_format(std::string_view name) noexcept {
  const auto at = std::ranges::find(compare_formats, name, &CompareReportFormat::name);
  return at == compare_formats.end() ? nullptr : &*at;
}

Result<std::string> compare_csv(const Comparison& comparison, const CompareReportOptions& options) {
  switch (options.level) {
    case CompareLevel::op: return csv_of(op_pair_table(comparison));
    case CompareLevel::model: return csv_of(model_pair_table(comparison));
    case CompareLevel::group: break;
  }
  return csv_of(group_table(comparison));
}

}  // namespace costscan
