// Contents through reductions, sorting and running sums.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/value_rules.hpp"

namespace costscan {
namespace {

using Outputs = std::span<TensorInfo>;

/// Output element that each input element falls into when `reduced` axes are dropped.
Indices reduction_targets(const Shape& dims, const std::vector<bool>& reduced) {
  Shape kept;
  for (std::size_t i = 0; i < dims.size(); ++i) kept.push_back(reduced[i] ? 1 : dims[i]);
  const Indices strides = strides_of(kept);
  Indices out;
  for_each_element(dims, [&](std::int64_t, const Indices& at) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < at.size(); ++i) flat += reduced[i] ? 0 : at[i] * strides[i];
    out.push_back(flat);
  });
  return out;
}

std::optional<std::vector<bool>> reduced_axes(const NodeInputs& node, std::size_t rank) {
  bool absent = false;
  const auto axes = ints_operand(node, 1, "axes", &absent);
  if (!axes) return std::nullopt;
  std::vector<bool> reduced(rank, axes->empty());
  for (const std::int64_t axis : *axes) {
    const auto at = normal_axis(axis, rank);
    if (!at) return std::nullopt;
    reduced[*at] = true;
  }
  return reduced;
}

double combine(std::string_view op, double total, double x) {
  if (op == "ReduceProd") return total * x;
  if (op == "ReduceMax") return std::max(total, x);
  if (op == "ReduceMin") return std::min(total, x);
  return total + x;
}

/// Wraps on overflow, as the runtime does.
std::int64_t combine(std::string_view op, std::int64_t total, std::int64_t x) {
  std::int64_t out = 0;
  if (op == "ReduceMax") return std::max(total, x);
  if (op == "ReduceMin") return std::min(total, x);
  if (op == "ReduceProd") {
    static_cast<void>(__builtin_mul_overflow(total, x, &out));
  } else {
    static_cast<void>(__builtin_add_overflow(total, x, &out));
  }
  return out;
}

template <class T>
bool reduce_into(std::string_view op, const std::vector<T>& in, const Indices& targets, std::vector<T>& out) {
  std::vector<bool> started(out.size(), false);
  std::vector<std::int64_t> counts(out.size(), 0);
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto at = static_cast<std::size_t>(targets[i]);
    if (at >= out.size()) return false;
    out[at] = started[at] ? combine(op, out[at], in[i]) : in[i];
    started[at] = true;
    ++counts[at];
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (!started[i]) {
      if (op != "ReduceSum" && op != "ReduceProd") return false;
      out[i] = op == "ReduceProd" ? T{1} : T{0};
    } else if (op == "ReduceMean") {
      out[i] = out[i] / static_cast<T>(counts[i]);
    }
  }
  return true;
}

void reduce(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr || !outputs[0].shape || in->dtype == DType::string) return;
  if (int_attribute(node.node, "noop_with_empty_axes").value_or(0) != 0 && node.input(1) == nullptr) {
    outputs[0].value = node.input(0)->value;
    return;
  }
  const auto reduced = reduced_axes(node, in->dims.size());
  if (!reduced) return;
  const Indices targets = reduction_targets(in->dims, *reduced);
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = *outputs[0].shape;
  const auto count = static_cast<std::size_t>(count_of(out->dims));
  if (holds_ints(in->dtype)) {
    out->ints.resize(count);
    if (!reduce_into(node.node.op_type, in->ints, targets, out->ints)) return;
  } else {
    out->floats.resize(count);
    if (!reduce_into(node.node.op_type, in->floats, targets, out->floats)) return;
    for (double& x : out->floats) x = rounded_to(out->dtype, x);
  }
  outputs[0].value = std::move(out);
}

/// Elements along one axis: where each line starts, and the step between its elements.
struct Lines {
  Indices starts;
  std::int64_t step = 1;
  std::int64_t length = 0;
};

std::optional<Lines> lines_along(const Shape& dims, std::int64_t axis) {
  const auto at_axis = normal_axis(axis, dims.size());
  if (!at_axis) return std::nullopt;
  Lines out;
  out.step = strides_of(dims)[*at_axis];
  out.length = dims[*at_axis];
  for_each_element(dims, [&](std::int64_t flat, const Indices& at) {
    if (at[*at_axis] == 0) out.starts.push_back(flat);
  });
  return out;
}

bool less_at(const KnownValue& value, std::int64_t a, std::int64_t b) {
  const auto left = static_cast<std::size_t>(a);
  const auto right = static_cast<std::size_t>(b);
  return holds_ints(value.dtype) ? value.ints[left] < value.ints[right] : value.floats[left] < value.floats[right];
}

void arg_extreme(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr || !outputs[0].shape || in->dtype == DType::string) return;
  const auto lines = lines_along(in->dims, int_attribute(node.node, "axis").value_or(0));
  if (!lines || lines->length == 0) return;
  const bool largest = node.node.op_type == "ArgMax";
  const bool last = int_attribute(node.node, "select_last_index").value_or(0) != 0;
  std::vector<std::int64_t> out;
  for (const std::int64_t start : lines->starts) {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < lines->length; ++i) {
      const std::int64_t here = start + i * lines->step;
      const std::int64_t there = start + best * lines->step;
      const bool better = largest ? less_at(*in, there, here) : less_at(*in, here, there);
      const bool worse = largest ? less_at(*in, here, there) : less_at(*in, there, here);
      if (better || (last && !worse)) best = i;
    }
    out.push_back(best);
  }
  outputs[0].value = known_ints(DType::int64, *outputs[0].shape, std::move(out));
}

void cum_sum(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  const auto axis = scalar_int(node.contents(1));
  if (in == nullptr || !axis || in->dtype == DType::string) return;
  const auto lines = lines_along(in->dims, *axis);
  if (!lines) return;
  const bool exclusive = int_attribute(node.node, "exclusive").value_or(0) != 0;
  const bool reverse = int_attribute(node.node, "reverse").value_or(0) != 0;
  auto out = std::make_shared<KnownValue>(*in);
  for (const std::int64_t start : lines->starts) {
    std::int64_t int_total = 0;  // wraps on overflow
    double float_total = 0;
    for (std::int64_t i = 0; i < lines->length; ++i) {
      const std::int64_t place = reverse ? lines->length - 1 - i : i;
      const auto at = static_cast<std::size_t>(start + place * lines->step);
      if (holds_ints(in->dtype)) {
        const std::int64_t next = combine("ReduceSum", int_total, in->ints[at]);
        out->ints[at] = exclusive ? int_total : next;
        int_total = next;
      } else {
        out->floats[at] = rounded_to(out->dtype, exclusive ? float_total : float_total + in->floats[at]);
        float_total += in->floats[at];
      }
    }
  }
  outputs[0].value = std::move(out);
}

void top_k(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr || !outputs[0].shape || in->dtype == DType::string || in->dims.empty()) return;
  const std::int64_t axis = int_attribute(node.node, "axis").value_or(-1);
  const auto lines = lines_along(in->dims, axis);
  const auto kept = lines_along(*outputs[0].shape, axis);
  if (!lines || !kept || kept->starts.size() != lines->starts.size() || kept->length > lines->length) return;
  const bool largest = int_attribute(node.node, "largest").value_or(1) != 0;
  Indices picked(static_cast<std::size_t>(count_of(*outputs[0].shape)));
  std::vector<std::int64_t> places(picked.size());
  for (std::size_t line = 0; line < lines->starts.size(); ++line) {
    Indices order(static_cast<std::size_t>(lines->length));
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      const std::int64_t left = lines->starts[line] + a * lines->step;
      const std::int64_t right = lines->starts[line] + b * lines->step;
      if (largest ? less_at(*in, right, left) : less_at(*in, left, right)) return true;
      const bool after = largest ? less_at(*in, left, right) : less_at(*in, right, left);
      return !after && a < b;  // equal elements keep their order
    });
    for (std::int64_t i = 0; i < kept->length; ++i) {
      const auto to = static_cast<std::size_t>(kept->starts[line] + i * kept->step);
      places[to] = order[static_cast<std::size_t>(i)];
      picked[to] = lines->starts[line] + places[to] * lines->step;
    }
  }
  outputs[0].value = pick(*in, picked, outputs[0].dtype, *outputs[0].shape);
  if (outputs.size() > 1 && outputs[1].shape) {
    outputs[1].value = known_ints(DType::int64, *outputs[1].shape, std::move(places));
  }
}

}  // namespace

ValueRule reduce_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, ValueRule> table{
      {"ReduceSum", reduce},   {"ReduceProd", reduce}, {"ReduceMax", reduce},
      {"ReduceMin", reduce},   {"ReduceMean", reduce}, {"ArgMax", arg_extreme},
      {"ArgMin", arg_extreme}, {"CumSum", cum_sum},    {"TopK", top_k},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace costscan
