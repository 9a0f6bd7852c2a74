// The terminal's view: labels on the left, one line per answer.
#include <algorithm>
#include <string>

#include "reports/names.hpp"
#include "reports/report.hpp"
#include "reports/summary.hpp"

namespace costscan {
namespace {

constexpr std::string_view bold = "\x1B[1m";
constexpr std::string_view plain = "\x1B[0m";

std::string padded_label(const std::string& label, bool color) {
  constexpr std::size_t longest = 60;
  constexpr std::size_t smallest_gap = 2;
  const std::string shown = shorten(label, longest);
  const std::size_t width = text_width(shown);
  const std::size_t spaces = width + smallest_gap <= label_columns ? label_columns - width : smallest_gap;
  std::string out = color && !shown.empty() ? std::string(bold) + shown + std::string(plain) : shown;
  return out + std::string(spaces, ' ');
}

}  // namespace

Result<std::string> report_text(const Analysis& analysis, const ReportOptions& options) {
  std::string out;
  for (const SummaryLine& line : summarize(analysis, options)) {
    out += padded_label(line.label, options.color) + line.value;
    out += '\n';
  }
  return out;
}

}  // namespace costscan
