// Kernels that only some architectures execute, each enough to matter there: batch normalisations that stay (DenseNet,
// LeViT), long depthwise filters (RepVGG, FastViT), strided grouped convolutions, products of transposed operands,
// average pools without a stride, a lone Clip. A family of their own, so that adding to it leaves the others' graphs,
// and what was measured of them, as they are.
#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

using Operation = std::function<std::string(GraphBuilder&, const std::string&)>;

void add_clips(std::vector<Case>& out) {
  for (const std::int64_t n : {1024, 16384, 150528, 1048576}) {
    add_streaming(out, fmt::format("Clip/{}", n), 1, n, [=](GraphBuilder& graph) {
      graph.use(graph.node("Clip", {graph.activation({1, n / 64, 64}), graph.scalar(0), graph.scalar(6)}));
    });
  }
}

/// Where the runtime neither folds it into a convolution nor makes one of it: on tokens, [rows, channels], and along
/// sequences, [1, channels, steps].
void add_batch_norms(std::vector<Case>& out) {
  const auto add = [&](const Shape& shape) {
    const std::int64_t c = shape[1];
    const Build build = [=](GraphBuilder& graph) {
      const std::string variance = graph.weight({c}, DType::float32, {FillKind::uniform, 0.5, 1.5});
      graph.use(graph.node("BatchNormalization", {graph.activation(shape), graph.weight({c}), graph.weight({c}),
                                                  graph.weight({c}), variance}));
    };
    const int rank = c == 256 && among(elements_of(shape) / c, {196}) ? 0 : 1;
    add_streaming(out, fmt::format("BatchNormalization/{}", joined(shape)), rank, elements_of(shape), build);
  };
  for (const std::int64_t c : {64, 256, 768}) {
    for (const std::int64_t rows : {16, 196, 784}) add({rows, c});
    for (const std::int64_t steps : {49, 196, 3000}) add({1, c, steps});
  }
}

struct Grouped {
  std::int64_t channels = 0;
  std::int64_t group = 1;
  std::int64_t taps = 3;
  std::int64_t stride = 1;
};

void add_grouped(std::vector<Case>& out, int rank, const Grouped& filter, std::int64_t side) {
  const auto [channels, group, taps, stride] = filter;
  const Build build = [=](GraphBuilder& graph) {
    const std::string x = graph.activation({1, channels, side, side});
    const Shape weight{channels, channels / group, taps, taps};
    graph.use(graph.node("Conv", {x, graph.weight(weight), graph.weight({channels})},
                         {{"kernel_shape", Sizes{taps, taps}},
                          {"strides", Sizes{stride, stride}},
                          {"pads", Sizes(4, taps / 2)},
                          {"group", group}}));
  };
  const std::int64_t steps = (side + 2 * (taps / 2) - taps) / stride + 1;
  out.push_back({.id = fmt::format("rare_conv/{}/k{}/s{}/g{}/{}", channels, taps, stride, group, side),
                 .rank = rank,
                 .flops = 2 * product({channels, channels / group, taps, taps, steps, steps}),
                 .build = build});
}

void add_convolutions(std::vector<Case>& out) {
  // A depthwise filter of one tap is what the runtime makes of a batch normalisation in front of an activation.
  for (const std::int64_t taps : {1, 9, 13}) {
    for (const std::int64_t c : {32, 128, 512}) {
      for (const std::int64_t side : {7, 28, 56}) {
        if (c * side * side > 1'000'000) continue;
        add_grouped(out, c == 128 && side == 28 ? 0 : 1, {c, c, taps}, side);
        if (taps > 1 && side > 7) add_grouped(out, 2, {c, c, taps, 2}, side);
      }
    }
  }
  for (const std::int64_t side : {14, 28, 56}) {
    for (const std::int64_t c : {128, 256, 512}) add_grouped(out, 2, {c, 32, 3, 2}, side);
  }
}

void add_rare_products(std::vector<Case>& out) {
  for (const std::int64_t m : {1, 16, 128, 512}) {
    for (const auto& [n, k] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{64, 64}, {256, 256}, {768, 768}, {1024, 64}}) {
      const double flops = 2 * product({m, n, k});
      out.push_back({.id = fmt::format("gemm_dynamic_transB/{}x{}x{}", m, n, k),
                     .rank = 2,
                     .flops = flops,
                     .build = [=](GraphBuilder& graph) {
                       graph.use(graph.node("Gemm", {graph.activation({m, k}), graph.activation({n, k})},
                                            {{"transB", std::int64_t{1}}}));
                     }});
      out.push_back({.id = fmt::format("gemm_transA/{}x{}x{}", m, n, k),
                     .rank = 2,
                     .flops = flops,
                     .build = [=](GraphBuilder& graph) {
                       graph.use(graph.node("FusedMatMul", {graph.activation({k, m}), graph.weight({k, n})},
                                            {{"transA", std::int64_t{1}}}, microsoft));
                     }});
    }
  }
}

/// On an image in blocks, which a convolution in front makes, or in the plain layout.
void add_on_image(std::vector<Case>& out, std::string_view name, bool blocks, const Operation& operation) {
  for (const std::int64_t c : {12, 64, 256}) {
    if (blocks && c % 16 != 0) continue;
    for (const std::int64_t side : {7, 14, 56}) {
      const Build build = [=](GraphBuilder& graph) {
        std::string x = graph.activation({1, blocks ? 16 : c, side, side});
        if (blocks) {
          x = graph.node("Conv", {x, graph.weight({c, 16, 1, 1}), graph.weight({c})}, {{"kernel_shape", Sizes{1, 1}}});
        }
        graph.use(operation(graph, x));
      };
      out.push_back({.id = fmt::format("{}{}/{}x{}", name, blocks ? "/nchwc" : "", c, side),
                     .rank = 2,
                     .flops = 32 * product({c, side, side}),
                     .build = build,
                     .plain_layout = !blocks});
    }
  }
}

void add_pools(std::vector<Case>& out) {
  for (const bool blocks : {true, false}) {
    add_on_image(out, "AveragePool3s1", blocks, [](GraphBuilder& graph, const std::string& x) {
      return graph.node("AveragePool", {x},
                        {{"kernel_shape", Sizes{3, 3}}, {"strides", Sizes{1, 1}}, {"pads", Sizes{1, 1, 1, 1}}});
    });
  }
  add_on_image(out, "plain_MaxPool3s2", false, [](GraphBuilder& graph, const std::string& x) {
    return graph.node("MaxPool", {x},
                      {{"kernel_shape", Sizes{3, 3}}, {"strides", Sizes{2, 2}}, {"pads", Sizes{1, 1, 1, 1}}});
  });
  // The runtime makes one node of the way out of blocks and this transposition.
  add_on_image(out, "ToChannelsLast", true, [](GraphBuilder& graph, const std::string& x) {
    return graph.node("Transpose", {x}, {{"perm", Sizes{0, 2, 3, 1}}});
  });
}

}  // namespace

std::vector<Case> rare_cases() {
  std::vector<Case> out;
  add_batch_norms(out);
  add_convolutions(out);
  add_clips(out);
  add_rare_products(out);
  add_pools(out);
  return out;
}

}  // namespace costscan::calibrate
