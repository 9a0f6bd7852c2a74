// The formats of `costscan source`, and how they write a count.
#include "reports/source_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/names.hpp"
#include "reports/source_cells.hpp"

namespace costscan {
namespace {

constexpr std::array<SourceReportFormat, 5> source_formats = {{
    {"text", "txt", "totals, formulas, dearest lines and findings per function", true, source_text},
    {"csv", "csv", "one row per function and line", true, source_csv},
    {"json", "json", "everything, for programs", true, source_json},
    {"md", "md", "tables for a pull request or a wiki", true, source_md},
    {"html", "html", "the source with its costs beside it, one offline page", false, source_html},
}};

/// Something is known of a count whose end is not: that it is not negative says nothing.
bool has_lower_bound(const source::Count& count) { return count.lower && *count.lower > 0; }

}  // namespace

std::span<const SourceReportFormat> source_report_formats() noexcept { return source_formats; }

const SourceReportFormat* find_source_report_format(std::string_view name) noexcept {
  const auto at = std::find_if(source_formats.begin(), source_formats.end(),
                               [&](const auto& format) { return format.name == name; });
  return at == source_formats.end() ? nullptr : &*at;
}

std::string grouped_digits(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string number_cell(const source::Count& count) {
  if (count.exact()) return grouped_digits(*count.upper);
  if (count.known()) return grouped_digits(*count.lower) + " .. " + grouped_digits(*count.upper);
  if (has_lower_bound(count)) return "at least " + grouped_digits(*count.lower);
  return "unknown";
}

std::string shortened(const std::string& formula) {
  constexpr std::size_t longest = 300;
  if (formula.size() <= longest) return plain_text(formula);
  return fmt::format("(a formula of {} characters: --report json)", formula.size());
}

std::string short_cell(const source::Count& count) {
  if (count.known() || has_lower_bound(count)) return number_cell(count);
  return count.formula.empty() ? "unknown" : shortened(count.formula);
}

std::vector<std::string> reasons(const source::Counts& counts) {
  constexpr std::string_view needs = "needs --dim";
  std::vector<std::string> out;
  std::string missing;
  for (const source::Count& count : counts) {
    if (count.exact() || count.assumption.empty()) continue;
    if (count.assumption.starts_with(needs) && !count.formula.empty()) {
      if (count.assumption.size() > missing.size()) missing = count.assumption;
    } else if (std::find(out.begin(), out.end(), count.assumption) == out.end()) {
      out.push_back(count.assumption);
    }
  }
  if (!missing.empty()) out.push_back("a number " + missing);
  return out;
}

std::vector<std::string> first_assumptions(const source::FunctionReport& function) {
  constexpr std::size_t most = 8;
  std::vector<std::string> out = function.assumptions;
  if (out.size() <= most + 1) return out;
  out.resize(most);
  out.push_back(fmt::format("{} more: --report json lists them", function.assumptions.size() - most));
  return out;
}

bool is_zero(const source::Count& count) { return count.exact() && *count.upper == 0; }

}  // namespace costscan
