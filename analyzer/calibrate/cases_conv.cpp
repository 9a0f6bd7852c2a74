// Convolutions, by the kernels that the runtime has for them: blocked layout (3x3, pointwise, depthwise, first layer),
// unrolled to a matrix product (1-D, grouped), and the activations that are fused into them.
#include <cmath>

#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

struct Filter {
  std::int64_t in = 0;
  std::int64_t out = 0;
  Shape taps{};  ///< one per spatial dimension
  std::int64_t stride = 1;
  std::int64_t group = 1;
  bool padded = true;
};

std::string convolve(GraphBuilder& graph, const Filter& filter, const std::string& x) {
  Shape weight{filter.out, filter.in / filter.group};
  std::vector<std::int64_t> pads;
  for (const std::int64_t taps : filter.taps) {
    weight.push_back(taps);
    pads.push_back(filter.padded ? taps / 2 : 0);
  }
  pads.insert(pads.end(), pads.begin(), pads.end());
  const std::vector<std::int64_t> strides(filter.taps.size(), filter.stride);
  return graph.node("Conv", {x, graph.weight(weight), graph.weight({filter.out})},
                    {{"kernel_shape", filter.taps}, {"strides", strides}, {"pads", pads}, {"group", filter.group}});
}

double out_pixels(const Filter& filter, const Shape& image) {
  double pixels = 1;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const std::int64_t pad = filter.padded ? 2 * (filter.taps[i] / 2) : 0;
    const std::int64_t steps = (image[i] + pad - filter.taps[i]) / filter.stride + 1;
    pixels *= static_cast<double>(steps);
  }
  return pixels;
}

double flops_of(const Filter& filter, const Shape& image) {
  return 2 * product({filter.out, filter.in / filter.group}) * static_cast<double>(elements_of(filter.taps)) *
         out_pixels(filter, image);
}

Shape input_shape(const Filter& filter, const Shape& image) {
  Shape shape{1, filter.in};
  shape.insert(shape.end(), image.begin(), image.end());
  return shape;
}

/// Warm, and for small images, whose weights outweigh them, with weights from memory.
void add_conv(std::vector<Case>& out, int rank, const Filter& filter, const Shape& image, double most_flops = 1e9) {
  constexpr double most_cold_pixels = 256;
  const double flops = flops_of(filter, image);
  if (flops > most_flops) return;
  const Build build = [=](GraphBuilder& graph) {
    graph.use(convolve(graph, filter, graph.activation(input_shape(filter, image))));
  };
  const std::string id = fmt::format("conv/{}-{}/k{}/s{}/g{}/{}", filter.in, filter.out, joined(filter.taps),
                                     filter.stride, filter.group, joined(image));
  out.push_back({.id = id, .context = CacheContext::warm, .rank = rank, .flops = flops, .build = build});
  const bool depthwise = filter.group == filter.in && filter.group > 1;
  if (out_pixels(filter, image) > most_cold_pixels || depthwise) return;
  out.push_back({.id = id, .context = CacheContext::cold_weights, .rank = rank, .flops = flops, .build = build});
}

int rank_of_image(std::int64_t side) { return among(side, {7, 14, 28, 56}) ? 0 : 1; }

void add_square(std::vector<Case>& out, std::int64_t taps, std::int64_t stride, const Sizes& sides, const Sizes& ins,
                const Sizes& outs) {
  for (const std::int64_t side : sides) {
    for (const std::int64_t in : ins) {
      for (const std::int64_t channels : outs) {
        if (std::max(in, channels) > 8 * std::min(in, channels)) continue;
        const bool core = among(in, {32, 128, 512}) && among(channels, {32, 128, 512}) && taps <= 3;
        add_conv(out, rank_of_image(side) + (core ? 0 : 1), {in, channels, {taps, taps}, stride}, {side, side}, 8e8);
      }
    }
  }
}

}  // namespace

std::vector<Case> conv_cases() {
  std::vector<Case> out;
  const Sizes wide{16, 32, 64, 128, 256, 512};
  add_square(out, 3, 1, {7, 14, 28, 56, 112, 160}, wide, wide);
  add_square(out, 3, 2, {14, 28, 56, 112, 160}, wide, wide);
  add_square(out, 1, 1, {1, 7, 14, 28, 56, 112, 160}, {16, 32, 64, 128, 256, 512, 1024},
             {16, 32, 64, 128, 256, 512, 1024});
  add_square(out, 1, 2, {14, 28, 56}, {64, 256, 512, 1024}, {128, 512, 1024, 2048});
  add_square(out, 5, 1, {7, 14, 28}, {32, 128}, {32, 128});
  add_square(out, 7, 1, {14, 28}, {32, 128}, {32, 128});
  add_square(out, 2, 2, {14, 28, 56}, {96, 192, 384}, {192, 384, 768});
  // Channels that are no power of two: the blocked kernels pad to the width of a vector.
  for (const std::int64_t side : {7, 14, 28, 56}) {
    for (const auto& [in, channels] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {24, 72}, {96, 24}, {40, 240}, {144, 32}, {320, 1280}, {960, 160}, {48, 80}, {200, 120}}) {
      add_conv(out, 1, {in, channels, {1, 1}}, {side, side});
    }
    for (const auto& [in, channels] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{48, 48}, {80, 80}, {96, 192}, {144, 144}}) {
      add_conv(out, 1, {in, channels, {3, 3}}, {side, side});
    }
  }
  return out;
}

std::vector<Case> depthwise_cases() {
  std::vector<Case> out;
  for (const std::int64_t taps : {3, 5, 7}) {
    for (const std::int64_t stride : {1, 2}) {
      for (const std::int64_t c : {16, 32, 64, 96, 144, 240, 384, 576, 960, 1152}) {
        for (const std::int64_t side : {7, 14, 28, 56, 112}) {
          if (c * side * side > 2'500'000 || (taps == 7 && stride == 2)) continue;
          const bool core = taps == 3 && among(c, {32, 96, 576}) && among(side, {7, 28, 56});
          add_conv(out, core ? 0 : 1, {c, c, {taps, taps}, stride, c}, {side, side});
        }
      }
    }
  }
  return out;
}

std::vector<Case> other_conv_cases() {
  std::vector<Case> out;
  struct First {
    std::int64_t taps = 3;
    std::int64_t stride = 2;
  };
  for (const std::int64_t side : {96, 160, 224, 448, 640}) {
    for (const First first : {First{3, 2}, First{3, 1}, First{7, 2}, First{6, 2}}) {
      for (const std::int64_t channels : {16, 32, 64}) {
        add_conv(out, side == 224 ? 0 : 1, {3, channels, {first.taps, first.taps}, first.stride}, {side, side}, 1.5e9);
      }
    }
    for (const std::int64_t channels : {96, 192, 384, 768}) {
      for (const std::int64_t patch : {4, 16, 32}) {
        if (side % patch != 0) continue;
        add_conv(out, patch == 16 ? 0 : 1, {3, channels, {patch, patch}, patch, 1, false}, {side, side}, 1.5e9);
      }
    }
  }
  // 1-D, whose kernel is unrolled into a matrix.
  for (const std::int64_t length : {64, 256, 1024, 3000}) {
    for (const std::int64_t in : {32, 80, 128, 512}) {
      for (const std::int64_t channels : {32, 128, 512}) {
        for (const std::int64_t taps : {1, 3, 9}) {
          for (const std::int64_t stride : {1, 2}) {
            const bool core = in == channels && taps == 3 && stride == 1;
            add_conv(out, core ? 0 : 2, {in, channels, {taps}, stride}, {length}, 2e9);
          }
        }
      }
    }
  }
  for (const std::int64_t length : {1500, 3000}) {
    for (const std::int64_t in : {80, 384, 768}) add_conv(out, 1, {in, 512, {3}, 1}, {length}, 4e9);
  }
  for (const std::int64_t length : {50, 100, 250, 500}) {
    for (const auto& [c, group, taps] : std::vector<std::array<std::int64_t, 3>>{
             {512, 16, 64}, {512, 16, 128}, {768, 16, 128}, {256, 8, 31}, {1024, 16, 128}}) {
      add_conv(out, 1, {c, c, {taps}, 1, group}, {length}, 2e9);
    }
    for (const std::int64_t c : {64, 256, 512}) add_conv(out, 1, {c, c, {15}, 1, c}, {length});
  }
  for (const std::int64_t length : {4000, 16000, 64000}) {
    for (const std::int64_t channels : {64, 512}) {
      if (length * channels > 10'000'000) continue;
      add_conv(out, 1, {1, channels, {10}, 5, 1, false}, {length});
    }
  }
  // Grouped, neither dense nor depthwise.
  for (const std::int64_t side : {7, 14, 28, 56}) {
    for (const auto& [c, group] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{128, 32}, {256, 32}, {512, 32}, {128, 4}, {256, 8}}) {
      add_conv(out, 2, {c, c, {3, 3}, 1, group}, {side, side});
    }
  }
  for (const std::int64_t side : {7, 14, 28, 56}) {
    for (const auto& [in, channels, taps] : std::vector<std::array<std::int64_t, 3>>{
             {64, 32, 2}, {128, 64, 2}, {256, 128, 2}, {128, 64, 4}, {32, 16, 3}}) {
      const Build build = [=](GraphBuilder& graph) {
        graph.use(graph.node(
            "ConvTranspose",
            {graph.activation({1, in, side, side}), graph.weight({in, channels, taps, taps}), graph.weight({channels})},
            {{"strides", Sizes{2, 2}}, {"kernel_shape", Sizes{taps, taps}}}));
      };
      out.push_back({.id = fmt::format("conv_transpose/{}-{}/k{}/{}", in, channels, taps, side),
                     .rank = 2,
                     .flops = 2 * product({in, channels, taps, taps, side, side}),
                     .build = build});
    }
  }
  return out;
}

std::vector<Case> plain_conv_cases() {
  std::vector<Case> out;
  const auto add = [&](int rank, const Filter& filter, std::int64_t side) {
    const std::size_t before = out.size();
    add_conv(out, rank, filter, {side, side}, 6e8);
    for (std::size_t i = before; i < out.size(); ++i) {
      out[i].plain_layout = true;
      out[i].id = "plain_" + out[i].id;
    }
  };
  for (const std::int64_t side : {5, 10, 14, 28, 56, 112}) {
    for (const std::int64_t in : {3, 8, 24, 64, 128, 512}) {
      for (const std::int64_t channels : {4, 8, 16, 64, 128, 512}) {
        if (std::max(in, channels) > 32 * std::min(in, channels)) continue;
        const bool core = in == 64 && channels == 64;
        add(core ? 0 : 1, {in, channels, {1, 1}}, side);
        add(core ? 1 : 2, {in, channels, {1, 1}, 2}, side);
        add(core ? 0 : 1, {in, channels, {3, 3}}, side);
        if (side > 14) add(2, {in, channels, {3, 3}, 2}, side);
      }
    }
    if (side <= 14) {
      for (const auto& [in, channels] :
           std::vector<std::pair<std::int64_t, std::int64_t>>{{512, 2048}, {2048, 512}, {1024, 2048}, {1024, 256}}) {
        add(1, {in, channels, {1, 1}}, side);
        add(1, {in, channels, {1, 1}, 2}, 2 * side);
      }
    }
    for (const std::int64_t c : {32, 144, 576}) add(1, {c, c, {3, 3}, 1, c}, side);
    for (const std::int64_t group : {4, 32}) add(2, {128, 128, {3, 3}, 1, group}, side);
  }
  for (const std::int64_t side : {32, 120, 224}) {
    for (const std::int64_t channels : {8, 32, 64}) {
      add(1, {3, channels, {7, 7}, 2}, side);
      add(1, {3, channels, {3, 3}, 2}, side);
      add(1, {1, channels, {5, 5}}, side);
    }
  }
  return out;
}

std::vector<Case> activation_cases() {
  std::vector<Case> out;
  const std::vector<std::string> kinds{"none", "Relu", "Clip",    "HardSigmoid", "Sigmoid", "LeakyRelu",
                                       "Tanh", "Sum",  "SumRelu", "HardSwish",   "SiLU"};
  for (const auto& [c, side] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {32, 112}, {96, 56}, {192, 28}, {576, 14}, {960, 7}, {64, 56}, {128, 28}}) {
    for (const std::string& kind : kinds) {
      for (const bool depthwise : {true, false}) {
        if (kind.starts_with("Sum") && depthwise) continue;
        const Filter filter{c, c, depthwise ? Shape{3, 3} : Shape{1, 1}, 1, depthwise ? c : 1};
        const Shape image{side, side};
        const Build build = [=](GraphBuilder& graph) {
          std::string y = convolve(graph, filter, graph.activation(input_shape(filter, image)));
          if (kind == "Clip") {
            y = graph.node("Clip", {y, graph.scalar(0), graph.scalar(6)});
          } else if (kind == "HardSwish") {
            y = graph.node("HardSwish", {y});
          } else if (kind == "SiLU") {
            y = graph.node("Mul", {y, graph.node("Sigmoid", {y})});
          } else if (kind.starts_with("Sum")) {
            y = graph.node("Add", {y, convolve(graph, filter, graph.activation(input_shape(filter, image)))});
            if (kind == "SumRelu") y = graph.node("Relu", {y});
          } else if (kind != "none") {
            y = graph.node(kind, {y});
          }
          graph.use(y);
        };
        const bool core = among(c, {96, 192, 576}) && kind != "Tanh";
        out.push_back({.id = fmt::format("conv_{}/{}/{}x{}", kind, depthwise ? "dw" : "pw", c, side),
                       .rank = core ? 0 : 1,
                       .flops = flops_of(filter, image),
                       .build = build});
      }
    }
  }
  return out;
}

}  // namespace costscan::calibrate
