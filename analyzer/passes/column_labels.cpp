#include "passes/column_labels.hpp"

#include <set>
#include <utility>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

std::vector<std::size_t> strides_of(const Shape& dims) {
  std::vector<std::size_t> strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i > 1; --i) strides[i - 2] = strides[i - 1] * static_cast<std::size_t>(dims[i - 1]);
  return strides;
}

ColumnLabels transposed(const ColumnLabels& from, const std::vector<std::int64_t>& perm) {
  ColumnLabels to;
  for (const std::int64_t axis : perm) to.dims.push_back(from.dims[static_cast<std::size_t>(axis)]);
  to.column.resize(from.column.size());
  const auto strides = strides_of(from.dims);
  std::vector<std::int64_t> index(perm.size(), 0);
  std::size_t source = 0;
  for (std::int32_t& label : to.column) {
    label = from.column[source];
    for (std::size_t i = perm.size(); i > 0; --i) {
      const std::size_t stride = strides[static_cast<std::size_t>(perm[i - 1])];
      source += stride;
      if (++index[i - 1] < to.dims[i - 1]) break;
      source -= stride * static_cast<std::size_t>(to.dims[i - 1]);
      index[i - 1] = 0;
    }
  }
  return to;
}

}  // namespace

std::optional<ColumnLabels> column_labels(const Shape& dims) {
  constexpr std::int64_t most = std::int64_t{4} << 20;
  const auto count = element_count(std::span<const std::int64_t>(dims));
  if (dims.empty() || !count || *count > most) return std::nullopt;
  ColumnLabels labels{dims, std::vector<std::int32_t>(static_cast<std::size_t>(*count))};
  for (std::size_t i = 0; i < labels.column.size(); ++i) {
    labels.column[i] = static_cast<std::int32_t>(i % static_cast<std::size_t>(dims.back()));
  }
  return labels;
}

std::optional<ColumnLabels> moved_labels(const GraphView& view, ColumnLabels labels,
                                         std::span<const std::int32_t> nodes, std::size_t binding) {
  for (const std::int32_t node : nodes) {
    const auto shapes = view.shapes_by_binding(view.output(node, 0));
    if (binding >= shapes.size()) return std::nullopt;
    const Shape& dims = shapes[binding];
    if (is_op(view.node(node), "Transpose")) {
      std::vector<std::int64_t> perm;
      if (const auto* listed = ints_attribute(view.node(node), "perm")) perm = *listed;
      for (std::size_t i = dims.size(); perm.size() < dims.size(); --i)
        perm.push_back(static_cast<std::int64_t>(i) - 1);
      if (perm.size() != labels.dims.size()) return std::nullopt;
      labels = transposed(labels, perm);
    }
    const auto count = element_count(std::span<const std::int64_t>(dims));
    if (!count || static_cast<std::size_t>(*count) != labels.column.size()) return std::nullopt;
    labels.dims = dims;
  }
  return labels;
}

bool constant_along(const ColumnLabels& labels, std::size_t from_end) {
  if (from_end == 0 || from_end > labels.dims.size()) return false;
  const std::size_t axis = labels.dims.size() - from_end;
  const std::size_t stride = strides_of(labels.dims)[axis];
  const auto length = static_cast<std::size_t>(labels.dims[axis]);
  for (std::size_t i = 0; i < labels.column.size(); ++i) {
    const std::size_t position = (i / stride) % length;
    if (labels.column[i] != labels.column[i - position * stride]) return false;
  }
  return true;
}

PartedLabels parted_labels(const ColumnLabels& labels, std::size_t axis, std::int64_t begin, std::int64_t length) {
  const std::size_t stride = strides_of(labels.dims)[axis];
  const auto whole = static_cast<std::size_t>(labels.dims[axis]);
  std::set<std::int32_t> inside;
  std::set<std::int32_t> outside;
  for (std::size_t i = 0; i < labels.column.size(); ++i) {
    const auto at = static_cast<std::int64_t>((i / stride) % whole);
    (at >= begin && at < begin + length ? inside : outside).insert(labels.column[i]);
  }
  return {{inside.begin(), inside.end()}, {outside.begin(), outside.end()}};
}

}  // namespace costscan
