// Contents through operators that make or rearrange small tensors without computing.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/value_rules.hpp"

namespace costscan {
namespace {

using Outputs = std::span<TensorInfo>;

/// Same elements in the same order under the output's shape.
void reshaped(const NodeInputs& node, Outputs outputs) {
  const KnownValue* source = node.contents(0);
  if (source == nullptr || !outputs[0].shape) return;
  if (source->dims == *outputs[0].shape) {
    outputs[0].value = node.input(0)->value;
    return;
  }
  auto out = std::make_shared<KnownValue>(*source);
  out->dims = *outputs[0].shape;
  outputs[0].value = std::move(out);
}

void shape_of(const NodeInputs& node, Outputs outputs) {
  const TensorInfo* input = node.input(0);
  if (input == nullptr || !input->shape) return;
  const auto rank = static_cast<std::int64_t>(input->shape->size());
  const auto clamp = [rank](std::int64_t at) { return std::clamp(at < 0 ? at + rank : at, std::int64_t{0}, rank); };
  const std::int64_t start = clamp(int_attribute(node.node, "start").value_or(0));
  const std::int64_t end = clamp(int_attribute(node.node, "end").value_or(rank));
  Shape dims;
  if (start < end) dims.assign(input->shape->begin() + start, input->shape->begin() + end);
  const Shape length{static_cast<std::int64_t>(dims.size())};
  outputs[0].value = known_ints(DType::int64, length, std::move(dims));
}

void size(const NodeInputs& node, Outputs outputs) {
  const TensorInfo* input = node.input(0);
  if (input == nullptr || !input->shape) return;
  std::int64_t count = 1;
  for (const std::int64_t dim : *input->shape) {
    if (__builtin_mul_overflow(count, dim, &count)) return;
  }
  outputs[0].value = known_ints(DType::int64, {}, {count});
}

void constant_of_shape(const NodeInputs& node, Outputs outputs) {
  if (!outputs[0].shape) return;
  const auto count = static_cast<std::size_t>(count_of(*outputs[0].shape));
  const Attribute* attribute = find_attribute(node.node, "value");
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = *outputs[0].shape;
  if (attribute == nullptr) {
    out->floats.assign(count, 0.0);
  } else {
    const auto* tensor = std::get_if<Tensor>(&attribute->value);
    const KnownPtr fill = tensor != nullptr ? known_value(*tensor) : nullptr;
    if (fill == nullptr || size_of(*fill) != 1) return;
    if (holds_ints(out->dtype)) {
      out->ints.assign(count, fill->ints[0]);
    } else if (!fill->floats.empty()) {
      out->floats.assign(count, fill->floats[0]);
    } else {
      return;
    }
  }
  outputs[0].value = std::move(out);
}

void transpose(const NodeInputs& node, Outputs outputs) {
  const KnownValue* source = node.contents(0);
  if (source == nullptr || !outputs[0].shape) return;
  const std::size_t rank = source->dims.size();
  Indices order(rank);
  std::iota(order.rbegin(), order.rend(), 0);
  if (const auto* perm = ints_attribute(node.node, "perm")) order = *perm;
  if (order.size() != rank || outputs[0].shape->size() != rank) return;
  if (std::any_of(order.begin(), order.end(),
                  [&](std::int64_t axis) { return !normal_axis(axis, rank) || axis < 0; })) {
    return;
  }
  const Indices strides = strides_of(source->dims);
  Indices indices;
  for_each_element(*outputs[0].shape, [&](std::int64_t, const Indices& at) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < rank; ++i) flat += at[i] * strides[static_cast<std::size_t>(order[i])];
    indices.push_back(flat);
  });
  outputs[0].value = pick(*source, indices, outputs[0].dtype, *outputs[0].shape);
}

void concat(const NodeInputs& node, Outputs outputs) {
  if (!outputs[0].shape || node.inputs.empty()) return;
  const Shape& dims = *outputs[0].shape;
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(node.version < 4 ? 1 : 0), dims.size());
  if (!axis) return;
  std::vector<const KnownValue*> pool;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.contents(i) == nullptr || node.contents(i)->dims.size() != dims.size()) return;
    pool.push_back(node.contents(i));
  }
  const std::int64_t outer = std::accumulate(dims.begin(), dims.begin() + static_cast<std::ptrdiff_t>(*axis),
                                             std::int64_t{1}, std::multiplies<>());
  Indices indices;
  for (std::int64_t row = 0; row < outer; ++row) {
    std::int64_t base = 0;
    for (const KnownValue* part : pool) {
      const std::int64_t length = outer == 0 ? 0 : size_of(*part) / outer;
      for (std::int64_t i = 0; i < length; ++i) indices.push_back(base + row * length + i);
      base += size_of(*part);
    }
  }
  outputs[0].value = pick(pool, indices, outputs[0].dtype, dims);
}

void split(const NodeInputs& node, Outputs outputs) {
  const KnownValue* source = node.contents(0);
  if (source == nullptr) return;
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), source->dims.size());
  if (!axis) return;
  const Indices strides = strides_of(source->dims);
  std::int64_t start = 0;
  for (TensorInfo& output : outputs) {
    if (!output.shape || output.shape->size() != source->dims.size()) return;
    Indices indices;
    for_each_element(*output.shape, [&](std::int64_t, const Indices& at) {
      std::int64_t flat = start * strides[*axis];
      for (std::size_t i = 0; i < at.size(); ++i) flat += at[i] * strides[i];
      indices.push_back(flat);
    });
    output.value = pick(*source, indices, output.dtype, *output.shape);
    start += (*output.shape)[*axis];
  }
}

void expand(const NodeInputs& node, Outputs outputs) {
  const KnownValue* source = node.contents(0);
  if (source == nullptr || !outputs[0].shape) return;
  const auto indices = broadcast_indices(source->dims, *outputs[0].shape);
  if (indices) outputs[0].value = pick(*source, *indices, outputs[0].dtype, *outputs[0].shape);
}

void tile(const NodeInputs& node, Outputs outputs) {
  const KnownValue* source = node.contents(0);
  if (source == nullptr || !outputs[0].shape || outputs[0].shape->size() != source->dims.size()) return;
  const Indices strides = strides_of(source->dims);
  Indices indices;
  for_each_element(*outputs[0].shape, [&](std::int64_t, const Indices& at) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < at.size(); ++i) flat += (at[i] % source->dims[i]) * strides[i];
    indices.push_back(flat);
  });
  outputs[0].value = pick(*source, indices, outputs[0].dtype, *outputs[0].shape);
}

void range(const NodeInputs& node, Outputs outputs) {
  const KnownValue* start = node.contents(0);
  const KnownValue* delta = node.contents(2);
  if (start == nullptr || delta == nullptr || !outputs[0].shape || outputs[0].shape->size() != 1) return;
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = *outputs[0].shape;
  for (std::int64_t i = 0; i < out->dims[0]; ++i) {
    if (holds_ints(out->dtype)) {
      if (start->ints.empty() || delta->ints.empty()) return;
      std::int64_t term = 0;
      if (__builtin_mul_overflow(i, delta->ints[0], &term) || __builtin_add_overflow(start->ints[0], term, &term))
        return;
      out->ints.push_back(term);
    } else {
      if (start->floats.empty() || delta->floats.empty()) return;
      out->floats.push_back(rounded_to(out->dtype, start->floats[0] + static_cast<double>(i) * delta->floats[0]));
    }
  }
  outputs[0].value = std::move(out);
}

void eye_like(const NodeInputs& node, Outputs outputs) {
  if (!outputs[0].shape || outputs[0].shape->size() != 2) return;
  const std::int64_t diagonal = int_attribute(node.node, "k").value_or(0);
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = *outputs[0].shape;
  for_each_element(out->dims, [&](std::int64_t, const Indices& at) {
    const bool one = at[1] - at[0] == diagonal;
    if (holds_ints(out->dtype)) {
      out->ints.push_back(one ? 1 : 0);
    } else {
      out->floats.push_back(one ? 1.0 : 0.0);
    }
  });
  outputs[0].value = std::move(out);
}

}  // namespace

ValueRule movement_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, ValueRule> table{
      {"Identity", reshaped},   {"Reshape", reshaped},   {"Flatten", reshaped},
      {"Squeeze", reshaped},    {"Unsqueeze", reshaped}, {"Dropout", reshaped},
      {"Shape", shape_of},      {"Size", size},          {"ConstantOfShape", constant_of_shape},
      {"Transpose", transpose}, {"Concat", concat},      {"Split", split},
      {"Expand", expand},       {"Tile", tile},          {"Range", range},
      {"EyeLike", eye_like},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace costscan
