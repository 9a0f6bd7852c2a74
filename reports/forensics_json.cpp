// `costscan forensics` for programs: every finding, every place, every price.
#include <nlohmann/json.hpp>

#include "reports/forensics_report.hpp"
#include "reports/json_pieces.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using ForensicsJson = nlohmann::ordered_json;

ForensicsJson savings_json(const Savings& saved) {
  return {{"flops", optional_json(saved.flops)},
          {"bytes", optional_json(saved.bytes)},
          {"weight_bytes", optional_json(saved.weight_bytes)},
          {"us", optional_json(saved.us)},
          {"runtime_us", optional_json(saved.runtime_us)}};
}

ForensicsJson site_json(const FindingSite& site) {
  return {{"count", site.count},
          {"names", texts(site.names)},
          {"node_indices", site.nodes},
          {"subgraph", clean_text(site.subgraph)},
          {"every_binding", site.every_binding},
          {"detail", clean_text(site.detail)},
          {"saved", savings_json(site.savings)}};
}

ForensicsJson finding_json(const Finding& finding) {
  ForensicsJson sites = ForensicsJson::array();
  for (const FindingSite& site : finding.sites) sites.push_back(site_json(site));
  return {{"finding", finding.name},
          {"family", finding.family},
          {"summary", finding.summary},
          {"count", finding.count},
          {"saved", savings_json(finding.savings)},
          {"sites", std::move(sites)}};
}

ForensicsJson bindings_json(const ModelFindings& model) {
  ForensicsJson out = ForensicsJson::array();
  for (const DimBinding& binding : model.bindings) {
    out.push_back({{"name", clean_text(binding.name)},
                   {"value", binding.value},
                   {"origin", to_string(binding.origin)},
                   {"reason", clean_text(binding.reason)}});
  }
  return out;
}

ForensicsJson model_findings_json(const ModelFindings& model) {
  ForensicsJson findings = ForensicsJson::array();
  for (const Finding& finding : model.findings) findings.push_back(finding_json(finding));
  return {{"model", clean_text(model.model)},
          {"nodes", model.graph_nodes},
          {"constant_nodes", model.constant_nodes},
          {"dims", bindings_json(model)},
          {"every_size_tried", model.every_size_tried},
          {"rates", clean_text(model.rates)},
          {"predicted_us", optional_json(model.predicted_us)},
          {"predicted_runtime_us", optional_json(model.predicted_runtime_us)},
          {"findings", std::move(findings)},
          {"warnings", texts(model.warnings)}};
}

}  // namespace

Result<std::string> forensics_json(const ForensicsReport& report, const ForensicsReportOptions& /*options*/) {
  ForensicsJson models = ForensicsJson::array();
  for (const ModelFindings& model : report.models) models.push_back(model_findings_json(model));
  constexpr int schema = 1;
  const ForensicsJson out = {{"costscan", {{"version", COSTSCAN_VERSION}, {"schema", schema}}},
                             {"scope", to_string(report.scope)},
                             {"count_constants", report.count_constants},
                             {"conventions", texts(forensics_conventions(report))},
                             {"models", std::move(models)}};
  return out.dump(-1, ' ', false, ForensicsJson::error_handler_t::replace) + "\n";
}

}  // namespace costscan
