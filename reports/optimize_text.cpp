// For people: the change, a table of passes, what stayed and why, the verification.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "reports/names.hpp"
#include "reports/optimize_report.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

using PassRow = std::vector<std::string>;

const PassRow pass_header{"pass", "sites", "nodes", "FLOPs", "bytes", "as written", "as executed", "took"};

std::string signed_count(std::int64_t removed, std::int64_t added) {
  return removed == added ? "0" : fmt::format("{:+}", added - removed);
}

std::string gained_quantity(std::int64_t saved, std::string_view unit) {
  if (saved == 0) return "0";
  return (saved > 0 ? "-" : "+") + quantity(std::abs(static_cast<double>(saved)), unit);
}

std::string pass_gain_time(const std::optional<double>& us) {
  if (!us) return "?";
  constexpr double nothing = 5e-4;
  if (std::abs(*us) < nothing) return "0";
  return (*us > 0 ? "-" : "+") + time_text(std::abs(*us));
}

PassRow pass_row(const OptimizedPass& pass) {
  return {std::string(pass.name),
          fmt::format("{}", pass.applied.size()),
          signed_count(pass.nodes_removed, pass.nodes_added),
          gained_quantity(pass.flops_saved, "FLOP"),
          gained_quantity(pass.bytes_saved, "B"),
          pass_gain_time(pass.written_us_saved),
          pass_gain_time(pass.executed_us_saved),
          time_text(pass.seconds * 1e6)};
}

std::vector<const OptimizedPass*> fired(const Optimization& done) {
  std::vector<const OptimizedPass*> passes;
  for (const OptimizedPass& pass : done.passes) {
    if (!pass.applied.empty()) passes.push_back(&pass);
  }
  return passes;
}

std::vector<std::string> skipped_lines(const Optimization& done) {
  std::vector<std::string> lines;
  for (const OptimizedPass& pass : done.passes) {
    if (!pass.not_run.empty()) lines.push_back(fmt::format("{}: not run: {}", pass.name, plain_text(pass.not_run)));
    for (const auto& [reason, count] : skip_reasons(pass)) {
      lines.push_back(
          fmt::format("{}: {} {} kept: {}", pass.name, count, count == 1 ? "site" : "sites", plain_text(reason)));
    }
  }
  return lines;
}

std::string idle_passes(const Optimization& done) {
  std::vector<std::string_view> names;
  for (const OptimizedPass& pass : done.passes) {
    if (pass.applied.empty() && pass.not_run.empty()) names.push_back(pass.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

TextRows fired_rows(const Optimization& done) {
  TextRows rows{pass_header};
  for (const OptimizedPass* pass : fired(done)) rows.push_back(pass_row(*pass));
  return rows;
}

/// In fewer characters: the header says the unit of FLOPs, how long a pass took stands in the other formats, and a
/// column of zeros says nothing.
TextRows narrow_fired_rows(const Optimization& done) {
  constexpr std::size_t flops_column = 3;
  TextRows rows = fired_rows(done);
  for (PassRow& row : rows) {
    row.pop_back();
    for (const std::string_view unit : {" FLOP", "FLOP"}) {
      if (row[flops_column].ends_with(unit)) row[flops_column].resize(row[flops_column].size() - unit.size());
    }
  }
  rows.front()[5] = "written";
  rows.front()[6] = "executed";
  const bool nothing =
      std::all_of(rows.begin() + 1, rows.end(), [](const PassRow& row) { return row[flops_column] == "0"; });
  for (PassRow& row : rows) {
    if (nothing) row.erase(row.begin() + static_cast<std::ptrdiff_t>(flops_column));
  }
  return rows;
}

std::string fired_table(const Optimization& done, std::size_t width) {
  constexpr std::string_view indent = "  ";
  const TextRows rows = fired_rows(done);
  if (rows.size() < 2) return {};
  if (indent.size() + table_width(rows) <= width) return "\n" + aligned_table(rows, indent);
  return "\n" + fitted_table(narrow_fired_rows(done), width, indent);
}

/// Kinds of inputs beside one another; where what is promised takes too much room, by promise.
std::string verified_table(const Optimization& done, std::size_t width) {
  constexpr std::string_view indent = "  ";
  TextRows rows = verification_rows(done);
  if (rows.empty()) return {};
  if (indent.size() + table_width(rows) <= width) return "\n" + aligned_table(rows, indent);
  std::vector<std::pair<std::string, TextRows>> by_promise;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::string promise = rows[r].back();
    auto group = std::ranges::find(by_promise, promise, &std::pair<std::string, TextRows>::first);
    if (group == by_promise.end()) group = by_promise.emplace(group, promise, TextRows{rows.front()});
    group->second.push_back(rows[r]);
  }
  std::string out;
  for (auto& [promise, group] : by_promise) {
    for (auto& row : group) row.pop_back();
    out += "\n  " + wrapped_text("promised: " + promise, width, indent.size() + 2) + '\n';
    out += fitted_table(group, width, indent);
  }
  return out;
}

}  // namespace

Result<std::string> optimize_text(const Optimization& done, const OptimizeReportOptions& options) {
  const std::size_t width = usable_columns(options.width);
  const auto line = [&](const std::string& text) { return "  " + wrapped_text(text, width, 4) + '\n'; };
  std::string out = wrapped_text(plain_text(done.model) + ": " + optimize_headline(done), width, 2) + '\n';
  out += line(fmt::format("times by {}{}{}", plain_text(done.price_basis), done.dims.empty() ? "" : "; ",
                          plain_text(fmt::format("{}", fmt::join(done.dims, ", ")))));
  out += fired_table(done, width);
  if (const std::string idle = idle_passes(done); !idle.empty()) out += '\n' + line("nothing to do: " + idle);
  const std::vector<std::string> kept = skipped_lines(done);
  if (!kept.empty()) out += '\n';
  for (const std::string& each : kept) out += line(each);
  out += verified_table(done, width);
  const std::vector<std::string> verified = verification_lines(done);
  if (!verified.empty()) out += '\n';
  for (const std::string& each : verified) out += line("verified: " + each);
  if (!done.output.empty()) out += fmt::format("\n  written: {}\n", plain_text(done.output));
  return out;
}

Result<std::string> optimize_md(const Optimization& done, const OptimizeReportOptions& /*options*/) {
  std::string out =
      fmt::format("# {} optimised\n\n{}\n\nTimes by {}{}{}.\n\n", markdown_text(done.model),
                  markdown_text(optimize_headline(done)), markdown_text(done.price_basis),
                  done.dims.empty() ? "" : "; ", markdown_text(fmt::format("{}", fmt::join(done.dims, ", "))));
  out += markdown_table(fired_rows(done));
  const std::vector<std::string> kept = skipped_lines(done);
  if (!kept.empty()) out += "\n";
  for (const std::string& each : kept) out += "- " + markdown_text(each) + "\n";
  if (const TextRows rows = verification_rows(done); !rows.empty()) out += "\n" + markdown_table(rows);
  const std::vector<std::string> verified = verification_lines(done);
  if (!verified.empty()) out += "\n";
  for (const std::string& each : verified) out += "- verified: " + markdown_text(each) + "\n";
  return out;
}

}  // namespace costscan
