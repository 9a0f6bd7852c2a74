#include "reports/optimize_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "reports/names.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

std::string change_in_percent(double before, double after) {
  if (before <= 0) return {};
  return fmt::format(" ({:+.1f}%)", (after - before) / before * 100);
}

/// One reason for many sites: quoted names are left out.
std::string reason_without_names(const std::string& reason) {
  std::string out;
  bool inside = false;
  for (const char c : reason) {
    if (c == '\'' && (inside || out.empty() || out.back() == ' ')) {
      inside = !inside;
      if (!inside) out += "...";
    } else if (!inside) {
      out += c;
    }
  }
  return out;
}

Cell saved_cell(const std::optional<double>& value) { return value ? Cell(*value) : Cell(std::monostate{}); }

Table pass_table(const Optimization& done) {
  Table table;
  table.header = {"model",
                  "pass",
                  "kind",
                  "accuracy_class",
                  "sites",
                  "skipped",
                  "nodes_removed",
                  "nodes_added",
                  "flops_saved",
                  "compulsory_bytes_saved",
                  "predicted_us_saved",
                  "executed_us_saved",
                  "seconds"};
  for (const OptimizedPass& pass : done.passes) {
    table.rows.push_back({clean_text(done.model), std::string(pass.name), std::string(pass.kind),
                          std::string(pass.accuracy_class), static_cast<std::int64_t>(pass.applied.size()),
                          static_cast<std::int64_t>(pass.skipped.size()), pass.nodes_removed, pass.nodes_added,
                          pass.flops_saved, pass.bytes_saved, pass.written_us_saved, saved_cell(pass.executed_us_saved),
                          pass.seconds});
  }
  return table;
}

Table site_table(const Optimization& done) {
  Table table;
  table.header = {"model",
                  "pass",
                  "round",
                  "applied",
                  "reason",
                  "nodes",
                  "note",
                  "nodes_removed",
                  "nodes_added",
                  "flops_saved",
                  "compulsory_bytes_saved",
                  "predicted_us_saved"};
  for (const OptimizedPass& pass : done.passes) {
    for (const auto* sites : {&pass.applied, &pass.skipped}) {
      for (const OptimizedSite& site : *sites) {
        table.rows.push_back({clean_text(done.model), std::string(pass.name), std::int64_t{site.round},
                              std::int64_t{site.reason.empty() ? 1 : 0}, clean_text(site.reason),
                              clean_text(fmt::format("{}", fmt::join(site.nodes, ";"))), clean_text(site.note),
                              site.nodes_removed, site.nodes_added, site.flops_saved, site.bytes_saved, site.us_saved});
      }
    }
  }
  return table;
}

constexpr std::array optimize_formats{
    OptimizeReportFormat{"text", "txt", "What each pass did, and what it is predicted to gain", true, optimize_text},
    OptimizeReportFormat{"csv", "csv", "One row for each pass, or (--level site) for each place", true, optimize_csv},
    OptimizeReportFormat{"json", "json", "All of it: passes, places, reasons, prices, verification", true,
                         optimize_json},
    OptimizeReportFormat{"md", "md", "The text report as Markdown", true, optimize_md},
};

}  // namespace

std::span<const OptimizeReportFormat> optimize_report_formats() noexcept { return optimize_formats; }

Result<std::string> optimize_csv(const Optimization& done, const OptimizeReportOptions& options) {
  return csv_of(options.level == OptimizeLevel::site ? site_table(done) : pass_table(done));
}

std::string optimize_headline(const Optimization& done) {
  std::string line =
      fmt::format("{} to {} nodes{}", done.before.nodes, done.after.nodes,
                  change_in_percent(static_cast<double>(done.before.nodes), static_cast<double>(done.after.nodes)));
  line += fmt::format(", {} to {} initializers", done.before.initializers, done.after.initializers);
  if (done.before.executed_us && done.after.executed_us) {
    line +=
        fmt::format(", predicted {} to {}{}", time_text(*done.before.executed_us), time_text(*done.after.executed_us),
                    change_in_percent(*done.before.executed_us, *done.after.executed_us));
  }
  return line;
}

std::vector<std::pair<std::string, std::int64_t>> skip_reasons(const OptimizedPass& pass) {
  std::vector<std::pair<std::string, std::int64_t>> reasons;
  for (const OptimizedSite& site : pass.skipped) {
    const std::string reason = reason_without_names(site.reason);
    const auto known = std::ranges::find(reasons, reason, &std::pair<std::string, std::int64_t>::first);
    if (known == reasons.end()) {
      reasons.emplace_back(reason, 1);
    } else {
      ++known->second;
    }
  }
  std::ranges::stable_sort(reasons, std::greater<>(), &std::pair<std::string, std::int64_t>::second);
  return reasons;
}

}  // namespace costscan
