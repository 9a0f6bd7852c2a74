#include "forensics/shape_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace costscan::forensics {
namespace {

bool keeps_long_axes(const Shape& shape, const Permutation& perm) {
  if (shape.size() != perm.size()) return false;
  std::int64_t last = -1;
  for (const std::int64_t axis : perm) {
    if (shape[static_cast<std::size_t>(axis)] == 1) continue;
    if (axis < last) return false;
    last = axis;
  }
  return true;
}

}  // namespace

std::optional<Permutation> permutation(const GraphView& view, std::int32_t transpose) {
  const std::int64_t rank = view.rank(view.input(transpose, 0));
  if (const auto* stated = ints_attribute(view.node(transpose), "perm")) {
    Permutation sorted = *stated;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (sorted[i] != static_cast<std::int64_t>(i)) return std::nullopt;
    }
    return *stated;
  }
  if (rank < 0) return std::nullopt;
  Permutation reversed;
  for (std::int64_t axis = rank - 1; axis >= 0; --axis) reversed.push_back(axis);
  return reversed;
}

bool is_identity(const Permutation& perm) noexcept {
  for (std::size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

std::optional<Permutation> composed(const Permutation& first, const Permutation& second) {
  if (first.size() != second.size()) return std::nullopt;
  Permutation out;
  for (const std::int64_t axis : second) out.push_back(first[static_cast<std::size_t>(axis)]);
  return out;
}

std::string perm_text(const Permutation& perm) {
  std::string out;
  for (const std::int64_t axis : perm) out += (out.empty() ? "" : ",") + std::to_string(axis);
  return out;
}

std::string number_text(double value) {
  constexpr int digits = 4;
  std::array<char, 32> text{};
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits);
  return error == std::errc{} ? std::string(text.data(), end) : std::string();
}

Holds moves_only_size1(const GraphView& view, ValueId value, const Permutation& perm) {
  const Shape* bound = view.shape(value);
  if (bound == nullptr || view.info(value).data_dependent || !keeps_long_axes(*bound, perm)) return Holds::no;
  const auto shapes = view.shapes_by_binding(value);
  const bool always = view.complete() && !shapes.empty() &&
                      std::ranges::all_of(shapes, [&](const Shape& shape) { return keeps_long_axes(shape, perm); });
  return always ? Holds::every_binding : Holds::this_binding;
}

std::optional<Shape> broadcast_shape(std::span<const Shape> shapes) {
  Shape out;
  for (const Shape& shape : shapes) {
    if (shape.size() > out.size()) out.insert(out.begin(), shape.size() - out.size(), 1);
    const std::size_t offset = out.size() - shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      std::int64_t& extent = out[offset + i];
      if (extent != shape[i] && extent != 1 && shape[i] != 1) return std::nullopt;
      if (extent == 1) extent = shape[i];
    }
  }
  return out;
}

const Shape* shape_in(const GraphView& view, ValueId value, std::size_t binding) noexcept {
  if (value == no_value) return nullptr;
  const ShapedModel& shaped = binding == 0 ? view.shaped() : *view.others()[binding - 1];
  const TensorInfo& info = shaped.scopes.front().tensors[static_cast<std::size_t>(value)];
  return info.shape && !info.data_dependent ? &*info.shape : nullptr;
}

std::optional<std::vector<std::int64_t>> bound_integers(const GraphView& view, ValueId value) {
  if (value == no_value) return std::nullopt;
  if (auto stated = view.ints(value)) return stated;
  const TensorInfo& info = view.info(value);
  if (!info.value || info.value_is_bound || is_floating(info.value->dtype) || !info.value->strings.empty()) {
    return std::nullopt;
  }
  return info.value->ints;
}

}  // namespace costscan::forensics
