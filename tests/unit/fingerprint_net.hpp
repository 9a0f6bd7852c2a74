// Networks in the words of their papers, weights absent: for tests of what a graph shows, not of numbers.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "assemble/rows.hpp"
#include "costs/cost_library.hpp"
#include "predict/predict.hpp"
#include "unit/shapes_support.hpp"

namespace costscan::test {

/// Costs at the generic machine's rates, nothing measured.
[[nodiscard]] inline Analysis static_analysis(std::shared_ptr<const Model> model) {
  static const CostLibrary library = CostLibrary::builtin();
  Analysis analysis;
  const auto shaped = infer_shapes(std::move(model));
  if (!shaped) {
    ADD_FAILURE() << shaped.error().message;
    return analysis;
  }
  analysis.shaped = *shaped;
  analysis.nodes = build_rows(**shaped, cost_model(library, **shaped));
  EXPECT_TRUE(sum_up(analysis));
  analysis.rates = *machine_rates("generic-cpu");
  predict(analysis);
  return analysis;
}

class Net {
 public:
  using Text = std::string;

  Text input(const Text& name, std::vector<DeclaredDim> dims, DType dtype = DType::float32) {
    graph_.input(name, dtype, std::move(dims));
    return name;
  }
  Text ids(const Text& name, std::vector<DeclaredDim> dims) { return input(name, std::move(dims), DType::int64); }
  void output(const Text& value, const Text& name = {}) {
    if (name.empty()) {
      graph_.output(value);
      return;
    }
    graph_.node("Identity", {value}, {name});
    graph_.output(name);
  }
  Text op(const Text& type, const std::vector<Text>& inputs, std::vector<Attribute> attributes = {},
          const Text& domain = {}) {
    Text out = fresh();
    graph_.node(type, inputs, {out}, std::move(attributes), domain);
    return out;
  }
  std::vector<Text> ops(const Text& type, const std::vector<Text>& inputs, std::size_t outputs,
                        std::vector<Attribute> attributes = {}, const Text& domain = {}) {
    std::vector<Text> out;
    for (std::size_t i = 0; i < outputs; ++i) out.push_back(fresh());
    graph_.node(type, inputs, out, std::move(attributes), domain);
    return out;
  }
  Text weight(Shape dims, DType dtype = DType::float32) {
    const Text name = fresh();
    graph_.weight(name, dtype, std::move(dims));
    return name;
  }
  Text ints(const std::vector<std::int64_t>& values) {
    const Text name = fresh();
    graph_.ints(name, {static_cast<std::int64_t>(values.size())}, values);
    return name;
  }
  Text integer(std::int64_t value) {
    const Text name = fresh();
    graph_.ints(name, {}, {value});
    return name;
  }

  // Layers.
  Text linear(const Text& x, std::int64_t in, std::int64_t out) {
    return op("Add", {op("MatMul", {x, weight({in, out})}), weight({out})});
  }
  Text gemm(const Text& x, std::int64_t in, std::int64_t out) {
    return op("Gemm", {x, weight({out, in}), weight({out})}, {int_attr("transB", 1)});
  }
  /// Over `rank` axes, padded so that a stride of 1 keeps the sides (odd kernels).
  Text conv(const Text& x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
            std::int64_t groups = 1, std::size_t rank = 2) {
    Shape dims{out, in / groups};
    dims.insert(dims.end(), rank, kernel);
    const std::int64_t pad = stride == kernel && kernel % 2 == 0 ? 0 : kernel / 2;
    return op("Conv", {x, weight(std::move(dims)), weight({out})},
              {ints_attr("strides", Shape(rank, stride)), ints_attr("pads", Shape(2 * rank, pad)),
               int_attr("group", groups)});
  }
  /// Twice the sides.
  Text deconv(const Text& x, std::int64_t in, std::int64_t out, std::size_t rank = 2) {
    Shape dims{in, out};
    dims.insert(dims.end(), rank, 4);
    return op("ConvTranspose", {x, weight(std::move(dims))},
              {ints_attr("strides", Shape(rank, 2)), ints_attr("pads", Shape(2 * rank, 1))});
  }
  Text upsample(const Text& x, std::size_t rank = 2) {
    const Text scales = fresh();
    std::vector<float> factors{1, 1};
    factors.insert(factors.end(), rank, 2);
    graph_.node("Constant", {}, {scales}, {attr("value_floats", factors, 6)});
    return op("Resize", {x, "", scales}, {attr("mode", Text("nearest"), 3)});
  }
  Text batch_norm(const Text& x, std::int64_t c) {
    return op("BatchNormalization", {x, weight({c}), weight({c}), weight({c}), weight({c})});
  }
  Text conv_bn_relu(const Text& x, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1) {
    return op("Relu", {batch_norm(conv(x, in, out, kernel, stride), out)});
  }
  Text silu(const Text& x) { return op("Mul", {x, op("Sigmoid", {x})}); }
  Text gelu(const Text& x) { return op("Gelu", {x}); }
  Text layer_norm(const Text& x, std::int64_t width) {
    return op("LayerNormalization", {x, weight({width}), weight({width})}, {int_attr("axis", -1)});
  }
  Text scalar(float value) {
    const Text name = fresh();
    graph_.node("Constant", {}, {name}, {attr("value_float", value, 1)});
    return name;
  }
  /// x / sqrt(mean(x²) + ε), as exporters write it out.
  Text rms_norm(const Text& x, std::int64_t width) {
    const Text square = op("Pow", {x, scalar(2)});
    const Text mean = op("ReduceMean", {square, ints({-1})}, {int_attr("keepdims", 1)});
    const Text root = op("Sqrt", {op("Add", {mean, scalar(1e-6F)})});
    return op("Mul", {weight({width}), op("Div", {x, root})});
  }
  /// Groups of channels normalised as instances: how exporters write GroupNorm before opset 21.
  Text group_norm(const Text& x, std::int64_t channels, std::int64_t side) {
    const Text groups = op("Reshape", {x, ints({0, 32, -1})});
    const Text normed = op("InstanceNormalization", {groups, weight({32}), weight({32})});
    const Text back = op("Reshape", {normed, ints({1, channels, side, side})});
    return op("Add", {op("Mul", {back, weight({channels, 1, 1})}), weight({channels, 1, 1})});
  }
  Text embed(const Text& ids, std::int64_t rows, std::int64_t width) {
    return op("Gather", {weight({rows, width}), ids});
  }
  Text split_heads(const Text& x, std::int64_t heads, std::int64_t width, bool transposed = false) {
    const Text parts = op("Reshape", {x, ints({0, 0, heads, width / heads})});
    return op("Transpose", {parts}, {ints_attr("perm", transposed ? Shape{0, 2, 3, 1} : Shape{0, 2, 1, 3})});
  }
  /// softmax(q k^T / sqrt(d) + mask) v, of `x` and `memory`.
  Text attention(const Text& x, const Text& memory, std::int64_t width, std::int64_t heads, const Text& mask = {},
                 std::int64_t memory_width = 0) {
    const std::int64_t from = memory_width == 0 ? width : memory_width;
    const Text q = split_heads(linear(x, width, width), heads, width);
    const Text k = split_heads(linear(memory, from, width), heads, width, true);
    const Text v = split_heads(linear(memory, from, width), heads, width);
    Text scores =
        op("Mul", {op("MatMul", {q, k}), scalar(std::sqrt(static_cast<float>(heads) / static_cast<float>(width)))});
    if (!mask.empty()) scores = op("Add", {scores, mask});
    const Text mixed = op("MatMul", {op("Softmax", {scores}, {int_attr("axis", -1)}), v});
    const Text joined = op("Transpose", {mixed}, {ints_attr("perm", {0, 2, 1, 3})});
    return linear(op("Reshape", {joined, ints({0, 0, width})}), width, width);
  }
  Text feed_forward(const Text& x, std::int64_t width, std::int64_t times = 4) {
    return linear(gelu(linear(x, width, times * width)), times * width, width);
  }
  Text gated(const Text& x, std::int64_t width, std::int64_t inner) {
    const Text gate = silu(op("MatMul", {x, weight({width, inner})}));
    return op("MatMul", {op("Mul", {gate, op("MatMul", {x, weight({width, inner})})}), weight({inner, width})});
  }
  /// Pre-norm blocks.
  Text encoder(Text x, std::int64_t width, std::int64_t heads, int layers, const Text& mask = {}) {
    for (int layer = 0; layer < layers; ++layer) {
      const Text normed = layer_norm(x, width);
      x = op("Add", {x, attention(normed, normed, width, heads, mask)});
      x = op("Add", {x, feed_forward(layer_norm(x, width), width)});
    }
    return layer_norm(x, width);
  }
  /// Minus infinity above the diagonal, made from the length of `ids`.
  Text causal_mask(const Text& ids) {
    const Text length = op("Slice", {op("Shape", {ids}), ints({1}), ints({2})});
    const Text square = op("Concat", {length, length}, {int_attr("axis", 0)});
    const Text filled = op("Expand", {scalar(-1e9F), square});
    return op("Trilu", {filled, integer(1)}, {int_attr("upper", 1)});
  }
  /// [batch, length] of zeros and ones → to be added to scores.
  Text padding_mask(const Text& mask) {
    const Text four = op("Unsqueeze", {op("Cast", {mask}, {int_attr("to", 1)}), ints({1, 2})});
    return op("Mul", {op("Sub", {scalar(1), four}), scalar(-1e9F)});
  }
  /// Maps [1, c, h, w] → tokens [1, h w, c].
  Text tokens_of(const Text& x, std::int64_t channels) {
    return op("Transpose", {op("Reshape", {x, ints({1, channels, -1})})}, {ints_attr("perm", {0, 2, 1})});
  }
  Text map_of(const Text& x, std::int64_t channels, std::int64_t side) {
    return op("Reshape", {op("Transpose", {x}, {ints_attr("perm", {0, 2, 1})}), ints({1, channels, side, side})});
  }
  /// Classes of a feature map.
  Text classify(const Text& x, std::int64_t channels, std::int64_t classes) {
    return gemm(op("Flatten", {op("GlobalAveragePool", {x})}), channels, classes);
  }
  Text residual_stage(Text x, std::int64_t channels, int blocks) {
    for (int block = 0; block < blocks; ++block) {
      const Text inner = conv_bn_relu(x, channels, channels, 3);
      x = op("Relu", {op("Add", {x, batch_norm(conv(inner, channels, channels, 3), channels)})});
    }
    return x;
  }
  /// Halves the sides thirty-two-fold in five steps; returns the maps at 1/8, 1/16 and 1/32.
  std::vector<Text> backbone(const Text& image, std::int64_t width = 32, int blocks = 2) {
    Text x = conv_bn_relu(image, 3, width, 7, 2);
    x = op("MaxPool", {x},
           {ints_attr("kernel_shape", {3, 3}), ints_attr("strides", {2, 2}), ints_attr("pads", {1, 1, 1, 1})});
    x = residual_stage(x, width, blocks);
    std::vector<Text> maps;
    for (std::int64_t times = 1; times <= 4; times *= 2) {
      x = residual_stage(conv_bn_relu(x, times * width, 2 * times * width, 3, 2), 2 * times * width, blocks);
      maps.push_back(x);
    }
    return maps;
  }

  [[nodiscard]] std::shared_ptr<Model> model(std::int64_t opset = 20) const {
    auto out = graph_.model(opset);
    out->opset_imports.push_back({"ai.onnx.ml", 3});
    return out;
  }
  GraphBuilder& graph() { return graph_; }

 private:
  Text fresh() { return "t" + std::to_string(next_++); }

  GraphBuilder graph_;
  int next_ = 0;
};

}  // namespace costscan::test
