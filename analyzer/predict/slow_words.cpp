#include "predict/slow_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace costscan {
namespace {

/// The node in question with its operands' shapes, whichever graph it stands in.
struct Subject {
  std::string_view op_type;
  const Node* node = nullptr;
  std::vector<std::optional<Shape>> inputs;  ///< nullopt: omitted or unknown
  std::vector<std::optional<Shape>> outputs;
  DType dtype = DType::undefined;  ///< of the first output
};

std::int64_t elements_in(std::span<const std::int64_t> dims) {
  return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}

std::string times_text(std::span<const std::int64_t> dims) { return fmt::format("{}", fmt::join(dims, "x")); }

const Shape* shape_at(const std::vector<std::optional<Shape>>& shapes, std::size_t index) {
  return index < shapes.size() && shapes[index] ? &*shapes[index] : nullptr;
}

/// " stride 2", " stride 2x1"; nothing where all are 1 or none is given.
std::string factor_text(const Node& node, const char* attribute, std::string_view word) {
  const std::vector<std::int64_t>* values = ints_attribute(node, attribute);
  if (values == nullptr || values->empty()) return {};
  const bool equal = std::ranges::all_of(*values, [&](std::int64_t value) { return value == values->front(); });
  if (equal && values->front() == 1) return {};
  return equal ? fmt::format(" {} {}", word, values->front()) : fmt::format(" {} {}", word, times_text(*values));
}

/// Extents of the window: the attribute, else those of the weight behind its first two axes.
std::vector<std::int64_t> window_of(const Subject& subject, std::size_t weight) {
  if (const auto* given = ints_attribute(*subject.node, "kernel_shape")) return *given;
  const Shape* shape = shape_at(subject.inputs, weight);
  if (shape == nullptr || shape->size() < 3) return {};
  return {shape->begin() + 2, shape->end()};
}

std::string pixels_text(const Shape& output) {
  return output.size() < 3 ? std::string() : fmt::format(" at {}", times_text(std::span(output).subspan(2)));
}

/// Where the weight stands among the operands of the convolutions: X, W or X, x_scale, x_zero_point, W.
std::size_t weight_slot(std::string_view op_type) { return op_type == "QLinearConv" ? 3 : 1; }

std::string convolution(const Subject& subject) {
  const Shape* in = shape_at(subject.inputs, 0);
  const Shape* out = shape_at(subject.outputs, 0);
  if (in == nullptr || out == nullptr || in->size() < 3 || out->size() < 3) return {};
  const std::int64_t from = (*in)[1];
  const std::int64_t to = (*out)[1];
  const std::int64_t group = int_attribute(*subject.node, "group").value_or(1);
  std::string text = times_text(window_of(subject, weight_slot(subject.op_type)));
  if (group > 1) text += group == from ? " depthwise" : fmt::format(" in {} groups", group);
  text += factor_text(*subject.node, "strides", "stride") + factor_text(*subject.node, "dilations", "dilation");
  text += from == to ? fmt::format(", {} channels", from) : fmt::format(", {} to {} channels", from, to);
  text += pixels_text(*out);
  if (in->front() > 1) text += fmt::format(", batch {}", in->front());
  return text;
}

std::string pooling(const Subject& subject) {
  const Shape* out = shape_at(subject.outputs, 0);
  if (out == nullptr || out->size() < 3) return {};
  const std::vector<std::int64_t> window = window_of(subject, subject.inputs.size());
  const std::string kernel = window.empty() ? std::string() : times_text(window);
  return fmt::format("{}{}{}{} channels{}", kernel, factor_text(*subject.node, "strides", "stride"),
                     kernel.empty() ? "" : ", ", (*out)[1], window.empty() ? std::string() : pixels_text(*out));
}

/// "MxK times KxN", in so many products where neither operand is a plain matrix.
std::string matrix_product(const Subject& subject) {
  const bool quantized = subject.op_type == "QLinearMatMul" || subject.op_type == "QGemm";
  const Shape* a = shape_at(subject.inputs, 0);
  const Shape* b = shape_at(subject.inputs, quantized ? 3 : 1);
  const Shape* out = shape_at(subject.outputs, 0);
  if (a == nullptr || out == nullptr || a->empty() || out->empty()) return {};
  const bool transposed = int_attribute(*subject.node, "transA").value_or(0) != 0 && a->size() >= 2;
  const std::int64_t inner = transposed ? (*a)[a->size() - 2] : a->back();
  const bool batched = b != nullptr && b->size() > 2;
  const std::int64_t columns = b != nullptr && b->size() == 1 ? 1 : out->back();
  const std::int64_t all_rows = columns == 0 ? 0 : elements_in(*out) / columns;
  const std::int64_t rows = batched && out->size() >= 2 ? (*out)[out->size() - 2] : all_rows;
  const std::int64_t products = batched && rows > 0 ? all_rows / rows : 1;
  const std::string one = fmt::format("{}x{} times {}x{}", rows, inner, inner, columns);
  return products > 1 ? fmt::format("{} products of {}", products, one) : one;
}

/// Rows that are normalised or reduced on their own. `through_end`: from the axis on, else the axis alone.
std::string rows_text(const Subject& subject, bool through_end) {
  const Shape* in = shape_at(subject.inputs, 0);
  if (in == nullptr || in->empty()) return {};
  const auto rank = static_cast<std::int64_t>(in->size());
  std::int64_t axis = int_attribute(*subject.node, "axis").value_or(-1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return {};
  const auto from = static_cast<std::size_t>(axis);
  const std::int64_t length = through_end ? elements_in(std::span(*in).subspan(from)) : (*in)[from];
  return fmt::format("{} rows of {}", length == 0 ? 0 : elements_in(*in) / length, length);
}

std::string normalization(const Subject& subject) { return rows_text(subject, true); }
std::string softmax(const Subject& subject) { return rows_text(subject, false); }

std::string transpose(const Subject& subject) {
  const Shape* in = shape_at(subject.inputs, 0);
  const auto* order = ints_attribute(*subject.node, "perm");
  if (in == nullptr) return {};
  return order == nullptr ? fmt::format("{} reversed", times_text(*in))
                          : fmt::format("{} by {}", times_text(*in), fmt::join(*order, ","));
}

std::string recurrent(const Subject& subject) {
  const Shape* in = shape_at(subject.inputs, 0);
  const std::optional<std::int64_t> hidden = int_attribute(*subject.node, "hidden_size");
  if (in == nullptr || in->size() != 3 || !hidden) return {};
  const std::size_t time = int_attribute(*subject.node, "layout").value_or(0) == 0 ? 0 : 1;
  return fmt::format("{} steps, batch {}, {} to {} features", (*in)[time], (*in)[1 - time], in->back(), *hidden);
}

std::string attention(const Subject& subject) {
  const Shape* out = shape_at(subject.outputs, 0);
  std::optional<std::int64_t> heads = int_attribute(*subject.node, "num_heads");
  if (!heads) heads = int_attribute(*subject.node, "q_num_heads");
  if (out == nullptr || !heads) return {};
  return fmt::format("{} heads, {}", *heads, times_text(*out));
}

struct Rule {
  std::string_view op_type;
  std::string (*words)(const Subject&);
};

constexpr std::array rules{Rule{"Conv", convolution},
                           Rule{"FusedConv", convolution},
                           Rule{"QLinearConv", convolution},
                           Rule{"ConvInteger", convolution},
                           Rule{"ConvTranspose", convolution},
                           Rule{"MaxPool", pooling},
                           Rule{"AveragePool", pooling},
                           Rule{"LpPool", pooling},
                           Rule{"GlobalAveragePool", pooling},
                           Rule{"GlobalMaxPool", pooling},
                           Rule{"MatMul", matrix_product},
                           Rule{"Gemm", matrix_product},
                           Rule{"FusedMatMul", matrix_product},
                           Rule{"FusedGemm", matrix_product},
                           Rule{"MatMulInteger", matrix_product},
                           Rule{"MatMulIntegerToFloat", matrix_product},
                           Rule{"DynamicQuantizeMatMul", matrix_product},
                           Rule{"QLinearMatMul", matrix_product},
                           Rule{"QGemm", matrix_product},
                           Rule{"MatMulNBits", matrix_product},
                           Rule{"LayerNormalization", normalization},
                           Rule{"SkipLayerNormalization", normalization},
                           Rule{"SimplifiedLayerNormalization", normalization},
                           Rule{"SkipSimplifiedLayerNormalization", normalization},
                           Rule{"RMSNormalization", normalization},
                           Rule{"Softmax", softmax},
                           Rule{"LogSoftmax", softmax},
                           Rule{"Transpose", transpose},
                           Rule{"LSTM", recurrent},
                           Rule{"GRU", recurrent},
                           Rule{"RNN", recurrent},
                           Rule{"Attention", attention},
                           Rule{"MultiHeadAttention", attention},
                           Rule{"GroupQueryAttention", attention}};

std::vector<std::optional<Shape>> shapes_of(const std::vector<TensorColumn>& tensors) {
  std::vector<std::optional<Shape>> out;
  for (const TensorColumn& tensor : tensors) out.push_back(tensor.present ? tensor.shape : std::nullopt);
  return out;
}

std::vector<std::optional<Shape>> shapes_of(const Scope& scope, const std::vector<ValueId>& values) {
  std::vector<std::optional<Shape>> out;
  for (const ValueId id : values) {
    out.push_back(id == no_value ? std::nullopt : scope.tensors[static_cast<std::size_t>(id)].shape);
  }
  return out;
}

Subject subject_of(const Analysis& analysis, const NodeRow& row) {
  Subject subject{row.op_type, nullptr, shapes_of(row.inputs), shapes_of(row.outputs), row.dtype};
  const auto scope = static_cast<std::size_t>(row.scope_id);
  if (analysis.shaped && scope < analysis.shaped->scopes.size() && row.graph_node >= 0) {
    subject.node = &analysis.shaped->scopes[scope].graph->nodes[static_cast<std::size_t>(row.graph_node)];
  }
  return subject;
}

/// Of an executed node that the file does not have; its sizes from the shaped graph, else as the profile saw them.
Subject executed_subject(const Analysis& analysis, std::size_t runtime) {
  Subject subject{analysis.runtime[runtime].op_type, nullptr, {}, {}, DType::undefined};
  if (runtime >= analysis.measurement.nodes.size()) return subject;
  const RuntimeNode& executed = analysis.measurement.nodes[runtime];
  if (analysis.executed && executed.optimized_node >= 0) {
    const Scope& scope = analysis.executed->scopes.front();
    subject.node = &scope.graph->nodes[static_cast<std::size_t>(executed.optimized_node)];
    subject.inputs = shapes_of(scope, subject.node->inputs);
    subject.outputs = shapes_of(scope, subject.node->outputs);
  } else {
    subject.inputs.assign(executed.input_shapes.begin(), executed.input_shapes.end());
    subject.outputs.assign(executed.output_shapes.begin(), executed.output_shapes.end());
  }
  if (!executed.output_dtypes.empty()) subject.dtype = executed.output_dtypes.front();
  return subject;
}

std::string output_text(const Subject& subject) {
  const Shape* out = shape_at(subject.outputs, 0);
  if (out == nullptr) return {};
  std::string text = out->empty() ? "scalar" : times_text(*out);
  if (subject.dtype != DType::undefined && subject.dtype != DType::float32) {
    text += fmt::format(" {}", to_string(subject.dtype));
  }
  return text;
}

}  // namespace

std::int32_t main_row(const Analysis& analysis, std::size_t runtime) {
  std::int32_t best = -1;
  std::pair<double, double> most{-1, -1};
  for (const std::int32_t index : analysis.runtime[runtime].rows) {
    const NodeCost& cost = analysis.nodes[static_cast<std::size_t>(index)].cost;
    const std::pair work{static_cast<double>(cost.work.flops) + static_cast<double>(cost.work.int_ops),
                         static_cast<double>(cost.compulsory_bytes)};
    if (work <= most) continue;
    most = work;
    best = index;
  }
  return best;
}

std::string work_in_words(const Analysis& analysis, std::size_t runtime) {
  const std::int32_t row = main_row(analysis, runtime);
  const Subject subject = row >= 0 ? subject_of(analysis, analysis.nodes[static_cast<std::size_t>(row)])
                                   : executed_subject(analysis, runtime);
  const auto* rule = std::ranges::find(rules, subject.op_type, &Rule::op_type);
  std::string text = rule != rules.end() && subject.node != nullptr ? rule->words(subject) : std::string();
  return text.empty() ? output_text(subject) : text;
}

}  // namespace costscan
