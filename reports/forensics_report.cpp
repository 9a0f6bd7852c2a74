// The formats of `costscan forensics`, and the words that several of them use.
#include "reports/forensics_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/names.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

constexpr std::array<ForensicsReportFormat, 5> forensics_formats = {{
    {"text", "txt", "findings across models, and what their removal saves", true, forensics_text},
    {"csv", "csv", "one row for each finding and model, zero or not", true, forensics_csv},
    {"json", "json", "everything, every place with its nodes, for programs", true, forensics_json},
    {"md", "md", "the table across models, as Markdown", true, forensics_md},
    {"html", "html", "the same with every place, as one offline page", false, forensics_html},
}};

template <class T>
Cell savings_cell(const std::optional<T>& value) {
  return value ? Cell(*value) : Cell();
}

/// The part of the count that holds for every binding.
std::int64_t always_count(const Finding& finding) {
  std::int64_t always = 0;
  for (const FindingSite& site : finding.sites) always += site.every_binding ? site.count : 0;
  return always;
}

/// Names of all sites joined by ";", in their order; those of an inner graph with its path in front.
std::string all_site_names(const Finding& finding) {
  std::string out;
  for (const FindingSite& site : finding.sites) {
    for (const std::string& name : site.names) {
      if (!out.empty()) out += ';';
      if (!site.subgraph.empty()) out += clean_text(site.subgraph) + "/";
      out += clean_text(name);
    }
  }
  return out;
}

}  // namespace

std::span<const ForensicsReportFormat> forensics_report_formats() noexcept { return forensics_formats; }

std::string holds_words(const Finding& finding) {
  if (finding.sites.empty()) return {};
  const std::int64_t always = always_count(finding);
  if (always == finding.count) return "always";
  return always == 0 ? "bound sizes" : fmt::format("{} of {} always", always, finding.count);
}

std::vector<std::string> forensics_conventions(const ForensicsReport& report) {
  std::vector<std::string> lines;
  switch (report.scope) {
    case FindingScope::main:
      lines.emplace_back(
          "nodes of the main graph; bodies of If, Loop and Scan and model-local functions are not counted, but what "
          "they read counts as used (--scope)");
      break;
    case FindingScope::subgraphs:
      lines.emplace_back("nodes of the main graph and of bodies of If, Loop and Scan, each body once (--scope)");
      break;
    case FindingScope::functions:
      lines.emplace_back("nodes of the main graph and of model-local functions, at each call (--scope)");
      break;
    case FindingScope::all:
      lines.emplace_back("nodes of the main graph, of bodies, each once, and of functions, at each call (--scope)");
      break;
  }
  lines.emplace_back(report.count_constants
                         ? "Constant nodes count as nodes of constant parts and shape chains"
                         : "Constant nodes have a row of their own and count nowhere else (--count-constants)");
  lines.emplace_back(
      "shapes under the bound dimensions; 'always' is what also held under other sizes of every free dimension");
  lines.emplace_back(
      "saved: by removing nodes, their whole cost; by fusing them, what they pass one another; empty where nothing is "
      "to be removed. Savings of different findings overlap and do not add up");
  return lines;
}

std::vector<std::string> forensics_rates(const ForensicsReport& report) {
  std::vector<std::string> out;
  for (const ModelFindings& model : report.models) {
    if (model.rates != report.models.front().rates) {
      for (const ModelFindings& each : report.models) out.push_back(each.model + ": " + each.rates);
      return out;
    }
  }
  if (!report.models.empty()) out.push_back(report.models.front().rates);
  return out;
}

Result<std::string> forensics_csv(const ForensicsReport& report, const ForensicsReportOptions& /*options*/) {
  Table table;
  table.header = {"model",    "finding",         "count",       "nodes",
                  "always",   "saved_flops",     "saved_bytes", "saved_weight_bytes",
                  "saved_us", "saved_runtime_us"};
  for (const ModelFindings& model : report.models) {
    for (const Finding& finding : model.findings) {
      const Savings& saved = finding.savings;
      table.rows.push_back({clean_text(model.model), std::string(finding.name), finding.count, all_site_names(finding),
                            always_count(finding), savings_cell(saved.flops), savings_cell(saved.bytes),
                            savings_cell(saved.weight_bytes), savings_cell(saved.us), savings_cell(saved.runtime_us)});
    }
  }
  return csv_of(table);
}

}  // namespace costscan
