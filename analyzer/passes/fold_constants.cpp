// Class 0: what constants alone decide is the same in every run.
#include <algorithm>
#include <cstring>
#include <optional>

#include "model/checked_math.hpp"
#include "passes/constant_parts.hpp"
#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// Why a constant value cannot become an initializer; empty where it can.
std::string fold_obstacle(const PassContext& context, ValueId value, const ConstantParts& parts) {
  const GraphView& view = context.view;
  const Shape* shape = view.shape(value);
  const auto count = shape == nullptr ? std::nullopt : element_count(std::span<const std::int64_t>(*shape));
  const auto bytes = count ? packed_bytes(*count, view.dtype(value)) : std::nullopt;
  if (!bytes || view.info(value).data_dependent) return "its size is not known";
  constexpr std::int64_t always_small = 1024;
  const auto most = context.growth * static_cast<double>(parts.weight_bytes(value));
  if (*bytes > always_small && static_cast<double>(*bytes) > most) {
    return "the model would grow: " + std::to_string(*bytes) + " bytes for " +
           std::to_string(parts.weight_bytes(value));
  }
  if (known_bytes(view, value)) return {};
  if (const std::string missing = parts.missing_weight(value); !missing.empty()) {
    return "the bytes of its weight are missing";
  }
  if (!context.evaluate) return "it takes ONNX Runtime to compute it";
  return {};
}

/// What reads a constant and is none itself, or is not folded.
bool is_frontier(const GraphView& view, const ConstantParts& parts, ValueId value) {
  if (view.is_output(value)) return true;
  return std::ranges::any_of(view.uses(value),
                             [&](const ValueUse& use) { return use.slot < 0 || !parts.is_foldable(use.node); });
}

}  // namespace

std::vector<Rewrite> find_foldable_constants(const PassContext& context) {
  const GraphView& view = context.view;
  const auto parts = std::make_shared<const ConstantParts>(view);
  const auto evaluated = std::make_shared<ConstantRun>(view, context.evaluate, parts);
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!parts->is_foldable(n)) continue;
    for (const ValueId value : view.node(n).outputs) {
      if (value == no_value || !is_frontier(view, *parts, value)) continue;
      if (view.uses(value).empty() && !view.is_output(value)) continue;
      RewriteBuilder builder(view, {n});
      const std::string missing = parts->missing_weight(value);
      builder.note(std::to_string(parts->cone(value).size()) + " nodes that constants decide" +
                   (missing.empty() ? "" : ", of weight " + missing));
      std::string obstacle = fold_obstacle(context, value, *parts);
      NewConstant made;
      made.dtype = view.dtype(value);
      if (const Shape* shape = view.shape(value)) made.dims = *shape;
      if (auto known = known_bytes(view, value)) {
        made.bytes = [bytes = *std::move(known)](const ReadWeight&) -> Result<std::vector<std::byte>> { return bytes; };
      } else {
        if (obstacle.empty()) evaluated->want(value);
        made.bytes = [evaluated, value](const ReadWeight&) { return evaluated->bytes(value); };
      }
      if (!obstacle.empty()) {
        builder.obstacle(std::move(obstacle));
      } else {
        builder.replace(value, builder.constant(std::move(made), parts->name_for(value)));
      }
      found.push_back(builder.finish());
    }
  }
  return found;
}

}  // namespace costscan
