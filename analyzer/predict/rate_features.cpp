#include "predict/rate_features.hpp"

#include <algorithm>
#include <array>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

using FeatureFunction = std::optional<RateFeatures> (*)(const FeatureNode&);

/// In this order; the first group that knows the op decides.
constexpr std::array<FeatureFunction, 6> groups = {product_features,     window_features, sequence_features,
                                                   elementwise_features, row_features,    movement_features};

bool is_control_flow(const Node& node) {
  return std::ranges::any_of(node.attributes, [](const Attribute& attribute) {
    return std::holds_alternative<std::shared_ptr<const Graph>>(attribute.value);
  });
}

/// Ops without a class of their own, by what their cost model says they do.
RateFeatures generic_features(const FeatureNode& node, const NodeCost& cost) {
  const char* kind = cost.work.transcendentals > 0                  ? "generic/transcendental"
                     : cost.work.flops > 0 || cost.work.int_ops > 0 ? "generic/arithmetic"
                                                                    : "generic/movement";
  RateFeatures features = streaming_features(node, kind, {node.out(0).elements});
  const double executions = static_cast<double>(std::max<std::int64_t>(cost.executions, 1));
  features.flops = static_cast<double>(cost.work.flops) / executions;
  if (cost.trust != Trust::unknown) features.work = static_cast<double>(cost.compulsory_bytes) / executions;
  features.generic = true;
  return features;
}

}  // namespace

std::optional<RateFeatures> rate_features(const Scope& scope, std::size_t node, const NodeCost& cost) {
  if (is_control_flow(scope.graph->nodes[node])) return std::nullopt;
  const std::optional<FeatureNode> read = feature_node(scope, node);
  if (!read) return std::nullopt;
  std::optional<RateFeatures> found;
  for (const FeatureFunction group : groups) {
    found = group(*read);
    if (found) break;
  }
  if (!found) found = generic_features(*read, cost);
  for (double& coordinate : found->coords) coordinate = std::max(coordinate, 1.0);
  found->work = std::max(found->work, 1.0);
  return found;
}

}  // namespace costscan
