// `costscan forensics` as one offline page without scripts: the table across models, then every place of each model.
#include <fmt/format.h>

#include <algorithm>

#include "reports/forensics_report.hpp"
#include "reports/names.hpp"
#include "reports/offline_page.hpp"

namespace costscan {
namespace {

constexpr std::string_view forensics_style = R"css(
:root{--hit:#3b6fb5}@media(prefers-color-scheme:dark){:root{--hit:#7fb0f0}}
body{max-width:90rem}.wrap{overflow:auto;max-height:85vh}th,td{padding:.2rem .7rem;font-weight:400}
thead th{white-space:normal;position:sticky;top:0}
.zero{color:var(--dim)}.hit{color:var(--hit);font-weight:600}td.name{overflow-wrap:anywhere;min-width:16rem}tr.family th{background:var(--card);color:var(--dim);padding-top:.5rem}
summary{padding:.2rem 0}ul{margin:.2rem 0}li{overflow-wrap:anywhere}
@media(max-width:40rem){.what{display:none}th,td{padding:.2rem .4rem}tbody th{overflow-wrap:anywhere;min-width:9rem}}
@media print{body{max-width:none}.wrap{overflow:visible;max-height:none}}
)css";

std::string across_models(const ForensicsReport& report) {
  if (report.models.empty()) return {};
  std::string out = "<div class=\"wrap\"><table><thead><tr><th>finding</th><th class=\"what\">what</th>";
  for (const ModelFindings& model : report.models) {
    out += fmt::format("<th class=\"num\">{}</th>", html_text(model.model));
  }
  out += "</tr></thead><tbody>";
  const std::vector<Finding>& first = report.models.front().findings;
  for (std::size_t f = 0; f < first.size(); ++f) {
    if (f == 0 || first[f].family != first[f - 1].family) {
      out += fmt::format("<tr class=\"family\"><th colspan=\"{}\">{}</th></tr>", report.models.size() + 2,
                         html_text(first[f].family));
    }
    out += fmt::format("<tr><th>{}</th><td class=\"dim what\">{}</td>", html_text(first[f].name),
                       html_text(first[f].summary));
    for (const ModelFindings& model : report.models) {
      const Finding& finding = model.findings[f];
      out += fmt::format("<td class=\"num {}\" title=\"{}\">{}</td>", finding.count == 0 ? "zero" : "hit",
                         html_text(holds_words(finding)), finding.count);
    }
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

template <class T, class Text>
std::string price_cell(const std::optional<T>& value, Text text) {
  if (!value) return "<td></td>";
  return fmt::format("<td class=\"num\" title=\"{}\">{}</td>", *value, html_text(text(*value)));
}

std::string price_cells(const Savings& saved) {
  const auto plain = [](std::int64_t value) { return quantity(static_cast<double>(value), ""); };
  const auto bytes = [](std::int64_t value) { return quantity(static_cast<double>(value), "B"); };
  return price_cell(saved.flops, plain) + price_cell(saved.bytes, bytes) + price_cell(saved.weight_bytes, bytes) +
         price_cell(saved.us, time_text) + price_cell(saved.runtime_us, time_text);
}

constexpr std::string_view price_head =
    "<th class=\"num\">FLOPs</th><th class=\"num\">moved</th><th class=\"num\">stored</th><th class=\"num\">as "
    "written</th><th class=\"num\">as executed</th>";

std::string places_of(const Finding& finding) {
  std::string out = fmt::format(
      "<details><summary><b>{}</b>: {} <span class=\"dim\">{} {}</span></summary><div class=\"wrap\"><table><thead>"
      "<tr><th>nodes</th><th>detail</th><th>holds</th>{}</tr></thead><tbody>",
      html_text(finding.name), finding.count, html_text(finding.summary), html_text(holds_words(finding)), price_head);
  for (const FindingSite& site : finding.sites) {
    std::string names = site.subgraph.empty() ? "" : fmt::format("<i>{}</i>: ", html_text(site.subgraph));
    for (std::size_t i = 0; i < site.names.size(); ++i) names += (i == 0 ? "" : ", ") + html_text(site.names[i]);
    out += fmt::format("<tr><td class=\"name\">{}</td><td>{}</td><td>{}</td>{}</tr>", names, html_text(site.detail),
                       site.every_binding ? "always" : "bound sizes", price_cells(site.savings));
  }
  return out + "</tbody></table></div></details>";
}

std::string model_part(const ModelFindings& model) {
  std::string out = fmt::format("<h2>{}</h2><div class=\"dim\">{} nodes, {} of them Constant", html_text(model.model),
                                model.graph_nodes, model.constant_nodes);
  if (model.predicted_us) out += ", predicted " + time_text(*model.predicted_us) + " as written";
  if (model.predicted_runtime_us) out += ", " + time_text(*model.predicted_runtime_us) + " as executed";
  for (const DimBinding& binding : model.bindings) {
    out += fmt::format(", {} = {}", html_text(binding.name), binding.value);
  }
  if (!model.every_size_tried) {
    out += "; not every free dimension admitted another size, so that nothing is said to hold always";
  }
  out += "</div><div class=\"wrap\"><table><thead><tr><th>finding</th><th class=\"num\">count</th><th>holds</th>";
  out += fmt::format("{}</tr></thead><tbody>", price_head);
  for (const Finding& finding : model.findings) {
    if (finding.count == 0) continue;
    out += fmt::format("<tr><th>{}</th><td class=\"num\">{}</td><td>{}</td>{}</tr>", html_text(finding.name),
                       finding.count, html_text(holds_words(finding)), price_cells(finding.savings));
  }
  out += "</tbody></table></div>";
  for (const Finding& finding : model.findings) {
    if (finding.count > 0) out += places_of(finding);
  }
  return out;
}

}  // namespace

Result<std::string> forensics_html(const ForensicsReport& report, const ForensicsReportOptions& /*options*/) {
  std::string out =
      fmt::format("<h1>Forensics of {} model{}</h1>", report.models.size(), report.models.size() == 1 ? "" : "s");
  out += across_models(report);
  for (const ModelFindings& model : report.models) out += model_part(model);
  out += "<h2>How it was counted</h2><ul>";
  for (const std::string& line : forensics_conventions(report)) out += fmt::format("<li>{}</li>", html_text(line));
  for (const std::string& rates : forensics_rates(report)) {
    out += fmt::format("<li>prices: {}</li>", html_text(rates));
  }
  return offline_page("costscan forensics", table_page_style(forensics_style), out + "</ul>");
}

}  // namespace costscan
