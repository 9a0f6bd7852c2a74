#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string_view>

#include "measure/roles.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

/// Ops through which an index keeps its meaning.
bool passes_index_on(const Use& use, const Node& node) {
  static constexpr std::string_view first_slot_only[] = {"Cast",      "Reshape", "Unsqueeze", "Squeeze",
                                                         "Identity",  "Expand",  "Slice",     "Flatten",
                                                         "Transpose", "Clip",    "Tile",      "CastLike"};
  static constexpr std::string_view any_slot[] = {"Concat", "Min", "Max"};
  if (!node.domain.empty()) return false;
  if (use.slot == 0 && std::ranges::find(first_slot_only, node.op_type) != std::end(first_slot_only)) return true;
  if (node.op_type == "Where") return use.slot > 0;
  return std::ranges::find(any_slot, node.op_type) != std::end(any_slot);
}

std::optional<std::int64_t> dim_of(const Shape* shape, std::int64_t axis) {
  if (shape == nullptr) return std::nullopt;
  const auto rank = static_cast<std::int64_t>(shape->size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return std::nullopt;
  return (*shape)[static_cast<std::size_t>(axis)];
}

/// How many values an index at this use may take.
std::optional<std::int64_t> bound_at(const UseIndex& uses, const Use& use) {
  const Node& node = uses.node(use);
  const Shape* data = uses.input_shape(use, 0);
  const auto is = [&](std::string_view op, std::int32_t slot) { return use.slot == slot && is_runtime_op(node, op); };
  if (is("Gather", 1) || is("GatherElements", 1) || is("ScatterElements", 1) || is("Scatter", 1) ||
      is("GatherBlockQuantized", 1)) {
    const std::int64_t axis =
        int_attribute(node, is_runtime_op(node, "GatherBlockQuantized") ? "gather_axis" : "axis").value_or(0);
    return dim_of(data, axis);
  }
  if ((is("GatherND", 1) || is("ScatterND", 1)) && data != nullptr && !data->empty()) {
    return *std::ranges::min_element(*data);
  }
  if (is("EmbedLayerNormalization", 0)) return dim_of(uses.input_shape(use, 2), 0);
  if (is("EmbedLayerNormalization", 1)) return dim_of(uses.input_shape(use, 4), 0);
  if (is("EmbedLayerNormalization", 8)) return dim_of(uses.input_shape(use, 3), 0);
  if (is("RotaryEmbedding", 1)) return dim_of(uses.input_shape(use, 2), 0);
  return std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool names(const std::string& name, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

Fill constant(double value) { return {FillKind::constant, value, 0}; }

/// GroupQueryAttention wants the lengths of its sequences in two forms; they must agree with the past's shape.
std::optional<double> sequence_length_input(const UseIndex& uses, ScopedValue input) {
  for (const Use& use : uses.reached(input, passes_index_on)) {
    if (!is_runtime_op(uses.node(use), "GroupQueryAttention") || (use.slot != 5 && use.slot != 6)) continue;
    const auto past = dim_of(uses.input_shape(use, 3), 2).value_or(0);
    const auto sequence = dim_of(uses.input_shape(use, 0), 1).value_or(1);
    const auto total = static_cast<double>(past + sequence);
    return use.slot == 5 ? total - 1 : total;
  }
  return std::nullopt;
}

struct Choice {
  Fill fill;
  std::string note;
};

Choice choose_integers(const UseIndex& uses, ScopedValue input, const std::string& name, const Shape& shape) {
  if (const auto length = sequence_length_input(uses, input)) {
    return {constant(*length), fmt::format("sequence length {}", *length)};
  }
  const std::optional<std::int64_t> bound = index_bound(uses, input);
  if (names(name, {"mask"})) return {constant(1), "mask of ones"};
  if (names(name, {"token_type", "segment"})) return {constant(0), "token types 0"};
  if (names(name, {"position", "pos_id"})) {
    const std::int64_t length = shape.empty() ? 1 : shape.back();
    const std::int64_t last = bound ? std::max<std::int64_t>(*bound - 1, 0) : std::max<std::int64_t>(length - 1, 0);
    return {{FillKind::ramp, 0, static_cast<double>(last)},
            fmt::format("positions 0 to {}", std::min(length - 1, last))};
  }
  if (bound) {
    const std::int64_t last = std::max<std::int64_t>(*bound - 1, 0);
    return {{FillKind::integers, 0, static_cast<double>(last)}, fmt::format("random indices below {}", *bound)};
  }
  return {constant(1), "ones (integers that index nothing)"};
}

Choice choose_floats(const std::string& name, const Shape& shape) {
  if (names(name, {"mask"})) {
    // A mask as a factor is 1 where it lets through; one that is added to attention scores (4-D) is 0 there.
    return shape.size() >= 3 ? Choice{constant(0), "additive mask of zeros"} : Choice{constant(1), "mask of ones"};
  }
  return {{FillKind::normal, 0, 1}, "about N(0, 1)"};
}

/// A value that decides shapes was bound together with the dimensions: it must be fed as that number.
const DimBinding* binding_of(const ShapedModel& shaped, const std::string& name, const Shape& shape) {
  if (shape.size() > 1 || (shape.size() == 1 && shape[0] != 1)) return nullptr;
  const auto found = std::ranges::find(shaped.bindings, name, &DimBinding::name);
  return found == shaped.bindings.end() ? nullptr : &*found;
}

Choice choose(const UseIndex& uses, ScopedValue input, const Value& value, const TensorInfo& info) {
  const std::string name = lower(value.name);
  if (info.dtype == DType::boolean) return {constant(1), "true"};
  if (info.dtype == DType::string) return {constant(0), "empty strings"};
  if (!is_integer(info.dtype)) return choose_floats(name, *info.shape);
  if (const DimBinding* bound = binding_of(uses.shaped(), value.name, *info.shape)) {
    return {constant(static_cast<double>(bound->value)), fmt::format("{} ({})", bound->value, bound->reason)};
  }
  if (info.value && info.value->ints.size() == 1) {
    return {constant(static_cast<double>(info.value->ints[0])), fmt::format("{}, as bound", info.value->ints[0])};
  }
  return choose_integers(uses, input, name, *info.shape);
}

}  // namespace

std::optional<std::int64_t> index_bound(const UseIndex& uses, ScopedValue value) {
  std::optional<std::int64_t> least;
  for (const Use& use : uses.reached(value, passes_index_on)) {
    const Node& node = uses.node(use);
    std::optional<std::int64_t> bound = bound_at(uses, use);
    if (!bound && (is_runtime_op(node, "Add") || is_runtime_op(node, "Sub")) && !node.outputs.empty() &&
        node.outputs[0] != no_value) {
      // An offset in front of the table (positions + past, ids - base): half of the range leaves room for it.
      const auto behind = uses.reached({use.scope, node.outputs[0]}, passes_index_on);
      for (const Use& later : behind) {
        if (const auto found = bound_at(uses, later)) bound = std::max<std::int64_t>(*found / 2, 1);
      }
    }
    if (bound && (!least || *bound < *least)) least = bound;
  }
  return least;
}

Result<std::vector<InputPlan>> plan_inputs(const UseIndex& uses) {
  const Scope& main = uses.shaped().scopes.front();
  std::vector<InputPlan> plans;
  for (const ValueId id : main.graph->inputs) {
    const Value& value = main.graph->values[static_cast<std::size_t>(id)];
    if (value.origin == ValueOrigin::initializer) continue;  // has a default, as files of IR version 3 list it
    const TensorInfo& info = main.tensors[static_cast<std::size_t>(id)];
    const std::string shown = printable(value.name);
    if (info.kind != TypeKind::tensor) {
      return fail(ErrorKind::measurement,
                  fmt::format("input '{}' is not a tensor: no contents can be made for it", shown));
    }
    if (!info.shape) {
      return fail(ErrorKind::measurement, fmt::format("input '{}' has no known shape: give its dims by --dim", shown));
    }
    const Choice choice = choose(uses, {0, id}, value, info);
    plans.push_back({value.name, info.dtype, *info.shape, choice.fill, fmt::format("{}: {}", shown, choice.note)});
  }
  return plans;
}

}  // namespace costscan
