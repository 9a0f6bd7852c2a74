// `costscan forensics` for the terminal and as Markdown: findings down, models across, then what pays.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "reports/forensics_report.hpp"
#include "reports/names.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

constexpr std::size_t longest_model_name = 24;
constexpr std::size_t shortest_site_name = 24;

bool has_any(const ForensicsReport& report, std::size_t finding) {
  return std::ranges::any_of(report.models,
                             [&](const ModelFindings& model) { return model.findings[finding].count > 0; });
}

/// "12", "12*" where some of it holds only for the bound sizes.
std::string count_cell(const Finding& finding) {
  const bool always = std::ranges::all_of(finding.sites, &FindingSite::every_binding);
  return std::to_string(finding.count) + (always ? "" : "*");
}

TextRows count_rows(const ForensicsReport& report, bool all) {
  TextRows rows;
  std::vector<std::string> header{"finding"};
  std::vector<std::string> nodes{"nodes of the graph"};
  for (const ModelFindings& model : report.models) {
    header.push_back(shorten(plain_text(model.model), longest_model_name));
    nodes.push_back(std::to_string(model.graph_nodes));
  }
  rows.push_back(std::move(header));
  rows.push_back(std::move(nodes));
  const std::size_t findings = report.models.empty() ? 0 : report.models.front().findings.size();
  for (std::size_t f = 0; f < findings; ++f) {
    if (!all && !has_any(report, f)) continue;
    std::vector<std::string> row{std::string(report.models.front().findings[f].name)};
    for (const ModelFindings& model : report.models) row.push_back(count_cell(model.findings[f]));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string saved_count(const std::optional<std::int64_t>& value, std::string_view unit) {
  if (value == 0) return "0";
  return value ? quantity(static_cast<double>(*value), unit) : "";
}

std::string saved_time(const std::optional<double>& us) { return us == 0.0 ? "0" : us ? time_text(*us) : ""; }

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

TextRows saving_rows(const ModelFindings& model) {
  TextRows rows{{"finding", "count", "holds", "FLOPs", "moved", "stored", "as written", "as executed"}};
  for (const Finding* finding : paying(model)) {
    const Savings& saved = finding->savings;
    rows.push_back({std::string(finding->name), std::to_string(finding->count), holds_words(*finding),
                    saved_count(saved.flops, ""), saved_count(saved.bytes, "B"), saved_count(saved.weight_bytes, "B"),
                    saved_time(saved.us), saved_time(saved.runtime_us)});
  }
  return rows;
}

/// Whether no row of a column says more than nothing.
bool says_nothing(const TextRows& rows, std::size_t column) {
  return std::all_of(rows.begin() + 1, rows.end(),
                     [&](const auto& row) { return row[column].empty() || row[column] == "0"; });
}

/// The same in fewer characters: what holds only for the bound sizes has the star of the first table, and columns
/// without a figure are left out.
TextRows narrow_saving_rows(const ModelFindings& model) {
  TextRows rows = saving_rows(model);
  const std::vector<const Finding*> findings = paying(model);
  for (std::size_t i = 0; i < findings.size(); ++i) rows[i + 1][1] = count_cell(*findings[i]);
  rows.front()[6] = "written";
  rows.front()[7] = "executed";
  for (const std::size_t column : {std::size_t{5}, std::size_t{4}, std::size_t{3}, std::size_t{2}}) {
    constexpr std::size_t holds_column = 2;
    if (column != holds_column && !says_nothing(rows, column)) continue;
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
  return rows;
}

std::string saving_table(const ModelFindings& model, std::size_t width) {
  const TextRows rows = saving_rows(model);
  if (rows.size() < 2) return "nothing to save\n";
  return table_width(rows) <= width ? aligned_table(rows) : fitted_table(narrow_saving_rows(model), width);
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

std::string site_lines(const ModelFindings& model, std::size_t width) {
  std::string out;
  for (const Finding& finding : model.findings) {
    for (const FindingSite& site : finding.sites) {
      std::string names;
      for (const std::string& name : site.names) names += (names.empty() ? "" : ", ") + plain_text(name);
      const std::string head =
          fmt::format("  {}{}{}: ", finding.name, site.every_binding ? "" : "*",
                      site.subgraph.empty() ? "" : " in " + shorten(plain_text(site.subgraph), shortest_site_name));
      const std::string tail = site.detail.empty() ? "" : " (" + plain_text(site.detail) + ")";
      constexpr std::size_t level = 4;
      const std::size_t used = level + text_width(head) + text_width(tail);
      const std::size_t room = width > used ? width - used : 0;
      out += wrapped_text(head + shorten(names, std::max(shortest_site_name, room)) + tail, width, level) + '\n';
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
  const std::size_t width = usable_columns(options.width);
  std::string out = fitted_table(count_rows(report, options.all), width);
  if (any_star(report)) out += "* some of it holds only for the bound sizes of the free dimensions\n";
  for (const ModelFindings& model : report.models) {
    out += '\n' + wrapped_text(model_heading(model), width, 0) + '\n' + saving_table(model, width);
    if (options.sites) out += site_lines(model, width);
  }
  out += '\n';
  const auto note = [&](const std::string& label, const std::string& text) {
    out += label + wrapped_text(text, width, label.size()) + '\n';
  };
  for (const std::string& line : forensics_conventions(report)) note("counted: ", line);
  for (const std::string& rates : forensics_rates(report)) note("prices: ", plain_text(rates));
  return out;
}

Result<std::string> forensics_md(const ForensicsReport& report, const ForensicsReportOptions& options) {
  std::string out = markdown_table(count_rows(report, options.all));
  if (any_star(report)) out += "\n\\* some of it holds only for the bound sizes of the free dimensions\n";
  for (const ModelFindings& model : report.models) {
    out += "\n## " + markdown_text(model_heading(model)) + "\n\n";
    const auto rows = saving_rows(model);
    out += rows.size() > 1 ? markdown_table(rows) : "Nothing to save.\n";
  }
  out += '\n';
  for (const std::string& line : forensics_conventions(report)) out += "- " + markdown_text(line) + '\n';
  for (const std::string& rates : forensics_rates(report)) out += "- prices: " + markdown_text(rates) + '\n';
  return out;
}

}  // namespace costscan
