// Quantised kernels (8 bits, 4-bit weights) and what the runtime makes of float16.
#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

constexpr Fill any_bits{FillKind::bits, 0, 0};

/// A zero point of one element, constant.
std::string zero_point(GraphBuilder& graph, DType dtype) {
  const double value = dtype == DType::uint8 ? 128 : 0;
  return graph.weight({}, dtype, {FillKind::constant, value, value});
}

std::string int8_weight(GraphBuilder& graph, const Shape& shape) { return graph.weight(shape, DType::int8, any_bits); }

void both_contexts(std::vector<Case>& out, const Case& one) {
  out.push_back(one);
  out.back().context = CacheContext::warm;
  out.push_back(one);
  out.back().context = CacheContext::cold_weights;
}

void add_products(std::vector<Case>& out, std::int64_t m, std::int64_t n, std::int64_t k, int rank) {
  const double flops = product({m, n, k});  // an integer product takes about half the time of a float one
  const auto add = [&](std::string_view op, int extra, const Build& build) {
    both_contexts(
        out, {.id = fmt::format("{}/{}x{}x{}", op, m, n, k), .rank = rank + extra, .flops = flops, .build = build});
  };
  add("DynamicQuantizeMatMul", 0, [=](GraphBuilder& graph) {
    graph.use(graph.node("DynamicQuantizeMatMul",
                         {graph.activation({1, m, k}), int8_weight(graph, {k, n}), graph.scalar(0.01),
                          zero_point(graph, DType::int8), graph.weight({n})},
                         {}, microsoft));
  });
  add("MatMulIntegerToFloat", 0, [=](GraphBuilder& graph) {
    graph.use(graph.node(
        "MatMulIntegerToFloat",
        {graph.input({1, m, k}, DType::uint8, any_bits), int8_weight(graph, {k, n}), graph.scalar(0.02),
         graph.scalar(0.01), zero_point(graph, DType::uint8), zero_point(graph, DType::int8), graph.weight({n})},
        {}, microsoft));
  });
  add("MatMulInteger", 1, [=](GraphBuilder& graph) {
    graph.use(graph.node("MatMulInteger", {graph.input({1, m, k}, DType::uint8, any_bits), int8_weight(graph, {k, n}),
                                           zero_point(graph, DType::uint8), zero_point(graph, DType::int8)}),
              DType::int32);
  });
  add("QLinearMatMul", 0, [=](GraphBuilder& graph) {
    graph.use(graph.node("QLinearMatMul",
                         {graph.input({1, m, k}, DType::uint8, any_bits), graph.scalar(0.02),
                          zero_point(graph, DType::uint8), int8_weight(graph, {k, n}), graph.scalar(0.01),
                          zero_point(graph, DType::int8), graph.scalar(0.05), zero_point(graph, DType::uint8)}),
              DType::uint8);
  });
  add("QGemm", 1, [=](GraphBuilder& graph) {
    graph.use(
        graph.node("QGemm",
                   {graph.input({m, k}, DType::uint8, any_bits), graph.scalar(0.02), zero_point(graph, DType::uint8),
                    int8_weight(graph, {k, n}), graph.scalar(0.01), zero_point(graph, DType::int8),
                    graph.weight({n}, DType::int32, {FillKind::integers, -100, 100}), graph.scalar(0.05),
                    zero_point(graph, DType::uint8)},
                   {}, microsoft),
        DType::uint8);
  });
  if (k % 32 != 0) return;
  for (const std::int64_t level : {0, 4}) {
    add(fmt::format("MatMulNBits/{}", level), level == 0 ? 0 : 1, [=](GraphBuilder& graph) {
      graph.use(graph.node(
          "MatMulNBits",
          {graph.activation({1, m, k}), graph.weight({n, k / 32, 16}, DType::uint8, any_bits),
           graph.weight({n * (k / 32)}, DType::float32, {FillKind::uniform, 0.001, 0.01})},
          {{"K", k}, {"N", n}, {"bits", std::int64_t{4}}, {"block_size", std::int64_t{32}}, {"accuracy_level", level}},
          microsoft));
    });
  }
}

/// Weights that a quantiser left unsigned: another kernel.
void add_unsigned_products(std::vector<Case>& out, std::int64_t m, std::int64_t n, std::int64_t k, int rank) {
  const auto add = [&](std::string_view op, int extra, const Build& build) {
    both_contexts(out, {.id = fmt::format("{}/unsigned/{}x{}x{}", op, m, n, k),
                        .rank = rank + extra,
                        .flops = 2 * product({m, n, k}),
                        .build = build});
  };
  const auto weight = [=](GraphBuilder& graph) { return graph.weight({k, n}, DType::uint8, any_bits); };
  add("DynamicQuantizeMatMul", 0, [=](GraphBuilder& graph) {
    graph.use(graph.node("DynamicQuantizeMatMul",
                         {graph.activation({1, m, k}), weight(graph), graph.scalar(0.01),
                          zero_point(graph, DType::uint8), graph.weight({n})},
                         {}, microsoft));
  });
  add("MatMulIntegerToFloat", 0, [=](GraphBuilder& graph) {
    graph.use(graph.node("MatMulIntegerToFloat",
                         {graph.input({1, m, k}, DType::uint8, any_bits), weight(graph), graph.scalar(0.02),
                          graph.scalar(0.01), zero_point(graph, DType::uint8), zero_point(graph, DType::uint8)},
                         {}, microsoft));
  });
  add("MatMulInteger", 1, [=](GraphBuilder& graph) {
    graph.use(graph.node("MatMulInteger", {graph.input({1, m, k}, DType::uint8, any_bits), weight(graph),
                                           zero_point(graph, DType::uint8), zero_point(graph, DType::uint8)}),
              DType::int32);
  });
  add("QLinearMatMul", 1, [=](GraphBuilder& graph) {
    graph.use(graph.node("QLinearMatMul",
                         {graph.input({1, m, k}, DType::uint8, any_bits), graph.scalar(0.02),
                          zero_point(graph, DType::uint8), weight(graph), graph.scalar(0.01),
                          zero_point(graph, DType::uint8), graph.scalar(0.05), zero_point(graph, DType::uint8)}),
              DType::uint8);
  });
}

void add_dynamic_products(std::vector<Case>& out) {
  for (const std::int64_t s : {16, 64, 128, 384}) {
    for (const auto& [m, n, k] : std::vector<std::array<std::int64_t, 3>>{{s, s, 64}, {s, 64, s}}) {
      const auto add = [&](std::string_view op, const Build& build) {
        out.push_back({.id = fmt::format("{}/dynamic/{}x{}x{}", op, m, n, k),
                       .rank = 1,
                       .flops = 12 * product({m, n, k}),
                       .build = build});
      };
      const Shape a{1, 12, m, k};
      const Shape b{1, 12, k, n};
      add("MatMulIntegerToFloat", [=](GraphBuilder& graph) {
        graph.use(graph.node(
            "MatMulIntegerToFloat",
            {graph.input(a, DType::uint8, any_bits), graph.input(b, DType::uint8, any_bits), graph.scalar(0.02),
             graph.scalar(0.01), zero_point(graph, DType::uint8), zero_point(graph, DType::uint8)},
            {}, microsoft));
      });
      add("QLinearMatMul", [=](GraphBuilder& graph) {
        graph.use(graph.node("QLinearMatMul", {graph.input(a, DType::uint8, any_bits), graph.scalar(0.02),
                                               zero_point(graph, DType::uint8), graph.input(b, DType::uint8, any_bits),
                                               graph.scalar(0.01), zero_point(graph, DType::uint8), graph.scalar(0.05),
                                               zero_point(graph, DType::uint8)}),
                  DType::uint8);
      });
    }
  }
}

void add_elementwise(std::vector<Case>& out) {
  for (const std::int64_t n : {1024, 16384, 98304, 401408, 1605632}) {
    const int rank = among(n, {16384, 401408}) ? 0 : 1;
    const Shape shape{1, n / 64, 64};
    add_streaming(out, fmt::format("QuantizeLinear/{}", n), rank, n, [=](GraphBuilder& graph) {
      graph.use(
          graph.node("QuantizeLinear", {graph.activation(shape), graph.scalar(0.02), zero_point(graph, DType::uint8)}),
          DType::uint8);
    });
    add_streaming(out, fmt::format("DynamicQuantizeLinear/{}", n), rank, n, [=](GraphBuilder& graph) {
      const Names made = graph.nodes("DynamicQuantizeLinear", {graph.activation(shape)}, 3);
      graph.use(made[0], DType::uint8);
    });
    const auto add = [&](std::string_view op, int extra, const Build& build) {
      for (const CacheContext context : {CacheContext::warm, CacheContext::cold}) {
        out.push_back({.id = fmt::format("{}/{}", op, n), .context = context, .rank = rank + extra, .build = build});
      }
    };
    add("DequantizeLinear", 0, [=](GraphBuilder& graph) {
      graph.keep(graph.node("DequantizeLinear", {graph.input(shape, DType::uint8, any_bits), graph.scalar(0.02),
                                                 zero_point(graph, DType::uint8)}));
    });
    add("DequantizeLinear32", 2, [=](GraphBuilder& graph) {
      graph.keep(graph.node("DequantizeLinear",
                            {graph.input(shape, DType::int32, {FillKind::integers, -99, 99}), graph.scalar(0.02)}));
    });
    for (const DType stored : {DType::uint8, DType::int8, DType::int32}) {
      const Fill values = stored == DType::int32 ? Fill{FillKind::integers, -99, 99} : any_bits;
      add(fmt::format("DequantizeLinear/axis/{}", to_string(stored)), 1, [=](GraphBuilder& graph) {
        graph.keep(graph.node("DequantizeLinear",
                              {graph.input({n / 64, 64}, stored, values),
                               graph.weight({n / 64}, DType::float32, {FillKind::uniform, 0.01, 0.02}),
                               graph.weight({n / 64}, stored, {FillKind::constant, 0, 0})},
                              {{"axis", std::int64_t{0}}}));
      });
    }
    for (const std::string_view op : {"QLinearAdd", "QLinearMul"}) {
      add(op, op == "QLinearAdd" ? 0 : 1, [=](GraphBuilder& graph) {
        Names operands;
        for (int i = 0; i < 2; ++i) {
          operands.insert(operands.end(), {graph.input(shape, DType::uint8, any_bits), graph.scalar(0.02),
                                           zero_point(graph, DType::uint8)});
        }
        operands.insert(operands.end(), {graph.scalar(0.03), zero_point(graph, DType::uint8)});
        graph.use(graph.node(op, operands, {}, microsoft), DType::uint8);
      });
    }
    for (const std::string_view op : {"QLinearSigmoid", "QLinearLeakyRelu"}) {
      add(op, 1, [=](GraphBuilder& graph) {
        graph.use(graph.node(op,
                             {graph.input(shape, DType::uint8, any_bits), graph.scalar(0.02),
                              zero_point(graph, DType::uint8), graph.scalar(0.01), zero_point(graph, DType::uint8)},
                             {}, microsoft),
                  DType::uint8);
      });
    }
    add("Transpose8", 1, [=](GraphBuilder& graph) {
      graph.use(graph.node("Transpose", {graph.input({1, n / 64, 8, 8}, DType::uint8, any_bits)},
                           {{"perm", Sizes{0, 2, 1, 3}}}),
                DType::uint8);
    });
  }
  for (const std::int64_t c : {16, 64, 256}) {
    for (const std::int64_t side : {14, 28, 56, 112}) {
      for (const std::int64_t stride : {1, 2}) {
        for (const bool last : {true, false}) {
          out.push_back({.id = fmt::format("MaxPool8{}/{}x{}/s{}", last ? "/nhwc" : "", c, side, stride),
                         .rank = 1,
                         .build = [=](GraphBuilder& graph) {
                           const Shape shape = last ? Shape{1, side, side, c} : Shape{1, c, side, side};
                           graph.use(graph.node(last ? "NhwcMaxPool" : "MaxPool",
                                                {graph.input(shape, DType::uint8, any_bits)},
                                                {{"kernel_shape", Sizes{3, 3}},
                                                 {"strides", Sizes{stride, stride}},
                                                 {"pads", Sizes{1, 1, 1, 1}}},
                                                last ? microsoft : ""),
                                     DType::uint8);
                         }});
        }
      }
    }
  }
  for (const std::int64_t c : {64, 512, 2048}) {
    for (const std::int64_t side : {7, 14}) {
      out.push_back(
          {.id = fmt::format("QLinearGlobalAveragePool/{}x{}", c, side), .rank = 1, .build = [=](GraphBuilder& graph) {
             graph.use(
                 graph.node("QLinearGlobalAveragePool",
                            {graph.input({1, c, side, side}, DType::uint8, any_bits), graph.scalar(0.02),
                             zero_point(graph, DType::uint8), graph.scalar(0.02), zero_point(graph, DType::uint8)},
                            {{"channels_last", std::int64_t{0}}}, microsoft),
                 DType::uint8);
           }});
    }
  }
}

void add_conv(std::vector<Case>& out, int rank, std::int64_t in, std::int64_t channels, std::int64_t taps,
              std::int64_t stride, std::int64_t group, std::int64_t side, DType weights = DType::int8) {
  const double flops = product({channels, in / group, taps, taps, side / stride, side / stride});
  if (flops > 1e9) return;
  const Build build = [=](GraphBuilder& graph) {
    const std::int64_t pad = taps / 2;
    graph.use(
        graph.node(
            "QLinearConv",
            {graph.input({1, in, side, side}, DType::uint8, any_bits), graph.scalar(0.02),
             zero_point(graph, DType::uint8), graph.weight({channels, in / group, taps, taps}, weights, any_bits),
             graph.weight({channels}, DType::float32, {FillKind::uniform, 0.01, 0.02}),
             graph.weight({channels}, weights, {FillKind::constant, 0, 0}), graph.scalar(0.05),
             zero_point(graph, DType::uint8), graph.weight({channels}, DType::int32, {FillKind::integers, -100, 100})},
            {{"kernel_shape", Sizes{taps, taps}},
             {"strides", Sizes{stride, stride}},
             {"pads", Sizes{pad, pad, pad, pad}},
             {"group", group}}),
        DType::uint8);
  };
  const std::string id = fmt::format("QLinearConv{}/{}-{}/k{}/s{}/g{}/{}", weights == DType::uint8 ? "/unsigned" : "",
                                     in, channels, taps, stride, group, side);
  out.push_back({.id = id, .context = CacheContext::warm, .rank = rank, .flops = flops, .build = build});
  if (side > 14 || group > 1) return;
  out.push_back({.id = id, .context = CacheContext::cold_weights, .rank = rank + 1, .flops = flops, .build = build});
}

}  // namespace

std::vector<Case> quantized_cases() {
  std::vector<Case> out;
  for (const auto& [n, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{{64, 64},
                                                                               {256, 256},
                                                                               {768, 768},
                                                                               {3072, 768},
                                                                               {768, 3072},
                                                                               {1024, 1024},
                                                                               {256, 2048},
                                                                               {2048, 256},
                                                                               {1000, 2048},
                                                                               {5632, 2048}}) {
    for (const std::int64_t m : {1, 4, 16, 32, 128, 512}) {
      if (n * k > 3'000'000 && m > 128) continue;
      const bool core = among(n, {256, 768, 3072}) && among(k, {256, 768, 3072}) && among(m, {1, 16, 128});
      add_products(out, m, n, k, core ? 0 : 1);
      if (among(m, {1, 16, 128, 512})) add_unsigned_products(out, m, n, k, core ? 1 : 2);
    }
  }
  add_dynamic_products(out);
  add_elementwise(out);
  return out;
}

std::vector<Case> quantized_conv_cases() {
  std::vector<Case> out;
  for (const std::int64_t side : {7, 14, 28, 56}) {
    const int rank = among(side, {7, 28}) ? 0 : 1;
    for (const std::int64_t in : {32, 64, 128, 256, 512}) {
      for (const std::int64_t channels : {32, 64, 128, 256, 512}) {
        if (std::max(in, channels) > 4 * std::min(in, channels)) continue;
        const int extra = among(in, {64, 256}) && among(channels, {64, 256}) ? 0 : 1;
        for (const std::int64_t taps : {1, 3}) {
          add_conv(out, rank + extra, in, channels, taps, 1, 1, side);
          if (side > 7) add_conv(out, rank + extra + 1, in, channels, taps, 2, 1, side);
        }
      }
    }
    for (const std::int64_t in : {512, 1024, 2048}) {
      add_conv(out, rank + 1, in, 512, 1, 1, 1, side);
      add_conv(out, rank + 1, 512, in, 1, 1, 1, side);
    }
    for (const std::int64_t c : {64, 256, 512}) {
      add_conv(out, rank + 1, c, c, 1, 1, 1, side, DType::uint8);
      add_conv(out, rank + 1, c, c, 3, 1, 1, side, DType::uint8);
    }
    for (const std::int64_t c : {32, 96, 384, 960}) add_conv(out, rank, c, c, 3, 1, c, side);
    for (const std::int64_t c : {96, 384}) add_conv(out, rank + 1, c, c, 5, 2, c, side);
  }
  for (const std::int64_t side : {112, 224}) {
    add_conv(out, 1, 3, 64, 7, 2, 1, side);
    add_conv(out, 1, 3, 32, 3, 2, 1, side);
  }
  return out;
}

std::vector<Case> half_cases() {
  std::vector<Case> out;
  const Fill values{FillKind::uniform, -1, 1};
  for (const std::int64_t m : {16, 128}) {
    for (const auto& [n, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{{256, 256}, {768, 768}, {3072, 768}}) {
      out.push_back({.id = fmt::format("half/MatMul/{}x{}x{}", m, n, k),
                     .rank = 1,
                     .flops = 2 * product({m, n, k}),
                     .build = [=](GraphBuilder& graph) {
                       graph.use(graph.node("MatMul", {graph.input({m, k}, DType::float16, values),
                                                       graph.weight({k, n}, DType::float16)}),
                                 DType::float16);
                     }});
    }
  }
  for (const std::int64_t n : {16384, 98304, 393216}) {
    for (const std::string_view op : {"Add", "Mul", "Softmax", "Tanh", "Erf"}) {
      out.push_back({.id = fmt::format("half/{}/{}", op, n), .rank = 1, .build = [=](GraphBuilder& graph) {
                       const Shape shape{1, n / 256, 256};
                       Names operands{graph.input(shape, DType::float16, values)};
                       if (op == "Add" || op == "Mul") operands.push_back(graph.input(shape, DType::float16, values));
                       graph.use(graph.node(op, operands), DType::float16);
                     }});
    }
    for (const std::string_view op : {"Transpose", "Concat"}) {
      for (const CacheContext context : {CacheContext::warm, CacheContext::cold}) {
        out.push_back(
            {.id = fmt::format("half/{}/{}", op, n), .context = context, .rank = 1, .build = [=](GraphBuilder& graph) {
               const Shape shape{1, n / 768, 12, 64};
               const std::string x = graph.input(shape, DType::float16, values);
               if (op == "Transpose") {
                 graph.use(graph.node(op, {x}, {{"perm", Sizes{0, 2, 1, 3}}}), DType::float16);
               } else {
                 const std::string y = graph.input(shape, DType::float16, values);
                 graph.use(graph.node(op, {x, y}, {{"axis", std::int64_t{1}}}), DType::float16);
               }
             }});
      }
    }
  }
  return out;
}

}  // namespace costscan::calibrate
