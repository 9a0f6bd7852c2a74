// Operators that only move elements: transposes, joins, cuts, lookups; pools and resizing beside them.
#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

void add_transpose(std::vector<Case>& out, int rank, const Shape& shape, const Sizes& order) {
  add_streaming(
      out, fmt::format("Transpose/{}/{}", joined(shape), joined(order)), rank, elements_of(shape),
      [=](GraphBuilder& graph) { graph.use(graph.node("Transpose", {graph.activation(shape)}, {{"perm", order}})); });
}

void add_concat(std::vector<Case>& out, int rank, const Shape& shape, std::int64_t axis, std::int64_t parts) {
  add_streaming(out, fmt::format("Concat/{}/{}/{}", parts, joined(shape), axis), rank, parts * elements_of(shape),
                [=](GraphBuilder& graph) {
                  Names operands;
                  for (std::int64_t i = 0; i < parts; ++i) operands.push_back(graph.activation(shape));
                  graph.use(graph.node("Concat", operands, {{"axis", axis}}));
                });
}

void add_split(std::vector<Case>& out, int rank, const Shape& shape, std::int64_t axis, std::int64_t parts) {
  add_streaming(out, fmt::format("Split/{}/{}/{}", parts, joined(shape), axis), rank, elements_of(shape),
                [=](GraphBuilder& graph) {
                  const Sizes each(static_cast<std::size_t>(parts), shape[static_cast<std::size_t>(axis)] / parts);
                  const Names made =
                      graph.nodes("Split", {graph.activation(shape), graph.ints(each)}, each.size(), {{"axis", axis}});
                  for (const std::string& part : made) graph.use(part);
                });
}

void add_slice(std::vector<Case>& out, int rank, const Shape& shape, std::int64_t axis, std::int64_t step) {
  add_streaming(out, fmt::format("Slice/{}/{}/{}", joined(shape), axis, step), rank, elements_of(shape) / 2,
                [=](GraphBuilder& graph) {
                  const std::int64_t end = shape[static_cast<std::size_t>(axis)] / (step > 1 ? 1 : 2);
                  graph.use(graph.node("Slice", {graph.activation(shape), graph.ints({0}), graph.ints({end}),
                                                 graph.ints({axis}), graph.ints({step})}));
                });
}

void add_gather(std::vector<Case>& out, int rank, std::int64_t rows, std::int64_t width, std::int64_t picked) {
  const Build build = [=](GraphBuilder& graph) {
    const std::string index =
        graph.input({1, picked}, DType::int64, {FillKind::integers, 0, static_cast<double>(rows - 1)});
    graph.use(graph.node("Gather", {graph.weight({rows, width}), index}));
  };
  const std::string id = fmt::format("Gather/{}x{}/{}", rows, width, picked);
  out.push_back({.id = id, .context = CacheContext::warm, .rank = rank, .build = build});
  out.push_back({.id = id, .context = CacheContext::cold, .rank = rank, .build = build});
}

/// In the blocked layout, where a convolution before makes it.
std::string blocked(GraphBuilder& graph, std::int64_t channels, std::int64_t side) {
  const std::string x = graph.activation({1, 16, side, side});
  return graph.node("Conv", {x, graph.weight({channels, 16, 1, 1}), graph.weight({channels})},
                    {{"kernel_shape", Sizes{1, 1}}});
}

void add_image(std::vector<Case>& out, int rank, std::string_view name, std::int64_t channels, std::int64_t side,
               const std::function<std::string(GraphBuilder&, const std::string&)>& op) {
  for (const bool in_blocks : {true, false}) {
    const Build build = [=](GraphBuilder& graph) {
      const std::string x = in_blocks ? blocked(graph, channels, side) : graph.activation({1, channels, side, side});
      graph.use(op(graph, x));
    };
    const std::string id = fmt::format("{}{}/{}x{}", name, in_blocks ? "/nchwc" : "", channels, side);
    out.push_back({.id = id,
                   .context = CacheContext::warm,
                   .rank = in_blocks ? rank : rank + 1,
                   .flops = 32 * product({channels, side, side}),
                   .build = build});
    if (in_blocks) continue;
    out.push_back({.id = id, .context = CacheContext::cold, .rank = rank + 1, .build = build});
  }
}

/// Arithmetic on sizes that only a run knows, as exporters leave it around reshapes and masks.
void add_shape_arithmetic(std::vector<Case>& out) {
  for (const std::int64_t rows : {3, 24, 160}) {
    for (int copy = 0; copy < 4; ++copy) {
      const Build build = [=](GraphBuilder& graph) {
        const std::string x = graph.open_input({rows, 64});
        const std::string sizes = graph.node("Shape", {x});
        const std::string first = graph.node("Gather", {sizes, graph.scalar(0, DType::int64)});
        const std::string twice = graph.node("Mul", {first, graph.scalar(2, DType::int64)});
        const std::string half = graph.node("Div", {twice, graph.scalar(2, DType::int64)});
        const std::string axis = graph.node("Unsqueeze", {half, graph.ints({0})});
        const std::string shape = graph.node("Concat", {axis, graph.ints({8, 8})}, {{"axis", std::int64_t{0}}});
        const std::string y = graph.node("Sub", {x, graph.scalar(0.001 * static_cast<double>(rows + copy))});
        graph.use(graph.node("Transpose", {graph.node("Reshape", {y, shape})}, {{"perm", Sizes{0, 2, 1}}}));
        const std::string range =
            graph.node("Range", {graph.scalar(0, DType::int64), first, graph.scalar(1, DType::int64)});
        const std::string less = graph.node("Less", {range, graph.scalar(2, DType::int64)});
        graph.use(graph.node("Cast", {less}, {{"to", std::int64_t{1}}}));
        const std::string filled = graph.node("Expand", {graph.node("Cast", {half}, {{"to", std::int64_t{1}}}), axis});
        graph.use(filled);
      };
      out.push_back({.id = fmt::format("sizes/{}/{}", rows, copy), .rank = copy == 0 ? 0 : 1, .build = build});
    }
  }
}

}  // namespace

std::vector<Case> transpose_cases() {
  std::vector<Case> out;
  for (const std::int64_t s : {8, 16, 49, 128, 197, 512, 1500}) {
    for (const auto& [heads, width] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{6, 64}, {12, 64}, {4, 36}, {12, 32}, {32, 64}, {8, 128}}) {
      if (s * heads * width > 3'100'000) continue;
      const int rank = heads == 12 && width == 64 && among(s, {16, 128, 512}) ? 0 : 1;
      add_transpose(out, rank, {1, s, heads, width}, {0, 2, 1, 3});
      add_transpose(out, rank, {1, s, heads, width}, {0, 2, 3, 1});
      add_transpose(out, rank + 1, {1, heads, s, width}, {0, 1, 3, 2});
      add_transpose(out, rank, {1, s, heads * width}, {0, 2, 1});
      add_transpose(out, rank + 1, {1, heads * width, s}, {0, 2, 1});
      if (s < 600) add_transpose(out, rank, {1, s, 3, heads, width}, {2, 0, 3, 1, 4});
    }
  }
  for (const auto& [c, side] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {64, 16}, {64, 56}, {144, 32}, {256, 28}, {512, 7}, {64, 80}, {96, 56}, {384, 14}, {768, 7}}) {
    add_transpose(out, 1, {1, c, side, side}, {0, 2, 3, 1});
    add_transpose(out, 1, {1, side, side, c}, {0, 3, 1, 2});
    if (side % 2 == 0) add_transpose(out, 2, {c * side / 2, 2, side / 2, 2}, {0, 2, 1, 3});
  }
  for (const std::int64_t anchors : {1344, 8400}) {
    add_transpose(out, 2, {1, 4, 16, anchors}, {0, 3, 1, 2});
    add_transpose(out, 2, {1, 4, 16, anchors}, {0, 2, 1, 3});
    add_transpose(out, 2, {1, 4, 16, anchors}, {0, 2, 3, 1});
    add_transpose(out, 2, {1, 4, 16, anchors}, {0, 3, 2, 1});
    add_transpose(out, 2, {1, anchors, 4, 16}, {0, 3, 1, 2});
  }
  // Windows of an image, as in shifted-window attention: six axes.
  for (const std::int64_t c : {96, 192, 384}) {
    const std::int64_t windows = 768 / c;
    add_transpose(out, 2, {1, windows, 7, windows, 7, c}, {0, 1, 3, 2, 4, 5});
  }
  return out;
}

std::vector<Case> movement_cases() {
  std::vector<Case> out;
  for (const std::int64_t inner : {16, 64, 400, 1600, 6400, 25600}) {
    for (const std::int64_t channels : {16, 64, 256}) {
      if (inner * channels > 2'000'000) continue;
      const int rank = channels == 64 && among(inner, {64, 1600}) ? 0 : 1;
      for (const std::int64_t parts : {2, 4})
        add_concat(out, rank + (parts == 4 ? 1 : 0), {1, channels, inner}, 1, parts);
      add_concat(out, rank, {1, inner, channels}, 2, 2);
      add_split(out, rank, {1, 2 * channels, inner}, 1, 2);
      add_split(out, rank, {1, inner, 3 * channels}, 2, 3);
      add_slice(out, rank, {1, 2 * channels, inner}, 1, 1);
      add_slice(out, rank, {1, inner, 2 * channels}, 2, 1);
      add_slice(out, rank + 1, {1, inner, 2 * channels}, 2, 2);
    }
  }
  // A cache of keys that grows by one row, as in decoding.
  for (const std::int64_t past : {16, 127, 511, 1023}) {
    for (const std::int64_t width : {64, 128}) {
      add_streaming(out, fmt::format("Concat/past/{}x{}", past, width), 1, 8 * past * width, [=](GraphBuilder& graph) {
        graph.use(graph.node("Concat", {graph.activation({1, 8, past, width}), graph.activation({1, 8, 1, width})},
                             {{"axis", std::int64_t{2}}}));
      });
      add_streaming(
          out, fmt::format("Expand/heads/{}x{}", past, width), 1, 16 * past * width, [=](GraphBuilder& graph) {
            graph.use(
                graph.node("Expand", {graph.activation({1, 4, 1, past, width}), graph.ints({1, 4, 4, past, width})}));
          });
    }
  }
  for (const std::int64_t picked : {1, 16, 128, 512, 2048}) {
    for (const auto& [rows, width] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{1000, 64}, {512, 768}, {30000, 768}, {30000, 256}}) {
      add_gather(out, picked == 128 ? 0 : 1, rows, width, picked);
    }
  }
  for (const std::int64_t n : {16, 128, 512}) {
    add_streaming(out, fmt::format("Expand/{}", n), 1, 4 * n * n, [=](GraphBuilder& graph) {
      graph.use(graph.node("Expand", {graph.activation({1, 1, n, 1}), graph.ints({1, 4, n, n})}));
    });
    add_streaming(out, fmt::format("Expand/rows/{}", n), 2, 4 * n * n, [=](GraphBuilder& graph) {
      graph.use(graph.node("Expand", {graph.activation({1, 1, n, n}), graph.ints({1, 4, n, n})}));
    });
    add_streaming(out, fmt::format("Tile/{}", n), 2, 4 * n * n, [=](GraphBuilder& graph) {
      graph.use(graph.node("Tile", {graph.activation({1, 2, n, n}), graph.ints({1, 2, 1, 1})}));
    });
    add_streaming(out, fmt::format("GatherElements/{}", n), 2, n * n, [=](GraphBuilder& graph) {
      const std::string index = graph.input({n, n}, DType::int64, {FillKind::integers, 0, static_cast<double>(n - 1)});
      graph.use(graph.node("GatherElements", {graph.activation({n, n}), index}, {{"axis", std::int64_t{1}}}));
    });
    add_streaming(out, fmt::format("GatherAxis/{}", n), 2, n * n, [=](GraphBuilder& graph) {
      const std::string index = graph.input({n / 2}, DType::int64, {FillKind::integers, 0, static_cast<double>(n - 1)});
      graph.use(graph.node("Gather", {graph.activation({2, n, n}), index}, {{"axis", std::int64_t{1}}}));
    });
  }
  for (const std::int64_t side : {7, 14, 28, 56, 112}) {
    for (const std::int64_t c : {16, 96}) {
      add_streaming(out, fmt::format("Pad/{}x{}", c, side), 2, c * side * side, [=](GraphBuilder& graph) {
        graph.use(graph.node("Pad", {graph.activation({1, c, side, side}), graph.ints({0, 0, 1, 1, 0, 0, 1, 1})}));
      });
    }
  }
  for (const std::int64_t n : {16, 128, 512}) {
    // Only axes of one element move: a copy.
    add_transpose(out, 1, {1, 1, n, 64}, {0, 2, 1, 3});
    add_transpose(out, 1, {1, n, 1, 64}, {0, 2, 1, 3});
    add_streaming(out, fmt::format("GatherND/{}", n), 2, n, [=](GraphBuilder& graph) {
      const std::string index = graph.input({n, 2}, DType::int64, {FillKind::integers, 0, static_cast<double>(n - 1)});
      graph.use(graph.node("GatherND", {graph.activation({n, n}), index}));
    });
    add_streaming(out, fmt::format("GatherND/rows/{}", n), 2, 64 * n, [=](GraphBuilder& graph) {
      const std::string index = graph.input({n, 1}, DType::int64, {FillKind::integers, 0, static_cast<double>(n - 1)});
      graph.use(graph.node("GatherND", {graph.activation({n, 64}), index}));
    });
  }
  add_shape_arithmetic(out);
  return out;
}

std::vector<Case> pool_cases() {
  std::vector<Case> out;
  for (const std::int64_t c : {16, 64, 256, 960}) {
    for (const std::int64_t side : {7, 14, 20, 40, 56, 112}) {
      if (c * side * side > 1'000'000) continue;
      const int rank = c == 64 && among(side, {14, 56}) ? 0 : 1;
      add_image(out, rank, "MaxPool3s2", c, side, [](GraphBuilder& graph, const std::string& x) {
        return graph.node("MaxPool", {x},
                          {{"kernel_shape", Sizes{3, 3}}, {"strides", Sizes{2, 2}}, {"pads", Sizes{1, 1, 1, 1}}});
      });
      add_image(out, rank + 1, "MaxPool5s1", c, side, [](GraphBuilder& graph, const std::string& x) {
        return graph.node("MaxPool", {x},
                          {{"kernel_shape", Sizes{5, 5}}, {"strides", Sizes{1, 1}}, {"pads", Sizes{2, 2, 2, 2}}});
      });
      add_image(out, rank + 1, "AveragePool2s2", c, side, [](GraphBuilder& graph, const std::string& x) {
        return graph.node("AveragePool", {x}, {{"kernel_shape", Sizes{2, 2}}, {"strides", Sizes{2, 2}}});
      });
      add_image(out, rank, "GlobalAveragePool", c, side,
                [](GraphBuilder& graph, const std::string& x) { return graph.node("GlobalAveragePool", {x}); });
      add_image(out, rank, "ResizeNearest", c, side, [](GraphBuilder& graph, const std::string& x) {
        return graph.node("Resize", {x, "", graph.floats({1, 1, 2, 2})},
                          {{"mode", std::string("nearest")},
                           {"coordinate_transformation_mode", std::string("asymmetric")},
                           {"nearest_mode", std::string("floor")}});
      });
      add_image(out, rank + 1, "ResizeLinear", c, side, [](GraphBuilder& graph, const std::string& x) {
        return graph.node(
            "Resize", {x, "", graph.floats({1, 1, 2, 2})},
            {{"mode", std::string("linear")}, {"coordinate_transformation_mode", std::string("half_pixel")}});
      });
    }
  }
  return out;
}

}  // namespace costscan::calibrate
