#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "fingerprint/gather.hpp"
#include "fingerprint/op_classes.hpp"
#include "patterns/pattern.hpp"

namespace costscan {
namespace {

using ScopedNodes = std::set<std::pair<ScopeId, std::int32_t>>;

void store_conv_share(const GatherContext& context, const ScopedNodes& embedding) {
  double convolved = 0;
  double total = 0;
  for (const NodeRow& row : context.analysis.nodes) {
    if (row.cost.trust == Trust::unknown) continue;
    const double done = static_cast<double>(row.cost.work.flops) + static_cast<double>(row.cost.work.int_ops);
    total += done;
    if (op_class(row) == OpClass::conv && !embedding.contains({row.scope_id, row.graph_node})) convolved += done;
  }
  if (total > 0) context.features.set("conv_share", convolved / total);  // else nothing is known: not zero
}

}  // namespace

void gather_patterns(const GatherContext& context) {
  ScopedNodes embedding;
  for (const Pattern& pattern : patterns()) {
    double count = 0;
    ScopeId scope = 0;
    for (const GraphView& view : context.views.all()) {
      const auto found = pattern.find(view);
      count += static_cast<double>(found.size());
      for (const PatternMatch& match : found) {
        if (match.pattern != "patch_embedding") break;
        for (const std::int32_t node : match.nodes) embedding.emplace(scope, node);
      }
      ++scope;
    }
    context.features.set(fmt::format("pattern_{}", pattern.name), count);
  }
  store_conv_share(context, embedding);
  const auto get = [&](std::string_view name) { return context.features.get(name).value_or(0); };
  const double by_products = std::min(get("softmaxes"), std::floor(get("matmuls_activation") / 2));
  context.features.set("attention", std::max({get("pattern_attention"), get("attention_ops"), by_products}));
}

}  // namespace costscan
