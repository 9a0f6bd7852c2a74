// `costscan advise` for a terminal.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/advise_report.hpp"
#include "reports/names.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

constexpr std::size_t advice_label_width = 12;

std::string advice_line(std::string_view label, std::string_view value, std::size_t width) {
  return fmt::format("{:<{}}{}\n", label, advice_label_width, wrapped_text(value, width, advice_label_width));
}

std::string signed_gain(double us) { return (us < 0 ? "−" : "") + time_text(std::abs(us)); }

TextRows pass_rows(const Advice& advice) {
  TextRows rows{{"pass", "verdict", "sites", "nodes", "as written", "as executed, 90%", "accuracy"}};
  for (const AdvisedPass& pass : advice.passes) {
    rows.push_back({pass.name, to_string(pass.verdict), std::to_string(pass.sites),
                    fmt::format("-{} +{}", pass.nodes_removed, pass.nodes_added), signed_gain(pass.written_us),
                    gain_text(pass.executed, advice.before.executed_us), pass.accuracy});
  }
  return rows;
}

std::string reason_of(const AdvisedPass& pass) {
  return plain_text(pass.why) + (pass.caution.empty() ? "" : "; " + plain_text(pass.caution));
}

/// The table's lines with what stands below each of them, a level in.
std::string with_reasons(const std::string& table, const std::vector<std::string>& reasons, std::size_t width) {
  constexpr std::size_t level = 4;
  std::string out;
  std::size_t begin = 0;
  for (std::size_t line = 0; begin < table.size(); ++line) {
    const std::size_t end = table.find('\n', begin) + 1;
    out += table.substr(begin, end - begin);
    const bool is_pass = line > 0 && line <= reasons.size();
    if (is_pass) out += std::string(level, ' ') + wrapped_text(reasons[line - 1], width, level) + '\n';
    begin = end;
  }
  return out;
}

/// Where the table is wider than the terminal, what the runtime gains and the accuracy go to the line of the reason.
std::string passes_part(const Advice& advice, std::size_t width) {
  constexpr std::size_t narrow_columns = 5;
  TextRows rows = pass_rows(advice);
  const bool narrow = table_width(rows) > width;
  std::vector<std::string> reasons;
  for (std::size_t i = 0; i < advice.passes.size(); ++i) {
    const std::vector<std::string>& row = rows[i + 1];
    const std::string reason = reason_of(advice.passes[i]);
    reasons.push_back(narrow ? fmt::format("as executed {}, {}: {}", row[5], row[6], reason) : reason);
  }
  if (narrow) {
    for (auto& row : rows) row.resize(narrow_columns);
  }
  constexpr std::size_t words = 2;
  const std::string table = fitted_table(rows, width, "", words);
  const bool whole = static_cast<std::size_t>(std::ranges::count(table, '\n')) == rows.size();
  if (whole) return '\n' + with_reasons(table, reasons, width);
  // Narrower still: the table in parts, then the reasons.
  std::string out = '\n' + table + '\n';
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    out += wrapped_text(advice.passes[i].name + ": " + reasons[i], width, 2) + '\n';
  }
  return out;
}

}  // namespace

Result<std::string> advise_text(const Advice& advice, const AdviseReportOptions& options) {
  const std::size_t width = usable_columns(options.width);
  const std::string dims = plain_text(fmt::format("{}", fmt::join(advice.dims, " ")));
  std::string out = wrapped_text(fmt::format("{}   {}   {} nodes{}{}", plain_text(advice.model), advice.family,
                                             advice.before.nodes, dims.empty() ? "" : "   ", dims),
                                 width, 2) +
                    '\n';
  out += advice_line("advice", verdict_text(advice), width);
  if (const std::string measured = measured_text(advice); !measured.empty()) out += advice_line("", measured, width);
  out += advice_line("predicted", fmt::format("on {}, by {}", plain_text(advice.machine), plain_text(advice.basis)),
                     width);
  // In one line, so that it can be copied.
  if (const std::string command = command_text(advice); !command.empty())
    out += fmt::format("{:<{}}{}\n", "next", advice_label_width, command);
  if (!advice.passes.empty()) out += passes_part(advice, width);
  if (advice.passes.empty()) out += advice_line("", "no pass finds anything to change", width);
  return out;
}

}  // namespace costscan
