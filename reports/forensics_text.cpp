// `costscan forensics` for the terminal and as Markdown: findings down, models across, then what pays.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "reports/forensics_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using Cells = std::vector<std::string>;

constexpr std::size_t longest_model_name = 24;
constexpr std::size_t longest_site_name = 100;

bool has_any(const ForensicsReport& report, std::size_t finding) {
  return std::ranges::any_of(report.models,
                             [&](const ModelFindings& model) { return model.findings[finding].count > 0; });
}

/// "12", "12*" where some of it holds only for the bound sizes.
std::string count_cell(const Finding& finding) {
  const bool always = std::ranges::all_of(finding.sites, &FindingSite::every_binding);
  return std::to_string(finding.count) + (always ? "" : "*");
}

std::vector<Cells> count_rows(const ForensicsReport& report, bool all) {
  std::vector<Cells> rows;
  Cells header{"finding"};
  Cells nodes{"nodes of the graph"};
  for (const ModelFindings& model : report.models) {
    header.push_back(shorten(plain_text(model.model), longest_model_name));
    nodes.push_back(std::to_string(model.graph_nodes));
  }
  rows.push_back(std::move(header));
  rows.push_back(std::move(nodes));
  const std::size_t findings = report.models.empty() ? 0 : report.models.front().findings.size();
  for (std::size_t f = 0; f < findings; ++f) {
    if (!all && !has_any(report, f)) continue;
    Cells row{std::string(report.models.front().findings[f].name)};
    for (const ModelFindings& model : report.models) row.push_back(count_cell(model.findings[f]));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string saved_count(const std::optional<std::int64_t>& value, std::string_view unit) {
  return value ? quantity(static_cast<double>(*value), unit) : "";
}

std::string saved_time(const std::optional<double>& us) { return us ? time_text(*us) : ""; }

/// Findings of one model that save anything, the dearest at run time first.
std::vector<const Finding*> paying(const ModelFindings& model) {
  std::vector<const Finding*> found;
  for (const Finding& finding : model.findings) {
    const Savings& saved = finding.savings;
    const bool pays = saved.us.value_or(0) > 0 || saved.bytes.value_or(0) > 0 || saved.weight_bytes.value_or(0) > 0;
    if (finding.count > 0 && pays) found.push_back(&finding);
  }
  std::ranges::stable_sort(found, std::greater<>{}, [](const Finding* finding) {
    return std::pair(finding->savings.runtime_us.value_or(finding->savings.us.value_or(0)),
                     finding->savings.us.value_or(0));
  });
  return found;
}

std::vector<Cells> saving_rows(const ModelFindings& model) {
  std::vector<Cells> rows{{"finding", "count", "holds", "FLOPs", "moved", "stored", "as written", "as executed"}};
  for (const Finding* finding : paying(model)) {
    const Savings& saved = finding->savings;
    rows.push_back({std::string(finding->name), std::to_string(finding->count), holds_words(*finding),
                    saved_count(saved.flops, ""), saved_count(saved.bytes, "B"), saved_count(saved.weight_bytes, "B"),
                    saved_time(saved.us), saved_time(saved.runtime_us)});
  }
  return rows;
}

/// Columns two spaces apart, the first to the left, the others to the right.
std::string aligned(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths;
  for (const Cells& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], text_width(row[c]));
  }
  std::string out;
  for (const Cells& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string spaces(widths[c] - text_width(row[c]), ' ');
      out += c == 0 ? row[c] + spaces : "  " + spaces + row[c];
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char each : text) {
    if (each == '|' || each == '*' || each == '_' || each == '`' || each == '<') out += '\\';
    out += each;
  }
  return out;
}

std::string markdown_table(const std::vector<Cells>& rows) {
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    out += '|';
    for (const std::string& cell : rows[r]) out += " " + markdown_cell(cell) + " |";
    out += '\n';
    if (r > 0) continue;
    out += '|';
    for (std::size_t c = 0; c < rows[r].size(); ++c) out += c == 0 ? " --- |" : " ---: |";
    out += '\n';
  }
  return out;
}

std::string model_heading(const ModelFindings& model) {
  std::string dims;
  for (const DimBinding& binding : model.bindings) {
    dims += (dims.empty() ? "" : ", ") + plain_text(binding.name) + "=" + std::to_string(binding.value);
  }
  std::string times;
  if (model.predicted_us) times += ", predicted " + time_text(*model.predicted_us) + " as written";
  if (model.predicted_runtime_us) times += ", " + time_text(*model.predicted_runtime_us) + " as executed";
  return fmt::format("{}: {} nodes, {} of them Constant{}{}", plain_text(model.model), model.graph_nodes,
                     model.constant_nodes, times, dims.empty() ? "" : " (" + dims + ")");
}

std::string site_lines(const ModelFindings& model) {
  std::string out;
  for (const Finding& finding : model.findings) {
    for (const FindingSite& site : finding.sites) {
      std::string names;
      for (const std::string& name : site.names) names += (names.empty() ? "" : ", ") + plain_text(name);
      out += fmt::format("  {}{}{}: {}{}\n", finding.name, site.every_binding ? "" : "*",
                         site.subgraph.empty() ? "" : " in " + plain_text(site.subgraph),
                         shorten(names, longest_site_name),
                         site.detail.empty() ? "" : " (" + plain_text(site.detail) + ")");
    }
  }
  return out;
}

bool any_star(const ForensicsReport& report) {
  return std::ranges::any_of(report.models, [](const ModelFindings& model) {
    return std::ranges::any_of(model.findings, [](const Finding& finding) {
      return !std::ranges::all_of(finding.sites, &FindingSite::every_binding);
    });
  });
}

}  // namespace

Result<std::string> forensics_text(const ForensicsReport& report, const ForensicsReportOptions& options) {
  std::string out = aligned(count_rows(report, options.all));
  if (any_star(report)) out += "* some of it holds only for the bound sizes of the free dimensions\n";
  for (const ModelFindings& model : report.models) {
    out += '\n' + model_heading(model) + '\n';
    const auto rows = saving_rows(model);
    out += rows.size() > 1 ? aligned(rows) : "nothing to save\n";
    if (options.sites) out += site_lines(model);
  }
  out += '\n';
  for (const std::string& line : forensics_conventions(report)) out += "counted: " + line + '\n';
  if (!report.models.empty()) out += "prices: " + plain_text(report.models.front().rates) + '\n';
  return out;
}

Result<std::string> forensics_md(const ForensicsReport& report, const ForensicsReportOptions& options) {
  std::string out = markdown_table(count_rows(report, options.all));
  if (any_star(report)) out += "\n\\* some of it holds only for the bound sizes of the free dimensions\n";
  for (const ModelFindings& model : report.models) {
    out += "\n## " + markdown_cell(model_heading(model)) + "\n\n";
    const auto rows = saving_rows(model);
    out += rows.size() > 1 ? markdown_table(rows) : "Nothing to save.\n";
  }
  out += '\n';
  for (const std::string& line : forensics_conventions(report)) out += "- " + markdown_cell(line) + '\n';
  if (!report.models.empty()) out += "- prices: " + markdown_cell(plain_text(report.models.front().rates)) + '\n';
  return out;
}

}  // namespace costscan
