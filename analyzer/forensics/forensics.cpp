#include "forensics/forensics.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "forensics/findings.hpp"
#include "forensics/price.hpp"
#include "model/prediction.hpp"
#include "shapes/other_sizes.hpp"

namespace costscan {
namespace {

/// One graph instance as a model of its own, so that a view of it is like any other.
std::shared_ptr<const ShapedModel> alone(const std::shared_ptr<const ShapedModel>& shaped, std::size_t scope) {
  if (scope == 0) return shaped;
  auto out = std::make_shared<ShapedModel>();
  out->model = shaped->model;
  out->bindings = shaped->bindings;
  out->scopes.push_back(shaped->scopes[scope]);
  return out;
}

/// The same graph under other sizes has the same values: an instance that only takes the other's place has not.
bool is_same_instance(const Scope& a, const Scope& b) {
  return a.path == b.path && a.graph->values.size() == b.graph->values.size() &&
         a.graph->nodes.size() == b.graph->nodes.size();
}

bool is_looked_at(const ShapedModel& shaped, std::size_t scope, FindingScope which) {
  for (auto id = static_cast<ScopeId>(scope); id > 0; id = shaped.scopes[static_cast<std::size_t>(id)].parent) {
    const bool function = shaped.scopes[static_cast<std::size_t>(id)].kind == ScopeKind::function;
    const bool wanted =
        which == FindingScope::all || which == (function ? FindingScope::functions : FindingScope::subgraphs);
    if (!wanted) return false;
  }
  return true;
}

std::string name_of(const Node& node) {
  return node.name.empty() ? node.op_type + " #" + std::to_string(node.file_index) : node.name;
}

FindingSite report_site(const GraphView& view, const Site& site, const Savings& savings) {
  FindingSite out;
  out.count = site.count;
  out.names = site.initializers;
  for (const std::int32_t node : site.nodes) {
    out.names.push_back(name_of(view.node(node)));
    out.nodes.push_back(view.node(node).file_index);
  }
  out.subgraph = view.shaped().scopes.front().path;
  out.every_binding = site.holds == Holds::every_binding;
  out.detail = site.detail;
  out.savings = savings;
  return out;
}

template <class T>
std::optional<T> sum_of(const std::optional<T>& a, const std::optional<T>& b) {
  return a && b ? std::optional<T>(*a + *b) : std::nullopt;
}

/// Of several graphs; a graph without sites adds nothing, and does not make a sum known.
void add_graph(Finding& finding, bool first, bool has_sites, const Savings& savings) {
  if (first || (has_sites && finding.count == 0)) {
    finding.savings = savings;
  } else if (has_sites) {
    Savings& sum = finding.savings;
    sum = {sum_of(sum.flops, savings.flops), sum_of(sum.bytes, savings.bytes),
           sum_of(sum.weight_bytes, savings.weight_bytes), sum_of(sum.us, savings.us),
           sum_of(sum.runtime_us, savings.runtime_us)};
  }
}

void investigate_graph(const Scene& scene, const FindingPricer& pricer, ModelFindings& found) {
  const bool first = found.graph_nodes == 0 && found.constant_nodes == 0;
  found.graph_nodes += scene.view().node_count();
  for (std::int32_t index = 0; index < scene.view().node_count(); ++index) {
    if (is_op(scene.view().node(index), "Constant")) ++found.constant_nodes;
  }
  const auto kinds = finding_kinds();
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const Sites sites = kinds[k].find(scene);
    Finding& finding = found.findings[k];
    add_graph(finding, first, !sites.empty(), pricer.price_together(sites));
    for (const Site& site : sites) {
      finding.count += site.count;
      finding.sites.push_back(report_site(scene.view(), site, pricer.price(site)));
    }
  }
}

std::optional<double> total_us(const std::vector<std::optional<double>>& times) {
  double sum = 0;
  for (const auto& each : times) {
    if (!each) return std::nullopt;
    sum += *each;
  }
  return sum;
}

std::string rates_words(const Analysis& analysis) {
  if (analysis.prediction) return analysis.prediction->calibration;
  return "plain roofline of " + analysis.rates.name;
}

}  // namespace

ModelFindings investigate(const Analysis& analysis, const std::vector<std::optional<double>>& written_us,
                          const ForensicsOptions& options) {
  constexpr std::size_t sizes_tried = 2;
  const ShapedModel& shaped = *analysis.shaped;
  const OtherSizes others = several_other_sizes(shaped, sizes_tried, FreeDims::all);
  ModelFindings found;
  found.model = shaped.model->stem;
  found.bindings = shaped.bindings;
  found.every_size_tried = others.complete;
  found.rates = rates_words(analysis);
  found.predicted_us = total_us(written_us);
  found.predicted_runtime_us = analysis.executed == nullptr ? std::nullopt : analysis.totals.predicted_runtime_us;
  found.warnings = analysis.warnings;
  for (const FindingKind& kind : finding_kinds()) {
    Finding finding;
    finding.name = kind.name;
    finding.family = kind.family;
    finding.summary = kind.summary;
    found.findings.push_back(std::move(finding));
  }
  for (std::size_t scope = 0; scope < shaped.scopes.size(); ++scope) {
    if (!is_looked_at(shaped, scope, options.scope)) continue;
    std::vector<std::shared_ptr<const ShapedModel>> other_scopes;
    bool complete = others.complete;
    for (const auto& other : others.models) {
      const bool same = is_same_instance(other->scopes[scope], shaped.scopes[scope]);
      if (same) other_scopes.push_back(alone(other, scope));
      complete = complete && same;
    }
    const GraphView view(alone(analysis.shaped, scope), std::move(other_scopes), complete);
    const Scene scene(view, options.count_constants);
    investigate_graph(scene, FindingPricer(analysis, written_us, view, static_cast<ScopeId>(scope)), found);
  }
  return found;
}

}  // namespace costscan
