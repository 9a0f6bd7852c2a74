#include "plan/import.hpp"
#include "shapes/infer.hpp"

namespace costscan::plan {
namespace {

/// Other sizes that models accept where they accept this one: images on a grid, sequences within a table of positions.
enum class Change { grow, grow_more, halve, lessen };

std::int64_t changed(std::int64_t size, Change change) {
  constexpr std::int64_t grid = 32;
  switch (change) {
    case Change::grow: return size >= grid ? size + grid : size + 1;
    case Change::grow_more: return size >= grid ? size + 2 * grid : size + 1;
    case Change::halve: return size > 1 ? size / 2 : size + 1;
    case Change::lessen: break;
  }
  return size > 1 ? size - 1 : size + 1;
}

ShapeOptions with_change(const ShapedModel& shaped, Change change) {
  ShapeOptions options;
  for (const DimBinding& binding : shaped.bindings) {
    if (binding.origin == BindingOrigin::derived) continue;
    options.dims.emplace_back(binding.name, changed(binding.value, change));
  }
  return options;
}

}  // namespace

std::shared_ptr<const ShapedModel> under_other_sizes(const ShapedModel& shaped) {
  for (const Change change : {Change::grow, Change::grow_more, Change::halve, Change::lessen}) {
    const ShapeOptions options = with_change(shaped, change);
    if (options.dims.empty()) return nullptr;
    auto other = infer_shapes(shaped.model, options);
    if (other && (*other)->scopes.size() == shaped.scopes.size()) return *other;
  }
  return nullptr;
}

}  // namespace costscan::plan
