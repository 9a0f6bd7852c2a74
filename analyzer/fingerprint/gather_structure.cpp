#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "fingerprint/gather.hpp"
#include "fingerprint/op_classes.hpp"

namespace costscan {
namespace {

/// Neither constants nor arithmetic on shapes: what it makes depends on what the inputs hold.
bool computes(const GraphView& view, std::int32_t node) {
  const ValueId out = view.output(node, 0);
  return out != no_value && !view.is_constant(out) && !view.info(out).value;
}

void gather_depth(const GatherContext& context) {
  const GraphView& view = context.views.main();
  std::vector<std::int64_t> depth(static_cast<std::size_t>(view.node_count()), 0);
  std::map<std::int64_t, std::int64_t> at_depth;
  std::int64_t deepest = 0;
  double computed = 0;
  double branching = 0;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!computes(view, n)) continue;
    ++computed;
    std::int64_t above = 0;
    const auto look = [&](ValueId value) {
      if (const std::int32_t producer = view.producer(value); producer >= 0)
        above = std::max(above, depth[static_cast<std::size_t>(producer)]);
    };
    for (const ValueId value : view.node(n).inputs) {
      if (value != no_value) look(value);
    }
    for (const ValueId value : view.captured(n)) look(value);
    depth[static_cast<std::size_t>(n)] = above + 1;
    deepest = std::max(deepest, above + 1);
    ++at_depth[above + 1];
    if (view.uses(view.output(n, 0)).size() > 1) ++branching;
  }
  std::int64_t widest = 0;
  for (const auto& [level, count] : at_depth) widest = std::max(widest, count);
  context.features.set("compute_nodes", computed);
  context.features.set("depth", static_cast<double>(deepest));
  context.features.set("width", static_cast<double>(widest));
  if (computed > 0) context.features.set("branching", branching / computed);
}

bool enlarges(const GraphView& view, const Node& node) {
  if (node.op_type == "ConvTranspose" || node.op_type == "DepthToSpace") return true;
  if (node.op_type != "Resize" && node.op_type != "Upsample") return false;
  const Shape* before = node.inputs.empty() || node.inputs[0] == no_value ? nullptr : view.shape(node.inputs[0]);
  const Shape* after = node.outputs.empty() || node.outputs[0] == no_value ? nullptr : view.shape(node.outputs[0]);
  if (before == nullptr || after == nullptr || before->size() != after->size()) return true;
  return before->size() >= 3 && after->back() > before->back();
}

/// Up through operators that change neither size nor order: activations, quantisation, a normalisation, one crop.
const Node* behind_small_ops(const GraphView& view, ValueId value) {
  static constexpr auto small = std::to_array<std::string_view>(
      {"BatchNormalization", "Cast", "Clip", "DequantizeLinear", "HardSwish", "Identity", "LeakyRelu", "Mul", "PRelu",
       "QuantizeLinear", "Relu", "Sigmoid", "Slice", "Swish"});
  constexpr int farthest = 6;
  for (int step = 0; step < farthest; ++step) {
    const Node* node = view.producer_node(value);
    if (node == nullptr || std::ranges::find(small, node->op_type) == small.end() || node->inputs.empty()) return node;
    value = node->inputs[0];
    if (value == no_value) return nullptr;
  }
  return view.producer_node(value);
}

bool is_feature_map(const GraphView& view, ValueId value) {
  const Shape* dims = value == no_value ? nullptr : view.shape(value);
  return dims != nullptr && (dims->size() == 4 || dims->size() == 5) && !view.is_constant(value);
}

/// Feature maps joined by Concat or Add of which one, but not all, was enlarged just before.
bool merges_pyramid(const GraphView& view, const Node& node) {
  if (node.op_type != "Concat" && node.op_type != "Add" && node.op_type != "Sum") return false;
  std::size_t maps = 0;
  std::size_t enlarged = 0;
  for (const ValueId input : node.inputs) {
    if (!is_feature_map(view, input)) continue;
    ++maps;
    const Node* above = behind_small_ops(view, input);
    if (above != nullptr && enlarges(view, *above)) ++enlarged;
  }
  return maps >= 2 && enlarged > 0 && enlarged < maps;
}

bool joins_channels(const GraphView& view, const Node& node) {
  if (node.op_type != "Concat" || node.inputs.size() < 2 || node.outputs.empty()) return false;
  if (!int_attribute(node, "axis")) return false;
  if (!std::ranges::all_of(node.inputs, [&](ValueId input) { return is_feature_map(view, input); })) return false;
  const Shape* out = view.shape(node.outputs[0]);
  if (out == nullptr) return false;
  std::int64_t axis = *int_attribute(node, "axis");
  const auto rank = static_cast<std::int64_t>(out->size());
  if (axis < 0) axis += rank;
  return axis == 1 || axis == rank - 1;
}

/// Whether a value was made from a feature map (4-D or 5-D) by views, splits and activations: its flattened form.
bool was_feature_map(const GraphView& view, ValueId value) {
  static constexpr auto passed = std::to_array<std::string_view>(
      {"Add", "Cast", "Concat", "DequantizeLinear", "Exp", "Flatten", "Identity", "Mul", "Pow", "QuantizeLinear",
       "Reshape", "Sigmoid", "Slice", "Softmax", "Split", "Squeeze", "Sub", "Transpose", "Unsqueeze"});
  constexpr int farthest = 12;
  for (int step = 0; step < farthest && value != no_value; ++step) {
    const Shape* dims = view.shape(value);
    if (dims != nullptr && dims->size() >= 4) return true;
    const Node* node = view.producer_node(value);
    if (node == nullptr || node->inputs.empty() || std::ranges::find(passed, node->op_type) == passed.end())
      return false;
    // Of operators with a constant operand, the other one.
    value = node->inputs[0];
    if (node->inputs.size() == 2 && value != no_value && view.is_constant(value)) value = node->inputs[1];
  }
  return false;
}

/// Rows of predictions from maps of falling sizes, one behind the other: each has a fraction of the rows before it.
bool joins_anchors(const GraphView& view, const Node& node) {
  if (node.op_type != "Concat" || node.inputs.size() < 2 || node.outputs.empty()) return false;
  const Shape* out = view.shape(node.outputs[0]);
  const auto stated = int_attribute(node, "axis");
  if (out == nullptr || !stated || out->size() < 2 || out->size() > 4) return false;
  const auto rank = static_cast<std::int64_t>(out->size());
  const std::int64_t axis = *stated < 0 ? *stated + rank : *stated;
  if (axis < 0 || axis >= rank) return false;
  std::vector<std::int64_t> rows;
  for (const ValueId input : node.inputs) {
    const Shape* dims = input == no_value ? nullptr : view.shape(input);
    if (dims == nullptr || view.is_constant(input) || static_cast<std::int64_t>(dims->size()) != rank) return false;
    if (dims->size() == 4 && (*dims)[1] != 1 && (*dims)[2] != 1) return false;  // still maps
    if (!was_feature_map(view, input)) return false;
    rows.push_back((*dims)[static_cast<std::size_t>(axis)]);
  }
  std::ranges::sort(rows, std::greater<>());
  constexpr double least_fall = 1.8;
  constexpr double steepest_fall = 20;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i] <= 0) return false;
    const double fall = static_cast<double>(rows[i - 1]) / static_cast<double>(rows[i]);
    if (fall < least_fall || fall > steepest_fall) return false;
  }
  return rows.front() >= 16;
}

double smallest_side(const GatherContext& context) {
  double smallest = 0;
  for (const NodeRow& row : context.analysis.nodes) {
    if (product_kind(row) != ProductKind::conv) continue;
    const Shape* x = operand_shape(row, 0);
    if (x == nullptr || x->size() != 4) continue;
    const auto side = static_cast<double>(std::max((*x)[2], (*x)[3]));
    if (side > 1 && (smallest == 0 || side < smallest)) smallest = side;
  }
  return smallest;
}

/// Of the largest 4-D input.
double largest_input_side(const GraphView& view) {
  std::int64_t largest = 0;
  for (const ValueId input : view.graph().inputs) {
    const Shape* dims = view.shape(input);
    if (dims == nullptr || dims->size() != 4) continue;
    Shape sorted = *dims;
    std::ranges::sort(sorted);
    largest = std::max(largest, sorted[3]);
  }
  return static_cast<double>(largest);
}

}  // namespace

void gather_structure(const GatherContext& context) {
  gather_depth(context);
  double pyramids = 0;
  double anchors = 0;
  double skips = 0;
  for (const GraphView& view : context.views.all()) {
    for (std::int32_t n = 0; n < view.node_count(); ++n) {
      const Node& node = view.node(n);
      pyramids += merges_pyramid(view, node) ? 1 : 0;
      skips += joins_channels(view, node) ? 1 : 0;
      anchors += joins_anchors(view, node) ? 1 : 0;
    }
  }
  context.features.set("pyramid_merges", pyramids);
  context.features.set("skip_concats", skips);
  context.features.set("anchor_concats", anchors);
  const double side = smallest_side(context);
  const double input = largest_input_side(context.views.main());
  context.features.set("downsampling", side > 0 && input > 0 ? input / side : 0);
}

}  // namespace costscan
