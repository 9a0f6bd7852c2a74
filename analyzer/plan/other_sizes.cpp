#include <array>

#include "plan/import.hpp"
#include "shapes/infer.hpp"

namespace costscan::plan {
namespace {

/// Another size that models accept where they accept this one: images stay multiples of 32, small counts grow by one.
std::int64_t other_size(std::int64_t size, std::int64_t step) { return size >= step ? size + step : size + 1; }

ShapeOptions with_step(const ShapedModel& shaped, std::int64_t step) {
  ShapeOptions options;
  for (const DimBinding& binding : shaped.bindings) {
    if (binding.origin == BindingOrigin::derived) continue;
    options.dims.emplace_back(binding.name, other_size(binding.value, step));
  }
  return options;
}

}  // namespace

std::shared_ptr<const ShapedModel> under_other_sizes(const ShapedModel& shaped) {
  // Some models take only sizes on a grid; smaller steps are for tables of positions that end soon.
  for (const std::int64_t step : std::array<std::int64_t, 3>{32, 64, 2}) {
    const ShapeOptions options = with_step(shaped, step);
    if (options.dims.empty()) return nullptr;
    auto other = infer_shapes(shaped.model, options);
    if (other && (*other)->scopes.size() == shaped.scopes.size()) return *other;
  }
  return nullptr;
}

}  // namespace costscan::plan
