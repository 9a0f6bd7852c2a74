// `costscan source` as Markdown (GitHub's dialect).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/names.hpp"
#include "reports/source_cells.hpp"
#include "reports/source_report.hpp"

namespace costscan {
namespace {

/// Text that no Markdown reader takes for markup, HTML or the end of a cell.
std::string escaped_cell(std::string_view text) {
  std::string out;
  for (const char c : plain_text(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '\\':
      case '`':
      case '|':
      case '*':
      case '_':
      case '[':
      case ']':
      case '~':
      case '#':
      case '@':
      case '!':
      case '$':
        out += '\\';
        out += c;
        break;
      default: out += c;
    }
  }
  return out;
}

void append_counts(std::string& out, const source::FunctionReport& function) {
  out += "| measure | value | formula | |\n| --- | ---: | --- | --- |\n";
  for (std::size_t i = 0; i < source::measure_count; ++i) {
    const source::Count& count = function.counts[i];
    out +=
        fmt::format("| {} | {} | {} | {} |\n", escaped_cell(source::measure_names[i]), escaped_cell(number_cell(count)),
                    escaped_cell(count.formula), count.exact() ? "" : escaped_cell(count.assumption));
  }
}

void append_lines(std::string& out, const source::FunctionReport& function) {
  if (function.lines.empty()) return;
  out += "\n| line | runs | FLOPs | transcendentals | int ops | bytes read | bytes written |\n";
  out += "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const source::LineCounts& line : function.lines) {
    out += fmt::format("| {} | {} |", line.line, escaped_cell(line.executions));
    for (std::size_t i = 0; i <= static_cast<std::size_t>(source::Measure::write_bytes); ++i) {
      out += fmt::format(" {} |", is_zero(line.counts[i]) ? "" : escaped_cell(short_cell(line.counts[i])));
    }
    out += '\n';
  }
}

void append_md_notes(std::string& out, const source::FunctionReport& function) {
  if (function.assumptions.empty() && function.unsupported.empty() && function.findings.empty()) return;
  out += '\n';
  for (const source::Finding& finding : function.findings) {
    out += fmt::format("- **{}**, line {}: {}\n", escaped_cell(finding.kind), finding.at.line,
                       escaped_cell(finding.message));
  }
  for (const source::Unsupported& entry : function.unsupported) {
    out += fmt::format("- not followed, line {} column {}: {}\n", entry.at.line, entry.at.column,
                       escaped_cell(entry.what));
  }
  for (const std::string& text : function.assumptions) out += fmt::format("- assuming {}\n", escaped_cell(text));
}

}  // namespace

Result<std::string> source_md(const source::SourceReport& report, const SourceReportOptions& /*options*/) {
  std::string out = fmt::format("# {}\n", escaped_cell(report.file));
  for (const source::FunctionReport& function : report.functions) {
    out += fmt::format("\n## {} (lines {}–{})\n\n", escaped_cell(function.function), function.line, function.end_line);
    append_counts(out, function);
    append_lines(out, function);
    append_md_notes(out, function);
  }
  return out;
}

}  // namespace costscan
