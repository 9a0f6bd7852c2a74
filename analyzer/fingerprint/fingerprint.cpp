#include "fingerprint/fingerprint.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "fingerprint/gather.hpp"
#include "fingerprint/rules.hpp"

namespace costscan {
namespace {

std::vector<std::pair<std::string, std::int64_t>> histogram(const Analysis& analysis) {
  std::map<std::string, std::int64_t> counts;
  for (const NodeRow& row : analysis.nodes) {
    if (row.op_type == "Constant" && row.domain.empty()) continue;
    ++counts[row.domain.empty() ? row.op_type : row.domain + "." + row.op_type];
  }
  std::vector<std::pair<std::string, std::int64_t>> out(counts.begin(), counts.end());
  std::ranges::stable_sort(out, std::greater<>(), &std::pair<std::string, std::int64_t>::second);
  return out;
}

FamilyScore score(const FamilyRules& family, const FeatureSet& features) {
  FamilyScore out;
  out.family = family.family;
  out.score = family.base;
  for (const Rule& rule : family.rules) {
    const auto held = holds(rule, features, out.not_looked_for);
    if (!held.value_or(false)) continue;
    out.score += rule.weight;
    out.evidence.push_back({fill_in(rule.says, features), rule.why, rule.weight});
  }
  std::ranges::stable_sort(out.evidence, std::greater<>(), [](const Evidence& each) { return std::abs(each.weight); });
  std::ranges::sort(out.not_looked_for);
  const auto repeated = std::ranges::unique(out.not_looked_for);
  out.not_looked_for.erase(repeated.begin(), repeated.end());
  return out;
}

void add_probabilities(std::vector<FamilyScore>& families) {
  double total = 0;
  const double best = families.front().score;
  for (const FamilyScore& each : families) total += std::exp(each.score - best);
  for (FamilyScore& each : families) each.probability = std::exp(each.score - best) / total;
}

}  // namespace

Result<Fingerprint> fingerprint(const Analysis& analysis) {
  const auto rules = builtin_rules();
  if (!rules) return tl::unexpected(rules.error());
  Fingerprint out;
  out.model = analysis.shaped->model->stem;
  out.op_histogram = histogram(analysis);
  const ScopeViews views(analysis.shaped);
  const GatherContext context{analysis, views, out.features};
  gather_operators(context);
  gather_mixing(context);
  gather_shares(context);
  gather_patterns(context);
  gather_structure(context);
  gather_causality(context);
  out.inputs = gather_inputs(context);
  out.outputs = gather_outputs(context);
  for (const FamilyRules& family : *rules) out.families.push_back(score(family, out.features));
  std::ranges::stable_sort(out.families, std::greater<>(), &FamilyScore::score);
  add_probabilities(out.families);
  return out;
}

}  // namespace costscan
