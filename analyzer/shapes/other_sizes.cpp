#include "shapes/other_sizes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "shapes/infer.hpp"

namespace costscan {
namespace {

/// Images lie on a grid of strides and patches; what is smaller is a count of things.
constexpr std::int64_t size_grid = 32;

/// Other sizes that models accept where they accept this one: images on a grid, sequences within a table of positions.
enum class SizeChange { grow, grow_more, halve, lessen };

std::int64_t changed_size(std::int64_t size, SizeChange change) {
  switch (change) {
    case SizeChange::grow: return size >= size_grid ? size + size_grid : size + 1;
    case SizeChange::grow_more: return size >= size_grid ? size + 2 * size_grid : size + 1;
    case SizeChange::halve: return size > 1 ? size / 2 : size + 1;
    case SizeChange::lessen: break;
  }
  return size > 1 ? size - 1 : size + 1;
}

/// By how much the dimensions change: dimension i by (first + i × step) units of its kind.
struct Spread {
  std::int64_t first = 1;
  std::int64_t step = 0;
  bool lessen = false;
};

/// Apart first, so that two dimensions that are equal by chance differ; together where a graph wants them equal.
constexpr std::array spreads{Spread{1, 1}, Spread{2, 3},       Spread{1, 1, true}, Spread{1, 0},
                             Spread{2, 0}, Spread{1, 0, true}, Spread{2, 0, true}};

std::int64_t spread_size(std::int64_t size, std::int64_t index, const Spread& spread) {
  const std::int64_t units = spread.first + index * spread.step;
  if (spread.lessen) return size > units ? size - units : size + units;
  return size >= size_grid ? size + units * size_grid : size + units;
}

using GivenDims = std::vector<std::pair<std::string, std::int64_t>>;

/// Null where the graph contradicts itself under these sizes, or is another graph (a branch taken that was not).
std::shared_ptr<const ShapedModel> try_sizes(const ShapedModel& shaped, GivenDims dims) {
  ShapeOptions options;
  options.dims = std::move(dims);
  auto other = infer_shapes(shaped.model, options);
  return other && (*other)->scopes.size() == shaped.scopes.size() ? *other : nullptr;
}

/// `changed` picks the size of a free dimension by its place among `free`; the others stay as they are bound.
template <class Changed>
std::shared_ptr<const ShapedModel> with_sizes(const ShapedModel& shaped, const std::vector<std::size_t>& free,
                                              Changed changed) {
  GivenDims dims;
  for (std::size_t b = 0; b < shaped.bindings.size(); ++b) {
    const DimBinding& binding = shaped.bindings[b];
    if (binding.origin == BindingOrigin::derived) continue;
    const auto at = std::ranges::find(free, b);
    const auto index = static_cast<std::int64_t>(at - free.begin());
    dims.emplace_back(binding.name, at == free.end() ? binding.value : changed(binding.value, index));
  }
  return try_sizes(shaped, std::move(dims));
}

std::vector<std::size_t> free_bindings(const ShapedModel& shaped, FreeDims which) {
  std::vector<std::size_t> free;
  for (std::size_t b = 0; b < shaped.bindings.size(); ++b) {
    const BindingOrigin origin = shaped.bindings[b].origin;
    if (origin == BindingOrigin::derived) continue;
    if (origin == BindingOrigin::given && which == FreeDims::not_given) continue;
    free.push_back(b);
  }
  return free;
}

/// Under these changes of all of `free` at once, as many as fit.
void add_spread(const ShapedModel& shaped, const std::vector<std::size_t>& free, std::size_t count, OtherSizes& found) {
  for (const Spread& spread : spreads) {
    if (found.models.size() >= count) return;
    auto other = with_sizes(shaped, free,
                            [&](std::int64_t size, std::int64_t index) { return spread_size(size, index, spread); });
    if (other) found.models.push_back(std::move(other));
  }
}

/// The dimensions that can be changed while the others stay. Each costs an inference: none of many.
std::vector<std::size_t> changeable_alone(const ShapedModel& shaped, const std::vector<std::size_t>& free) {
  constexpr std::size_t most_tries = 16;
  std::vector<std::size_t> alone;
  for (std::size_t i = 0; i < std::min(free.size(), most_tries); ++i) {
    for (const Spread& spread : {Spread{1, 0}, Spread{1, 0, true}}) {
      const auto other = with_sizes(
          shaped, {free[i]}, [&](std::int64_t size, std::int64_t index) { return spread_size(size, index, spread); });
      if (!other) continue;
      alone.push_back(free[i]);
      break;
    }
  }
  return alone;
}

}  // namespace

std::shared_ptr<const ShapedModel> under_other_sizes(const ShapedModel& shaped) {
  const std::vector<std::size_t> free = free_bindings(shaped, FreeDims::all);
  if (free.empty()) return nullptr;
  for (const SizeChange change : {SizeChange::grow, SizeChange::grow_more, SizeChange::halve, SizeChange::lessen}) {
    auto other = with_sizes(shaped, free, [&](std::int64_t size, std::int64_t) { return changed_size(size, change); });
    if (other) return other;
  }
  return nullptr;
}

OtherSizes several_other_sizes(const ShapedModel& shaped, std::size_t count, FreeDims which) {
  OtherSizes found;
  const std::vector<std::size_t> free = free_bindings(shaped, which);
  if (!free.empty()) add_spread(shaped, free, count, found);
  found.complete = free.empty() || !found.models.empty();
  if (found.complete) return found;
  // One that the graph fixes after all must not keep the others from being tried.
  constexpr std::size_t most_left_out = 8;
  for (std::size_t i = 0; i < free.size() && free.size() > 1 && free.size() <= most_left_out; ++i) {
    std::vector<std::size_t> rest = free;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    add_spread(shaped, rest, count, found);
    if (!found.models.empty()) return found;
  }
  const std::vector<std::size_t> alone = changeable_alone(shaped, free);
  if (!alone.empty()) add_spread(shaped, alone, count, found);
  found.complete = !found.models.empty() && alone.size() == free.size();
  return found;
}

}  // namespace costscan
