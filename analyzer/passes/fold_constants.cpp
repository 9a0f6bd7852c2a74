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

/// Bytes of all initializers; those of a sum that leaves int64 do not matter.
std::int64_t stored_bytes(const GraphView& view) {
  std::int64_t total = 0;
  for (const Tensor& tensor : view.graph().initializers) {
    const auto bytes = packed_bytes(element_count(tensor), tensor.dtype);
    total = checked_add(total, bytes.value_or(0)).value_or(total);
  }
  return total;
}

/// How many bytes a folded constant may have that is made of so many.
double most_folded_bytes(const PassContext& context, std::int64_t of_bytes, std::int64_t of_model) {
  constexpr double always_small = 1024;
  constexpr double unnoticed_part = 1.0 / 256;
  const double of_parts = context.growth * static_cast<double>(of_bytes);
  const double unnoticed = context.growth > 0 ? unnoticed_part * static_cast<double>(of_model) : 0;
  return std::max({always_small, of_parts, unnoticed});
}

/// Why a constant value cannot become an initializer; empty where it can.
std::string fold_obstacle(const PassContext& context, ValueId value, const ConstantParts& parts,
                          std::int64_t of_model) {
  const GraphView& view = context.view;
  const Shape* shape = view.shape(value);
  const auto count = shape == nullptr ? std::nullopt : element_count(std::span<const std::int64_t>(*shape));
  const auto bytes = count ? packed_bytes(*count, view.dtype(value)) : std::nullopt;
  if (!bytes || view.info(value).data_dependent) return "its size is not known";
  if (static_cast<double>(*bytes) > most_folded_bytes(context, parts.weight_bytes(value), of_model)) {
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
  const std::int64_t of_model = stored_bytes(view);
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
      std::string obstacle = fold_obstacle(context, value, *parts, of_model);
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
