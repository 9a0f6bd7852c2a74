#include "passes/tried_sizes.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include "shapes/infer.hpp"

namespace costscan {
namespace {

enum class SizeKind { odd, small, large };

/// Different for each dimension, so that two that are equal by chance differ.
std::int64_t size_of_kind(SizeKind kind, std::int64_t bound, std::int64_t index) {
  switch (kind) {
    case SizeKind::odd: return bound + 1 + 2 * index;
    case SizeKind::small: return 1 + index;
    case SizeKind::large: break;
  }
  constexpr std::int64_t times = 5;
  return times * bound + 3 + 4 * index;
}

ShapeOptions sizes_of_kind(const ShapedModel& shaped, SizeKind kind) {
  ShapeOptions options;
  std::int64_t index = 0;
  for (const DimBinding& binding : shaped.bindings) {
    if (binding.origin == BindingOrigin::derived) continue;
    options.dims.emplace_back(binding.name, size_of_kind(kind, binding.value, index++));
  }
  return options;
}

}  // namespace

std::shared_ptr<const GraphView> view_for_passes(const std::shared_ptr<const ShapedModel>& bound) {
  const GraphView first = make_view(bound);
  std::vector<std::shared_ptr<const ShapedModel>> others(first.others().begin(), first.others().end());
  bool complete = first.complete();
  for (const SizeKind kind : {SizeKind::odd, SizeKind::small, SizeKind::large}) {
    const ShapeOptions options = sizes_of_kind(*bound, kind);
    if (options.dims.empty()) break;
    const auto shaped = infer_shapes(bound->model, options);
    if (!shaped) continue;  // the model is not made for such sizes
    if ((*shaped)->scopes.size() != bound->scopes.size()) {
      complete = false;
    } else {
      others.push_back(*shaped);
    }
  }
  return std::make_shared<GraphView>(bound, std::move(others), complete);
}

}  // namespace costscan
