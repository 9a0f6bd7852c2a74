#include "patterns/trace.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

constexpr std::string_view microsoft = "com.microsoft";

constexpr std::array<std::string_view, 4> view_ops{"Reshape", "Flatten", "Squeeze", "Unsqueeze"};

/// Ops that a head's projection may pass through, by the operands that are its data.
constexpr std::array<std::string_view, 27> first_operand{"Transpose",
                                                         "Expand",
                                                         "Tile",
                                                         "Slice",
                                                         "Split",
                                                         "Gather",
                                                         "Neg",
                                                         "Cast",
                                                         "CastLike",
                                                         "Pow",
                                                         "Sqrt",
                                                         "Reciprocal",
                                                         "ReduceMean",
                                                         "ReduceSum",
                                                         "ReduceL2",
                                                         "Clip",
                                                         "Pad",
                                                         "LayerNormalization",
                                                         "RMSNormalization",
                                                         "LpNormalization",
                                                         "RotaryEmbedding",
                                                         "Identity",
                                                         "Dropout",
                                                         "SimplifiedLayerNormalization",
                                                         "QuantizeLinear",
                                                         "DequantizeLinear",
                                                         "GatherND"};
constexpr std::array<std::string_view, 6> every_operand{"Add", "Sub", "Mul", "Div", "Max", "Concat"};

bool contains(std::span<const std::string_view> list, std::string_view word) noexcept {
  return std::ranges::find(list, word) != list.end();
}

/// Operands of a node that a trace follows upwards.
std::vector<ValueId> data_operands(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  std::vector<ValueId> operands;
  const bool known_domain = node.domain.empty() || node.domain == microsoft;
  if (!known_domain) return operands;
  if (is_view_op(node) || contains(first_operand, node.op_type)) {
    operands.push_back(view.input(index, 0));
  } else if (contains(every_operand, node.op_type)) {
    operands = node.inputs;
  } else if (node.op_type == "Where") {
    operands = {view.input(index, 1), view.input(index, 2)};
  } else if (node.op_type == "ScatterND" || node.op_type == "ScatterElements" || node.op_type == "TensorScatter") {
    operands = {view.input(index, 0), view.input(index, node.op_type == "TensorScatter" ? 1 : 2)};
  }
  std::erase_if(operands, [&](ValueId value) { return value == no_value || view.is_constant(value); });
  return operands;
}

std::optional<Linear> two_operand_linear(const GraphView& view, std::int32_t index) {
  const ValueId a = view.input(index, 0);
  const ValueId b = view.input(index, 1);
  if (a == no_value || b == no_value || view.is_constant(a) == view.is_constant(b)) return std::nullopt;
  return view.is_constant(b) ? Linear{index, a, b, false} : Linear{index, b, a, false};
}

struct QuantizedProduct {
  std::string_view op_type;
  std::string_view domain;
  std::size_t activation = 0;
  std::size_t weight = 1;
};

constexpr std::array quantized_products{
    QuantizedProduct{"MatMulInteger", "", 0, 1},
    QuantizedProduct{"QLinearMatMul", "", 0, 3},
    QuantizedProduct{"MatMulNBits", microsoft, 0, 1},
    QuantizedProduct{"MatMulBnb4", microsoft, 0, 1},
    QuantizedProduct{"MatMulFpQ4", microsoft, 0, 1},
    QuantizedProduct{"MatMulInteger16", microsoft, 0, 1},
    QuantizedProduct{"MatMulIntegerToFloat", microsoft, 0, 1},
    QuantizedProduct{"DynamicQuantizeMatMul", microsoft, 0, 1},
    QuantizedProduct{"QGemm", microsoft, 0, 3},
};

std::optional<Linear> quantized_linear(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const auto found = std::ranges::find_if(quantized_products, [&](const QuantizedProduct& each) {
    return each.op_type == node.op_type && each.domain == node.domain;
  });
  if (found == quantized_products.end()) return std::nullopt;
  ValueId activation = view.input(index, found->activation);
  const ValueId weight = view.input(index, found->weight);
  if (view.is_constant(activation) || !view.is_constant(weight)) return std::nullopt;
  const std::int32_t maker = view.producer(activation);
  if (maker >= 0 && is_op(view.node(maker), "DynamicQuantizeLinear")) activation = view.input(maker, 0);
  return Linear{index, activation, weight, true};
}

/// A float made of an integer product's sums.
bool is_cast_integer(const GraphView& view, ValueId value) {
  const std::int32_t index = view.producer(value);
  return index >= 0 && is_op(view.node(index), "Cast") && !is_floating(view.dtype(view.input(index, 0)));
}

/// The operand of a bias, a scale or a conversion that a linear layer's product may be; no_value for other nodes.
ValueId behind_linear_arithmetic(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const ValueId a = view.input(index, 0);
  const ValueId b = view.input(index, 1);
  if (is_op(node, "Cast")) return a;  // of an integer product
  if (!is_op(node, "Add") && !is_op(node, "Mul")) return no_value;
  if (is_op(node, "Mul") && is_cast_integer(view, a)) return a;  // times the scales of dynamic quantisation
  if (is_op(node, "Mul") && is_cast_integer(view, b)) return b;
  if (view.is_constant(a) == view.is_constant(b)) return no_value;
  return view.is_constant(a) ? b : a;
}

/// Depth first from a value; a node is visited once, so that this takes no longer than the graph is large.
class ProjectionTrace {
 public:
  ProjectionTrace(const GraphView& view, bool wide) : view_(view), wide_(wide) {}

  Projection run(ValueId from) {
    visit(from, 0);
    for (auto* list : {&found_.between, &found_.on_the_way}) sort_unique(*list);
    return std::move(found_);
  }

 private:
  /// True where a linear layer lies above.
  bool visit(ValueId value, int depth) {
    constexpr int longest_way = 64;
    const std::int32_t index = view_.producer(value);
    if (index < 0 || depth > longest_way) return false;
    const auto [place, fresh] = reaches_.try_emplace(index, false);
    if (!fresh) return place->second;
    if (auto linear = wide_ ? as_wide_linear(view_, index) : as_linear(view_, index)) {
      found_.linears.push_back(*linear);
      return reaches_[index] = true;
    }
    const std::vector<ValueId> operands = data_operands(view_, index);
    if (operands.empty()) return false;
    bool reached = false;
    for (const ValueId operand : operands) reached = visit(operand, depth + 1) || reached;
    found_.on_the_way.push_back(index);
    if (reached) found_.between.push_back(index);
    return reaches_[index] = reached;
  }

  const GraphView& view_;
  bool wide_ = false;
  std::unordered_map<std::int32_t, bool> reaches_;
  Projection found_;
};

}  // namespace

bool is_view_op(const Node& node) noexcept { return is_any_op(node, view_ops); }

bool is_matmul(const Node& node) noexcept { return is_op(node, "MatMul") || is_op(node, "FusedMatMul", microsoft); }

std::optional<Linear> as_linear(const GraphView& view, std::int32_t node) {
  const Node& here = view.node(node);
  if (is_matmul(here) || is_op(here, "Gemm") || is_op(here, "FusedGemm", microsoft)) {
    return two_operand_linear(view, node);
  }
  return quantized_linear(view, node);
}

std::optional<Linear> as_wide_linear(const GraphView& view, std::int32_t node) {
  const Node& here = view.node(node);
  if (is_op(here, "Einsum")) return here.inputs.size() == 2 ? two_operand_linear(view, node) : std::nullopt;
  if (!is_op(here, "Conv")) return as_linear(view, node);
  const Shape* weight = view.shape(view.input(node, 1));
  const bool points = weight != nullptr && weight->size() > 2 &&
                      std::all_of(weight->begin() + 2, weight->end(), [](std::int64_t extent) { return extent == 1; });
  return points && int_attribute(here, "group").value_or(1) == 1 ? two_operand_linear(view, node) : std::nullopt;
}

ValueId through_views(const GraphView& view, ValueId value) {
  for (;;) {
    value = view.source(value);
    const std::int32_t node = view.producer(value);
    if (node < 0 || !is_view_op(view.node(node))) return value;
    value = view.input(node, 0);
  }
}

std::optional<Linear> linear_behind(const GraphView& view, ValueId value) {
  constexpr int longest = 8;
  for (int step = 0; step < longest; ++step) {
    value = through_views(view, value);
    const std::int32_t index = view.producer(value);
    if (index < 0) return std::nullopt;
    if (auto linear = as_linear(view, index)) return linear;
    value = behind_linear_arithmetic(view, index);
    if (value == no_value) return std::nullopt;
  }
  return std::nullopt;
}

Projection projection_of(const GraphView& view, ValueId value, bool wide) {
  return ProjectionTrace(view, wide).run(value);
}

ValueId other_operand(const GraphView& view, std::int32_t node, ValueId one) {
  return view.input(node, 0) == one ? view.input(node, 1) : view.input(node, 0);
}

bool has_one_element(const GraphView& view, ValueId value) noexcept {
  const Shape* dims = view.shape(value);
  return dims != nullptr && std::ranges::all_of(*dims, [](std::int64_t extent) { return extent == 1; });
}

std::optional<double> known_scalar(const GraphView& view, ValueId value) {
  if (value == no_value) return std::nullopt;
  if (auto stated = view.scalar(value)) return stated;
  const TensorInfo& info = view.info(value);
  if (!info.value || info.value_is_bound) return std::nullopt;
  if (info.value->floats.size() == 1) return info.value->floats.front();
  if (info.value->ints.size() == 1 && !is_floating(info.value->dtype)) {
    return static_cast<double>(info.value->ints.front());
  }
  return std::nullopt;
}

void sort_unique(std::vector<std::int32_t>& nodes) {
  std::ranges::sort(nodes);
  const auto rest = std::ranges::unique(nodes);
  nodes.erase(rest.begin(), rest.end());
}

}  // namespace costscan
