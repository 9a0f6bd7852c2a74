// `costscan source` as Markdown (GitHub's dialect).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reports/names.hpp"
#include "reports/source_cells.hpp"
#include "reports/source_report.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

void append_counts(std::string& out, const source::FunctionReport& function) {
  out += "| measure | value | formula | |\n| --- | ---: | --- | --- |\n";
  for (std::size_t i = 0; i < source::measure_count; ++i) {
    const source::Count& count = function.counts[i];
    out += fmt::format("| {} | {} | {} | {} |\n", markdown_text(source::measure_names[i]),
                       markdown_text(number_cell(count)), markdown_text(count.formula),
                       count.exact() ? "" : markdown_text(count.assumption));
  }
}

void append_lines(std::string& out, const source::FunctionReport& function) {
  if (function.lines.empty()) return;
  out += "\n| line | runs | FLOPs | transcendentals | int ops | bytes read | bytes written |\n";
  out += "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
  for (const source::LineCounts& line : function.lines) {
    out += fmt::format("| {} | {} |", line.line, markdown_text(line.executions));
    for (std::size_t i = 0; i <= static_cast<std::size_t>(source::Measure::write_bytes); ++i) {
      out += fmt::format(" {} |", is_zero(line.counts[i]) ? "" : markdown_text(short_cell(line.counts[i])));
    }
    out += '\n';
  }
}

void append_md_notes(std::string& out, const source::FunctionReport& function) {
  if (function.assumptions.empty() && function.unsupported.empty() && function.findings.empty()) return;
  out += '\n';
  for (const source::Finding& finding : function.findings) {
    out += fmt::format("- **{}**, line {}: {}\n", markdown_text(finding.kind), finding.at.line,
                       markdown_text(finding.message));
  }
  for (const source::Unsupported& entry : function.unsupported) {
    out += fmt::format("- not followed, line {} column {}: {}\n", entry.at.line, entry.at.column,
                       markdown_text(entry.what));
  }
  for (const std::string& text : function.assumptions) out += fmt::format("- assuming {}\n", markdown_text(text));
}

}  // namespace

Result<std::string> source_md(const source::SourceReport& report, const SourceReportOptions& /*options*/) {
  std::string out = fmt::format("# {}\n", markdown_text(report.file));
  for (const source::FunctionReport& function : report.functions) {
    out += fmt::format("\n## {} (lines {}–{})\n\n", markdown_text(function.function), function.line, function.end_line);
    append_counts(out, function);
    append_lines(out, function);
    append_md_notes(out, function);
  }
  return out;
}

}  // namespace costscan
