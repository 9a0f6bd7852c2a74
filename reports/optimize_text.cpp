// For people: the change, a table of passes, what stayed and why, the verification.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

std::string skipped_lines(const Optimization& done, std::string_view bullet) {
  std::string out;
  for (const OptimizedPass& pass : done.passes) {
    if (!pass.not_run.empty()) out += fmt::format("{}{}: not run: {}\n", bullet, pass.name, plain_text(pass.not_run));
    for (const auto& [reason, count] : skip_reasons(pass)) {
      out += fmt::format("{}{}: {} {} kept: {}\n", bullet, pass.name, count, count == 1 ? "site" : "sites",
                         plain_text(reason));
    }
  }
  return out;
}

std::string idle_passes(const Optimization& done) {
  std::vector<std::string_view> names;
  for (const OptimizedPass& pass : done.passes) {
    if (pass.applied.empty() && pass.not_run.empty()) names.push_back(pass.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<std::string> optimize_text(const Optimization& done, const OptimizeReportOptions& /*options*/) {
  std::string out = fmt::format("{}: {}\n", plain_text(done.model), optimize_headline(done));
  out += fmt::format("  times by {}{}{}\n", done.price_basis, done.dims.empty() ? "" : "; ",
                     plain_text(fmt::format("{}", fmt::join(done.dims, ", "))));
  std::vector<PassRow> rows{pass_header};
  for (const OptimizedPass* pass : fired(done)) rows.push_back(pass_row(*pass));
  if (rows.size() > 1) out += "\n" + aligned_table(rows, "  ");
  if (const std::string idle = idle_passes(done); !idle.empty()) out += fmt::format("\n  nothing to do: {}\n", idle);
  if (const std::string skipped = skipped_lines(done, "  "); !skipped.empty()) out += "\n" + skipped;
  if (const auto table = verification_rows(done); !table.empty()) out += "\n" + aligned_table(table, "  ");
  for (const std::string& line : verification_lines(done)) out += "\n  verified: " + line;
  if (done.verification) out += '\n';
  if (!done.output.empty()) out += fmt::format("\n  written: {}\n", plain_text(done.output));
  return out;
}

Result<std::string> optimize_md(const Optimization& done, const OptimizeReportOptions& /*options*/) {
  const auto cell = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
    return text;
  };
  std::string out = fmt::format("# {} optimised\n\n{}\n\nTimes by {}.\n\n", plain_text(done.model),
                                optimize_headline(done), done.price_basis);
  out += fmt::format("| {} |\n|{}\n", fmt::join(pass_header, " | "),
                     " --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const OptimizedPass* pass : fired(done)) out += fmt::format("| {} |\n", fmt::join(pass_row(*pass), " | "));
  if (const std::string skipped = skipped_lines(done, "- "); !skipped.empty()) out += "\n" + cell(skipped);
  const auto lines = verification_lines(done);
  if (const auto table = verification_rows(done); !table.empty()) {
    out += fmt::format("\n| {} |\n|{}\n", fmt::join(table.front(), " | "),
                       " --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |");
    for (std::size_t i = 1; i < table.size(); ++i) out += fmt::format("| {} |\n", fmt::join(table[i], " | "));
  }
  if (!lines.empty()) out += "\n";
  for (const std::string& line : lines) out += "- verified: " + cell(line) + "\n";
  return out;
}

}  // namespace costscan
