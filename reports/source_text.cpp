// `costscan source` for the terminal: per function the totals with their formulas, arrays, the dearest lines, what
// could not be followed, and what the lint found.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "reports/names.hpp"
#include "reports/source_cells.hpp"
#include "reports/source_report.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

using source::Measure;

std::string in_bold(std::string_view text, bool color) {
  return color ? fmt::format("\x1B[1m{}\x1B[0m", text) : std::string(text);
}

const source::Count& text_of(const source::Counts& counts, Measure measure) {
  return counts[static_cast<std::size_t>(measure)];
}

/// A long formula over several lines, broken before a `+` or `-` between terms, so that each stays on the screen.
std::string wrapped(const std::string& formula, std::size_t indent, std::size_t widest) {
  constexpr std::size_t least = 40;
  const std::size_t room = indent + least < widest ? widest - indent : least;
  std::string out;
  std::size_t from = 0;
  while (formula.size() - from > room) {
    const std::size_t last = formula.find_last_of("+-", from + room);
    std::size_t cut = last == std::string::npos || last <= from + room / 2 ? formula.find(' ', from + room) : last;
    // Only between terms: a sign within brackets may have no blank in front of it.
    while (cut != std::string::npos && cut > from + 1 && formula[cut - 1] != ' ' && formula[cut] != ' ') {
      cut = formula.find(' ', cut);
    }
    if (cut == std::string::npos || cut <= from) break;
    std::size_t end = cut;
    while (end > from && formula[end - 1] == ' ') --end;
    out += fmt::format("{}\n{:{}}", formula.substr(from, end - from), "", indent);
    from = formula[cut] == ' ' ? cut + 1 : cut;
  }
  return out + formula.substr(from);
}

/// Where only symbols are missing, the formula is the answer; what to give stands once below.
void append_totals(std::string& out, const source::FunctionReport& function, std::size_t widest) {
  const auto value = [](const source::Count& count) {
    return !count.lower && !count.formula.empty() ? std::string() : number_cell(count);
  };
  std::size_t width = 0;
  for (const source::Count& count : function.counts) width = std::max(width, value(count).size());
  for (std::size_t i = 0; i < source::measure_count; ++i) {
    const source::Count& count = function.counts[i];
    const std::string formula = plain_text(count.formula);
    const bool repeats = count.exact() && formula == std::to_string(*count.upper);
    out += fmt::format("  {:<22}{:>{}}", source::measure_names[i], value(count), width);
    constexpr std::size_t name_width = 24;
    constexpr std::size_t gap = 3;
    if (!formula.empty() && !repeats) out += "   " + wrapped(formula, name_width + width + gap, widest);
    out += '\n';
  }
  for (const std::string& reason : reasons(function.counts)) out += fmt::format("  {:<22}{}\n", "", plain_text(reason));
}

void append_arrays(std::string& out, const source::FunctionReport& function) {
  if (function.arrays.empty()) return;
  out += "  arrays\n";
  for (const source::ArrayCounts& array : function.arrays) {
    out += fmt::format("    {} ({}, {} bytes)", plain_text(array.name), plain_text(array.element), array.element_bytes);
    const auto part = [&](std::string_view verb, Measure streamed, Measure distinct) {
      if (is_zero(text_of(array.counts, streamed))) return;
      out += fmt::format("   {} {} bytes, distinct {}", verb, short_cell(text_of(array.counts, streamed)),
                         short_cell(text_of(array.counts, distinct)));
    };
    part("reads", Measure::read_bytes, Measure::distinct_read_bytes);
    part("writes", Measure::write_bytes, Measure::distinct_write_bytes);
    out += '\n';
  }
}

/// Work of a line as far as numbers are known; lines with formulas only rank by how many symbols their first (highest)
/// term multiplies.
std::pair<std::int64_t, std::int64_t> rank(const source::LineCounts& line) {
  std::int64_t work = 0;
  std::int64_t degree = 0;
  for (const Measure measure : {Measure::flops, Measure::int_ops, Measure::read_bytes, Measure::write_bytes}) {
    const source::Count& count = text_of(line.counts, measure);
    if (count.upper) work = std::max(work, *count.upper);
    if (is_zero(count) || count.formula.empty()) continue;
    std::string_view form = count.formula;
    if (const auto upper = form.find(" .. "); upper != std::string_view::npos) form.remove_prefix(upper + 4);
    const std::string_view term = form.substr(0, form.find(' '));
    const bool scaled = term.front() >= '0' && term.front() <= '9';
    degree = std::max<std::int64_t>(degree, 1 + std::count(term.begin(), term.end(), '*') - (scaled ? 1 : 0));
  }
  return {work, degree};
}

void append_lines(std::string& out, const source::FunctionReport& function, int most) {
  std::vector<const source::LineCounts*> lines;
  for (const source::LineCounts& line : function.lines) {
    if (rank(line) != std::pair<std::int64_t, std::int64_t>(0, 0)) lines.push_back(&line);
  }
  std::sort(lines.begin(), lines.end(),
            [](const auto* a, const auto* b) { return std::pair(rank(*b), a->line) < std::pair(rank(*a), b->line); });
  if (lines.size() > static_cast<std::size_t>(most)) lines.resize(static_cast<std::size_t>(most));
  if (!lines.empty()) out += "  dearest lines\n";
  for (const source::LineCounts* line : lines) {
    out += fmt::format("    {:>5}  runs {}", line->line, line->executions.empty() ? "?" : shortened(line->executions));
    const auto part = [&](Measure measure, std::string_view unit) {
      const source::Count& count = text_of(line->counts, measure);
      if (!is_zero(count)) out += fmt::format("   {} {}", short_cell(count), unit);
    };
    part(Measure::flops, "FLOP");
    part(Measure::int_ops, "int ops");
    part(Measure::read_bytes, "bytes read");
    part(Measure::write_bytes, "bytes written");
    out += '\n';
  }
}

/// First of all: what is wrong matters more than what it costs.
void append_findings(std::string& out, const source::FunctionReport& function, bool color) {
  for (const source::Finding& finding : function.findings) {
    out += fmt::format("  {}  {}:{}:{}: {} [{}]\n", in_bold("finding       ", color), plain_text(finding.at.file),
                       finding.at.line, finding.at.column, plain_text(finding.message), finding.kind);
  }
}

void append_notes(std::string& out, const source::FunctionReport& function) {
  for (const std::string& text : first_assumptions(function)) {
    out += fmt::format("  assuming        {}\n", plain_text(text));
  }
  for (const source::Unsupported& entry : function.unsupported) {
    out += fmt::format("  not followed    {}:{}:{}: {}\n", plain_text(entry.at.file), entry.at.line, entry.at.column,
                       plain_text(entry.what));
  }
}

}  // namespace

Result<std::string> source_text(const source::SourceReport& report, const SourceReportOptions& options) {
  std::string out;
  for (const source::FunctionReport& function : report.functions) {
    if (!out.empty()) out += '\n';
    out += fmt::format("{}   {}:{}-{}", in_bold(plain_text(function.function), options.color),
                       plain_text(function.file), function.line, function.end_line);
    if (!function.symbols.empty()) out += fmt::format("   symbols {}", fmt::join(function.symbols, ", "));
    out += '\n';
    append_findings(out, function, options.color);
    append_totals(out, function, usable_columns(options.width));
    append_arrays(out, function);
    append_lines(out, function, options.hot_lines);
    append_notes(out, function);
  }
  if (report.functions.empty()) out = fmt::format("{}: no function is defined in this file\n", plain_text(report.file));
  return out;
}

}  // namespace costscan
