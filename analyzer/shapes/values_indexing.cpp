// Contents through operators that pick or place elements by index.
#include <algorithm>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/value_rules.hpp"

namespace costscan {
namespace {

using Outputs = std::span<TensorInfo>;

std::int64_t wrap(std::int64_t index, std::int64_t size) { return index < 0 ? index + size : index; }

/// An index outside its axis: `pick` refuses it, so that the contents stay unknown.
constexpr std::int64_t outside = -1;

/// Operands of the wrong type come from files that nobody checked.
bool holds_indices(const KnownValue* value) { return value != nullptr && holds_ints(value->dtype); }

std::int64_t checked_index(std::int64_t index, std::int64_t size) {
  const std::int64_t out = wrap(index, size);
  return out >= 0 && out < size ? out : outside;
}

void gather(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  const KnownValue* where = node.contents(1);
  if (data == nullptr || !holds_indices(where) || !outputs[0].shape) return;
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), data->dims.size());
  if (!axis) return;
  const Indices strides = strides_of(data->dims);
  const Indices where_strides = strides_of(where->dims);
  const std::size_t where_rank = where->dims.size();
  Indices indices;
  for_each_element(*outputs[0].shape, [&](std::int64_t, const Indices& at) {
    std::int64_t which = 0;
    for (std::size_t i = 0; i < where_rank; ++i) which += at[*axis + i] * where_strides[i];
    const std::int64_t picked = checked_index(where->ints[static_cast<std::size_t>(which)], data->dims[*axis]);
    std::int64_t flat = picked * strides[*axis];
    for (std::size_t i = 0; i < data->dims.size(); ++i) {
      if (i != *axis) flat += at[i < *axis ? i : i - 1 + where_rank] * strides[i];
    }
    indices.push_back(picked == outside ? outside : flat);
  });
  outputs[0].value = pick(*data, indices, outputs[0].dtype, *outputs[0].shape);
}

void gather_elements(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  const KnownValue* where = node.contents(1);
  if (data == nullptr || !holds_indices(where) || where->dims.size() != data->dims.size()) return;
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), data->dims.size());
  if (!axis) return;
  const Indices strides = strides_of(data->dims);
  Indices indices;
  for_each_element(where->dims, [&](std::int64_t flat_where, const Indices& at) {
    const std::int64_t picked = checked_index(where->ints[static_cast<std::size_t>(flat_where)], data->dims[*axis]);
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < at.size(); ++i) flat += (i == *axis ? picked : at[i]) * strides[i];
    indices.push_back(picked == outside ? outside : flat);
  });
  outputs[0].value = pick(*data, indices, outputs[0].dtype, where->dims);
}

/// Flat start of the slice that the last dimension of `where` names in `dims`, after `batch` leading dimensions.
std::int64_t slice_start(const KnownValue& where, std::int64_t row, std::int64_t width, const Shape& dims,
                         const Indices& strides, std::size_t batch) {
  std::int64_t flat = 0;
  for (std::int64_t i = 0; i < width; ++i) {
    const std::size_t axis = batch + static_cast<std::size_t>(i);
    const std::int64_t picked = checked_index(where.ints[static_cast<std::size_t>(row * width + i)], dims[axis]);
    if (picked == outside) return outside;
    flat += picked * strides[axis];
  }
  return flat;
}

void gather_nd(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  const KnownValue* where = node.contents(1);
  if (data == nullptr || !holds_indices(where) || where->dims.empty() || !outputs[0].shape) return;
  if (int_attribute(node.node, "batch_dims").value_or(0) != 0) return;
  const std::int64_t width = where->dims.back();
  if (width < 1 || width > static_cast<std::int64_t>(data->dims.size())) return;
  const Indices strides = strides_of(data->dims);
  const std::int64_t length = strides[static_cast<std::size_t>(width - 1)];
  Indices indices;
  for (std::int64_t row = 0; row < size_of(*where) / width; ++row) {
    const std::int64_t start = slice_start(*where, row, width, data->dims, strides, 0);
    for (std::int64_t i = 0; i < length; ++i) indices.push_back(start == outside ? outside : start + i);
  }
  outputs[0].value = pick(*data, indices, outputs[0].dtype, *outputs[0].shape);
}

Indices identity_indices(std::int64_t count) {
  Indices out(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = i;
  return out;
}

bool overwrites(const Node& node) {
  const std::string* reduction = string_attribute(node, "reduction");
  return reduction == nullptr || *reduction == "none";
}

void scatter_nd(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  const KnownValue* where = node.contents(1);
  const KnownValue* updates = node.contents(2);
  if (data == nullptr || !holds_indices(where) || updates == nullptr || where->dims.empty()) return;
  if (!overwrites(node.node)) return;
  const std::int64_t width = where->dims.back();
  if (width < 1 || width > static_cast<std::int64_t>(data->dims.size())) return;
  const Indices strides = strides_of(data->dims);
  const std::int64_t length = strides[static_cast<std::size_t>(width - 1)];
  Indices indices = identity_indices(size_of(*data));
  for (std::int64_t row = 0; row < size_of(*where) / width; ++row) {
    const std::int64_t start = slice_start(*where, row, width, data->dims, strides, 0);
    if (start == outside) return;
    for (std::int64_t i = 0; i < length; ++i) {
      indices[static_cast<std::size_t>(start + i)] = size_of(*data) + row * length + i;
    }
  }
  const KnownValue* const pool[] = {data, updates};
  outputs[0].value = pick(pool, indices, outputs[0].dtype, data->dims);
}

void scatter_elements(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  const KnownValue* where = node.contents(1);
  const KnownValue* updates = node.contents(2);
  if (data == nullptr || !holds_indices(where) || updates == nullptr || !overwrites(node.node)) return;
  if (where->dims.size() != data->dims.size()) return;
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), data->dims.size());
  if (!axis) return;
  const Indices strides = strides_of(data->dims);
  Indices indices = identity_indices(size_of(*data));
  bool inside = true;
  for_each_element(where->dims, [&](std::int64_t flat_where, const Indices& at) {
    const std::int64_t picked = checked_index(where->ints[static_cast<std::size_t>(flat_where)], data->dims[*axis]);
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < at.size(); ++i) flat += (i == *axis ? picked : at[i]) * strides[i];
    inside = inside && picked != outside && flat < size_of(*data);
    if (inside) indices[static_cast<std::size_t>(flat)] = size_of(*data) + flat_where;
  });
  const KnownValue* const pool[] = {data, updates};
  if (inside) outputs[0].value = pick(pool, indices, outputs[0].dtype, data->dims);
}

void slice(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  if (data == nullptr || !outputs[0].shape || outputs[0].shape->size() != data->dims.size()) return;
  bool absent = false;
  const auto starts = ints_operand(node, 1, "starts", &absent);
  auto axes = ints_operand(node, 3, "axes", &absent);
  if (!starts || !axes) return;
  if (absent) *axes = identity_indices(static_cast<std::int64_t>(starts->size()));
  auto steps = ints_operand(node, 4, "steps", &absent);
  if (!steps) return;
  if (absent) steps->assign(starts->size(), 1);
  if (axes->size() != starts->size() || steps->size() != starts->size()) return;
  Indices begin(data->dims.size(), 0);
  Indices step(data->dims.size(), 1);
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis = normal_axis((*axes)[i], data->dims.size());
    if (!axis) return;
    const std::int64_t dim = data->dims[*axis];
    step[*axis] = (*steps)[i];
    begin[*axis] = step[*axis] > 0 ? std::clamp(wrap((*starts)[i], dim), std::int64_t{0}, dim)
                                   : std::clamp(wrap((*starts)[i], dim), std::int64_t{-1}, dim - 1);
  }
  const Indices strides = strides_of(data->dims);
  Indices indices;
  for_each_element(*outputs[0].shape, [&](std::int64_t, const Indices& at) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < at.size(); ++i) flat += (begin[i] + at[i] * step[i]) * strides[i];
    indices.push_back(flat);
  });
  outputs[0].value = pick(*data, indices, outputs[0].dtype, *outputs[0].shape);
}

/// Constant padding of the whole tensor; other modes and partial axes stay unknown.
void pad(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  if (data == nullptr || !outputs[0].shape || node.input(3) != nullptr) return;
  const std::string* mode = string_attribute(node.node, "mode");
  if (mode != nullptr && *mode != "constant") return;
  bool absent = false;
  const auto pads = ints_operand(node, 1, "pads", &absent);
  const std::size_t rank = data->dims.size();
  if (!pads || pads->size() != 2 * rank || outputs[0].shape->size() != rank) return;
  KnownValue fill;
  fill.dtype = data->dtype;
  fill.ints.assign(holds_ints(data->dtype) ? 1 : 0, 0);
  fill.floats.assign(holds_ints(data->dtype) ? 0 : 1, 0.0);
  if (node.input(2) != nullptr) {
    if (node.contents(2) == nullptr) return;
    fill = *node.contents(2);
  } else if (const auto value = float_attribute(node.node, "value"); value && !fill.floats.empty()) {
    fill.floats[0] = static_cast<double>(*value);
  }
  const Indices strides = strides_of(data->dims);
  Indices indices;
  for_each_element(*outputs[0].shape, [&](std::int64_t, const Indices& at) {
    std::int64_t flat = 0;
    bool inside = true;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::int64_t from = at[i] - (*pads)[i];
      inside = inside && from >= 0 && from < data->dims[i];
      flat += from * strides[i];
    }
    indices.push_back(inside ? flat : size_of(*data));
  });
  const KnownValue* const pool[] = {data, &fill};
  outputs[0].value = pick(pool, indices, outputs[0].dtype, *outputs[0].shape);
}

void trilu(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  if (data == nullptr || data->dims.size() < 2) return;
  if (node.input(1) != nullptr && !scalar_int(node.contents(1))) return;
  const std::int64_t diagonal = scalar_int(node.contents(1)).value_or(0);
  const bool upper = int_attribute(node.node, "upper").value_or(1) != 0;
  KnownValue zero;
  zero.dtype = data->dtype;
  zero.ints.assign(holds_ints(data->dtype) ? 1 : 0, 0);
  zero.floats.assign(holds_ints(data->dtype) ? 0 : 1, 0.0);
  Indices indices;
  for_each_element(data->dims, [&](std::int64_t flat, const Indices& at) {
    const std::int64_t offset = at[at.size() - 1] - at[at.size() - 2];
    const bool keep = upper ? offset >= diagonal : offset <= diagonal;
    indices.push_back(keep ? flat : size_of(*data));
  });
  const KnownValue* const pool[] = {data, &zero};
  outputs[0].value = pick(pool, indices, outputs[0].dtype, data->dims);
}

/// The shape itself follows from the contents, so it is set here too.
void non_zero(const NodeInputs& node, Outputs outputs) {
  const KnownValue* data = node.contents(0);
  if (data == nullptr || node.input(0)->value_is_bound) return;
  std::vector<Indices> found;
  for_each_element(data->dims, [&](std::int64_t flat, const Indices& at) {
    const auto i = static_cast<std::size_t>(flat);
    const bool hit = holds_ints(data->dtype) ? data->ints[i] != 0 : (i < data->floats.size() && data->floats[i] != 0.0);
    if (hit) found.push_back(at);
  });
  std::vector<std::int64_t> out;
  for (std::size_t axis = 0; axis < data->dims.size(); ++axis) {
    for (const Indices& at : found) out.push_back(at[axis]);
  }
  outputs[0].shape = Shape{static_cast<std::int64_t>(data->dims.size()), static_cast<std::int64_t>(found.size())};
  outputs[0].data_dependent = false;
  outputs[0].value = known_ints(DType::int64, *outputs[0].shape, std::move(out));
}

}  // namespace

ValueRule indexing_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, ValueRule> table{
      {"Gather", gather},
      {"GatherElements", gather_elements},
      {"GatherND", gather_nd},
      {"ScatterND", scatter_nd},
      {"ScatterElements", scatter_elements},
      {"Scatter", scatter_elements},
      {"Slice", slice},
      {"Pad", pad},
      {"Trilu", trilu},
      {"NonZero", non_zero},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace costscan
