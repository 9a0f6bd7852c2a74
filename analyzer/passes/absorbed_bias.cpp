#include "passes/absorbed_bias.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "model/checked_math.hpp"
#include "passes/attention_paths.hpp"
#include "passes/column_labels.hpp"

namespace costscan {
namespace {

bool is_last_axis_softmax(const GraphView& view, const AttentionCore& core) {
  const Node& softmax = view.node(core.softmax);
  const std::int64_t rank = view.rank(view.output(core.softmax, 0));
  constexpr std::int64_t last_by_default = 13;
  const std::int64_t axis = int_attribute(softmax, "axis").value_or(view.opset() >= last_by_default ? -1 : 1);
  return is_op(softmax, "Softmax") && rank >= 1 && (axis < 0 ? axis + rank : axis) == rank - 1;
}

/// Whether the softmax runs along the last axis, over what the scores become by factors and added masks alone.
bool ignores_shifts(const GraphView& view, const AttentionCore& core) {
  if (!is_last_axis_softmax(view, core)) return false;
  ValueId value = view.input(core.softmax, 0);
  while (value != view.output(core.scores, 0)) {
    const std::int32_t node = view.producer(value);
    if (node < 0 || view.is_output(value) || view.uses(value).size() != 1) return false;
    if (const auto scale = constant_scale(view, node)) {
      value = scale->in;
      continue;
    }
    if (!is_op(view.node(node), "Add")) return false;
    // Of an Add, the scores' side is the one made by a node of the attention.
    const auto& in = view.node(node).inputs;
    const auto scored = std::ranges::find_if(in, [&](ValueId each) {
      const std::int32_t maker = view.producer(each);
      return maker == core.scores || std::ranges::find(core.scoring, maker) != core.scoring.end();
    });
    if (scored == in.end()) return false;
    value = *scored;
  }
  return view.uses(value).size() == 1 && !view.is_output(value);
}

std::vector<std::int32_t> downwards(const OperandPath& path) {
  return {path.movements.rbegin(), path.movements.rend()};
}

/// Labels of what an operand of the attention is made of, by the features of its layer; one for each binding.
std::vector<ColumnLabels> operand_labels(const GraphView& view, const OperandPath& path) {
  std::vector<ColumnLabels> all;
  const auto shapes = view.shapes_by_binding(path.layer->y);
  for (std::size_t binding = 0; binding < shapes.size(); ++binding) {
    auto labels = column_labels(shapes[binding]);
    if (labels) labels = moved_labels(view, *std::move(labels), downwards(path), binding);
    if (!labels) return {};
    all.push_back(*std::move(labels));
  }
  return all;
}

/// Views and Transposes from the attention's result to the layer that reads it.
struct OutputPath {
  std::vector<std::int32_t> movements;
  std::optional<LinearLayer> layer;
};

OutputPath output_path(const GraphView& view, const AttentionCore& core) {
  OutputPath path;
  std::int32_t node = core.context;
  for (;;) {
    const ValueId value = view.output(node, 0);
    node = view.sole_user(node);
    if (node < 0 || view.input(node, 0) != value) return path;
    if (!is_op(view.node(node), "Transpose") && !is_view_op(view.node(node))) {
      path.layer = linear_layer(view, node);
      return path;
    }
    path.movements.push_back(node);
  }
}

/// Whether the feature f of V's layer reaches the output layer as its input f, whatever the position was.
bool keeps_features(const GraphView& view, const AttentionCore& core, const OperandPath& path, const OutputPath& out) {
  const auto from = operand_labels(view, path);
  const auto contexts = view.shapes_by_binding(core.y);
  if (from.empty() || from.size() != contexts.size()) return false;
  for (std::size_t binding = 0; binding < from.size(); ++binding) {
    const ColumnLabels& value = from[binding];
    const Shape& dims = contexts[binding];
    if (value.dims.size() < 2 || value.dims.size() != dims.size() || !constant_along(value, 2)) return false;
    // The weighted mean replaces the positions of V by those of Q; all else stays where it is.
    const auto width = static_cast<std::size_t>(dims.back());
    const auto keys = static_cast<std::size_t>(value.dims[dims.size() - 2]);
    const auto queries = static_cast<std::size_t>(dims[dims.size() - 2]);
    ColumnLabels result{dims, {}};
    for (std::size_t block = 0; width * keys > 0 && block < value.column.size() / (width * keys); ++block) {
      const auto* first = value.column.data() + block * width * keys;
      for (std::size_t q = 0; q < queries; ++q) result.column.insert(result.column.end(), first, first + width);
    }
    const auto count = element_count(std::span<const std::int64_t>(dims));
    if (!count || static_cast<std::size_t>(*count) != result.column.size()) return false;
    const auto joined = moved_labels(view, std::move(result), out.movements, binding);
    const auto wanted = joined ? column_labels(joined->dims) : std::nullopt;
    if (!wanted || wanted->column != joined->column) return false;
  }
  return true;
}

/// b W + c, of [inputs] by [inputs, outputs] and [outputs].
Result<std::vector<double>> projected_bias(const LinearLayer& from, const LinearLayer& to, const ReadWeight& read) {
  const auto bias = read_floats(*from.bias, read);
  const auto weight = read_floats(to.weight, read);
  auto sum = read_floats(*to.bias, read);
  if (!bias) return bias;
  if (!weight) return weight;
  if (!sum) return sum;
  const std::size_t outputs = sum->size();
  for (std::size_t i = 0; i < bias->size(); ++i) {
    for (std::size_t o = 0; o < outputs; ++o) (*sum)[o] += (*bias)[i] * (*weight)[i * outputs + o];
  }
  return sum;
}

void find_key_bias(const GraphView& view, const AttentionCore& core, std::vector<Rewrite>& found) {
  const OperandPath path = operand_path(view, core.k);
  if (!path.layer || path.layer->add < 0 || !ignores_shifts(view, core)) return;
  // What the bias adds to a score must not depend on the position of the key, the last axis of the product's operand.
  const auto labels = operand_labels(view, path);
  if (labels.empty() || !std::ranges::all_of(labels, [](const ColumnLabels& each) { return constant_along(each, 1); }))
    return;
  RewriteBuilder builder(view, {path.layer->add});
  builder.replace(path.layer->y, view.output(path.layer->product, 0));
  builder.note("the bias of K, which the softmax does not see");
  builder.holds(view.complete() ? Holds::every_binding : Holds::this_binding);
  found.push_back(builder.finish());
}

void find_value_bias(const GraphView& view, const AttentionCore& core, std::vector<Rewrite>& found) {
  const OperandPath path = operand_path(view, core.v);
  if (!path.layer || path.layer->add < 0 || !path.scales.empty()) return;
  // Weights sum to 1 only as the softmax made them.
  if (view.producer(view.input(core.context, 0)) != core.softmax || !is_last_axis_softmax(view, core)) return;
  const OutputPath out = output_path(view, core);
  if (!out.layer || out.layer->add < 0 || out.layer->weight.dtype != path.layer->weight.dtype) return;
  if (out.layer->weight.dims[0] != path.layer->weight.dims[1] || !keeps_features(view, core, path, out)) return;
  std::vector<std::int32_t> site{path.layer->add, out.layer->add};
  std::ranges::sort(site);
  RewriteBuilder builder(view, std::move(site));
  const auto elements = [from = *path.layer, to = *out.layer](const ReadWeight& read) {
    return projected_bias(from, to, read);
  };
  const ValueId bias =
      builder.constant(computed_constant(out.layer->weight.dtype, {out.layer->weight.dims[1]}, elements));
  builder.replace(path.layer->y, view.output(path.layer->product, 0));
  builder.replace(out.layer->y, builder.node("Add", {view.output(out.layer->product, 0), bias}));
  builder.note("the bias of V into that of the output projection");
  builder.holds(view.complete() ? Holds::every_binding : Holds::this_binding);
  found.push_back(builder.finish());
}

}  // namespace

void find_absorbed_biases(const GraphView& view, const AttentionCore& core, std::vector<Rewrite>& found) {
  if (core.is_op()) return;
  find_key_bias(view, core, found);
  find_value_bias(view, core, found);
}

}  // namespace costscan
