// Operators that go once over their elements, and those that work along rows.
#include <map>

#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

struct Unary {
  std::string_view op;
  std::string_view domain = "";
  Attributes attributes{};
  int rank = 1;
  std::int64_t opset = 17;
};

const std::vector<Unary>& unary_operators() {
  static const std::vector<Unary> table{
      {"Gelu", microsoft, {}, 0},
      {"FastGelu", microsoft, {}, 1},
      {"QuickGelu", microsoft, {{"alpha", 1.0}}, 0},
      {"QuickGelu", microsoft, {{"alpha", 1.702}}, 1},
      {"Relu", "", {}, 0},
      {"Sigmoid", "", {}, 0},
      {"Tanh", "", {}, 0},
      {"Erf", "", {}, 0},
      {"HardSigmoid", "", {}, 1},
      {"HardSwish", "", {}, 1},
      {"LeakyRelu", "", {}, 1},
      {"Elu", "", {}, 2},
      {"Softplus", "", {}, 2},
      {"Exp", "", {}, 1},
      {"Log", "", {}, 2},
      {"Sqrt", "", {}, 1},
      {"Reciprocal", "", {}, 2},
      {"Neg", "", {}, 1},
      {"Abs", "", {}, 2},
      {"Sin", "", {}, 1},
      {"Cos", "", {}, 1},
      {"Floor", "", {}, 2},
      {"Round", "", {}, 2},
      {"IsNaN", "", {}, 2},
      {"Gelu", "", {}, 2, 20},
      {"Gelu", "", {{"approximate", std::string("tanh")}}, 2, 20},
  };
  return table;
}

/// Elements from what one core barely notices to what no cache holds.
const Sizes& sizes() {
  static const Sizes list{256, 1024, 4096, 16384, 65536, 150528, 262144, 589824, 1048576, 2408448, 4194304};
  return list;
}

bool core_size(std::int64_t n) { return among(n, {1024, 16384, 150528, 1048576}); }

Shape matrix_of(std::int64_t n) {
  const std::int64_t columns = n < 16384 ? 64 : (n % 768 == 0 ? 768 : 256);
  return {1, n / columns, columns};
}

void add_unary(std::vector<Case>& out) {
  for (const Unary& unary : unary_operators()) {
    for (const std::int64_t n : sizes()) {
      if (unary.rank == 2 && !core_size(n)) continue;
      const bool boolean = unary.op == "IsNaN";
      const Build build = [=](GraphBuilder& graph) {
        std::string x = graph.activation(matrix_of(n));
        // Values for which every function is defined.
        if (unary.op == "Log" || unary.op == "Sqrt") x = graph.node("Abs", {x});
        graph.use(graph.node(unary.op, {x}, unary.attributes, unary.domain), boolean ? DType::boolean : DType::float32);
      };
      const std::string setting = unary.attributes.empty() ? ""
                                  : std::holds_alternative<double>(unary.attributes.front().second)
                                      ? fmt::format("{:g}", std::get<double>(unary.attributes.front().second))
                                      : "tanh";
      add_streaming(out, fmt::format("{}{}{}/{}", unary.domain, unary.op, setting, n),
                    unary.rank + (core_size(n) ? 0 : 1), n, build, unary.opset);
    }
  }
}

void add_biased(std::vector<Case>& out) {
  for (const std::string op : {"BiasGelu", "FastGelu", "BiasSplitGelu"}) {
    if (op == "BiasSplitGelu") continue;  // has no CPU kernel
    for (const std::int64_t n : {12288, 49152, 393216, 1572864}) {
      const Build build = [=](GraphBuilder& graph) {
        graph.use(graph.node(op, {graph.activation({1, n / 768, 768}), graph.weight({768})}, {}, microsoft));
      };
      add_streaming(out, fmt::format("{}/{}", op, n), op == "BiasGelu" ? 0 : 1, n, build);
    }
  }
}

/// Shapes of the second operand, by what the broadcast does to the inner loop.
Shape second_operand(std::string_view kind, const Shape& first) {
  if (kind == "scalar") return {};
  if (kind == "row") return {first.back()};
  if (kind == "column") return {1, first[1], 1};
  return first;
}

void add_binary(std::vector<Case>& out) {
  struct Row {
    std::string_view op;
    int rank = 1;
    bool boolean = false;
  };
  for (const Row row :
       {Row{"Add", 0}, Row{"Mul", 0}, Row{"Sub", 1}, Row{"Div", 1}, Row{"Pow", 1}, Row{"Max", 2}, Row{"Min", 2},
        Row{"Equal", 2, true}, Row{"Less", 2, true}, Row{"Greater", 2, true}, Row{"PRelu", 2}}) {
    for (const std::string_view kind : {"same", "scalar", "row", "column"}) {
      if (row.op == "PRelu" && kind != "row") continue;
      if (row.op == "Pow" && kind != "scalar") continue;
      for (const std::int64_t n : sizes()) {
        if (row.rank == 2 && !core_size(n)) continue;
        const Build build = [=](GraphBuilder& graph) {
          const Shape shape = matrix_of(n);
          const std::string x = graph.activation(shape);
          std::string y;
          if (kind == "same" || kind == "column") {
            y = graph.activation(second_operand(kind, shape));
          } else if (kind == "scalar") {
            y = graph.scalar(row.op == "Pow" ? 3.0 : 0.3);
          } else {
            y = graph.weight(second_operand(kind, shape));
          }
          graph.use(graph.node(row.op, {x, y}), row.boolean ? DType::boolean : DType::float32);
        };
        const int rank = row.rank + (core_size(n) ? 0 : 1) + (kind == "column" ? 1 : 0);
        add_streaming(out, fmt::format("{}/{}/{}", row.op, kind, n), rank, n, build);
      }
    }
  }
  for (const std::int64_t n : {1024, 16384, 150528, 1048576}) {
    add_streaming(out, fmt::format("PowSquare/{}", n), 1, n, [=](GraphBuilder& graph) {
      graph.use(graph.node("Pow", {graph.activation(matrix_of(n)), graph.scalar(2.0)}));
    });
  }
}

/// Channels scaled, as in squeeze and excitation; and two outer operands that both broadcast.
void add_channelwise(std::vector<Case>& out) {
  for (const std::string_view op : {"Mul", "Add"}) {
    for (const std::int64_t c : {16, 64, 240, 960}) {
      for (const std::int64_t side : {7, 14, 28, 56}) {
        if (c * side * side > 1'600'000) continue;
        add_streaming(
            out, fmt::format("{}/channel/{}x{}", op, c, side), c == 64 ? 0 : 1, c * side * side,
            [=](GraphBuilder& graph) {
              graph.use(graph.node(op, {graph.activation({1, c, side, side}), graph.activation({1, c, 1, 1})}));
            });
      }
    }
    for (const std::int64_t s : {16, 128, 512}) {
      add_streaming(out, fmt::format("{}/outer/{}", op, s), 2, s * s, [=](GraphBuilder& graph) {
        graph.use(graph.node(op, {graph.activation({1, s, 1}), graph.activation({1, 1, s})}));
      });
      add_streaming(out, fmt::format("{}/mask/{}", op, s), 1, 12 * s * s, [=](GraphBuilder& graph) {
        graph.use(graph.node(op, {graph.activation({1, 12, s, s}), graph.activation({1, 1, s, s})}));
      });
    }
  }
}

void add_selection(std::vector<Case>& out) {
  for (const std::int64_t n : {1024, 16384, 65536, 262144, 1048576}) {
    for (const std::string_view kind : {"same", "scalar", "mixed"}) {
      add_streaming(out, fmt::format("Where/{}/{}", kind, n), core_size(n) ? 0 : 1, n, [=](GraphBuilder& graph) {
        const Shape shape{1, 4, n / 1024, 256};
        Shape mask = shape;
        if (kind == "mixed") mask = {1, 1, n / 1024, 256};
        const std::string condition = graph.input(mask, DType::boolean, {FillKind::integers, 0, 1});
        const std::string other = kind == "same" ? graph.activation(shape) : graph.scalar(-1e4);
        graph.use(graph.node("Where", {condition, graph.activation(shape), other}));
      });
    }
  }
  struct Conversion {
    DType from = DType::float32;
    DType to = DType::float32;
    int rank = 1;
  };
  for (const Conversion conversion :
       {Conversion{DType::float32, DType::float16, 0}, Conversion{DType::float16, DType::float32, 0},
        Conversion{DType::int64, DType::float32}, Conversion{DType::float32, DType::int64},
        Conversion{DType::boolean, DType::float32}, Conversion{DType::int64, DType::int32},
        Conversion{DType::int64, DType::boolean}, Conversion{DType::int32, DType::float32},
        Conversion{DType::int32, DType::int64}, Conversion{DType::uint8, DType::float32}}) {
    for (const std::int64_t n : {1024, 16384, 150528, 1048576}) {
      const Build build = [=](GraphBuilder& graph) {
        const std::string x = graph.input(matrix_of(n), conversion.from, {FillKind::integers, 0, 1});
        graph.use(graph.node("Cast", {x}, {{"to", static_cast<std::int64_t>(conversion.to)}}), conversion.to);
      };
      const std::string id = fmt::format("Cast/{}-{}/{}", to_string(conversion.from), to_string(conversion.to), n);
      out.push_back({.id = id, .context = CacheContext::warm, .rank = conversion.rank, .build = build});
      out.push_back({.id = id, .context = CacheContext::cold, .rank = conversion.rank + 1, .build = build});
    }
  }
}

struct RowOperator {
  std::string_view op;
  std::string_view domain = "";
  int rank = 0;
  int scales = 0;     ///< constant operands of a row's length
  bool skip = false;  ///< adds a second activation first
  std::int64_t opset = 17;
};

void add_rows(std::vector<Case>& out) {
  static const std::vector<RowOperator> table{
      {"Softmax", "", 0, 0},
      {"LogSoftmax", "", 2, 0},
      {"LayerNormalization", "", 0, 2},
      {"SkipLayerNormalization", microsoft, 0, 2, true},
      {"SimplifiedLayerNormalization", "", 0, 1},
      {"SkipSimplifiedLayerNormalization", microsoft, 1, 1, true},
      {"RMSNormalization", "", 1, 1, false, 23},
  };
  for (const RowOperator& row : table) {
    const bool softmax = row.scales == 0;
    for (const std::int64_t columns : {16, 49, 64, 128, 197, 256, 384, 512, 768, 1024, 1500, 3072, 8400}) {
      if (!softmax && (columns > 3072 || among(columns, {49, 197, 1500}))) continue;
      for (const std::int64_t rows : {1, 8, 49, 128, 197, 512, 1500, 3136, 6144, 24576}) {
        if (rows * columns > (softmax ? 13'000'000 : 5'000'000) || (rows == 1 && columns < 200)) continue;
        const bool core_columns = softmax ? among(columns, {64, 128, 512}) : among(columns, {64, 256, 768});
        const bool core = core_columns && among(rows, {8, 128, 1500});
        if (row.rank > 0 && !core) continue;
        const Build build = [=](GraphBuilder& graph) {
          Names operands{graph.activation({1, rows, columns})};
          if (row.skip) operands.push_back(graph.activation({1, rows, columns}));
          for (int i = 0; i < row.scales; ++i) operands.push_back(graph.weight({columns}));
          Attributes attributes{{"axis", std::int64_t{-1}}};
          if (!softmax) attributes = {{"epsilon", 1e-5}};
          if (!softmax && !row.skip) attributes.push_back({"axis", std::int64_t{-1}});
          graph.use(graph.node(row.op, operands, attributes, row.domain));
        };
        add_streaming(out, fmt::format("{}/{}x{}", row.op, rows, columns), row.rank + (core ? 0 : 1), rows * columns,
                      build, row.opset);
      }
    }
  }
  for (const std::int64_t axis_length : {17, 21, 1000}) {
    add_streaming(out, fmt::format("Softmax/axis1/{}", axis_length), 2, axis_length * 400, [=](GraphBuilder& graph) {
      graph.use(graph.node("Softmax", {graph.activation({1, axis_length, 400})}, {{"axis", std::int64_t{1}}}));
    });
  }
}

void add_reductions(std::vector<Case>& out) {
  for (const std::string_view op : {"ReduceMean", "ReduceSum", "ReduceMax", "ReduceL2", "ArgMax"}) {
    const bool summed = op == "ReduceSum";  // its axes are an operand in this operator set
    const bool index = op == "ArgMax";
    for (const std::int64_t columns : {16, 64, 256, 768, 3072}) {
      for (const std::int64_t rows : {8, 128, 512, 3136}) {
        for (const bool inner : {true, false}) {
          const bool core = among(columns, {64, 768}) && among(rows, {128, 512});
          if (op != "ReduceMean" && !core) continue;
          const Build build = [=](GraphBuilder& graph) {
            const std::int64_t axis = inner ? 2 : 1;
            Names operands{graph.activation({1, rows, columns})};
            Attributes attributes{{"keepdims", std::int64_t{1}}};
            if (summed) {
              operands.push_back(graph.ints({axis}));
            } else if (index) {
              attributes.push_back({"axis", axis});
            } else {
              attributes.push_back({"axes", Sizes{axis}});
            }
            graph.use(graph.node(op, operands, attributes), index ? DType::int64 : DType::float32);
          };
          add_streaming(out, fmt::format("{}/{}/{}x{}", op, inner ? "inner" : "outer", rows, columns), core ? 1 : 2,
                        rows * columns, build);
        }
      }
    }
  }
}

void add_channel_norms(std::vector<Case>& out) {
  for (const std::int64_t c : {32, 256, 512}) {
    for (const std::int64_t pixels : {196, 784, 3000}) {
      const Build build = [=](GraphBuilder& graph) {
        graph.use(graph.node("InstanceNormalization",
                             {graph.activation({1, c, pixels}), graph.weight({c}), graph.weight({c})}));
      };
      add_streaming(out, fmt::format("InstanceNormalization/{}x{}", c, pixels), 1, c * pixels, build);
      const Build group = [=](GraphBuilder& graph) {
        graph.use(graph.node("GroupNormalization",
                             {graph.activation({1, c, pixels}), graph.weight({c}), graph.weight({c})},
                             {{"num_groups", std::int64_t{32}}}));
      };
      add_streaming(out, fmt::format("GroupNormalization/{}x{}", c, pixels), 2, c * pixels, group, 21);
    }
  }
}

}  // namespace

/// What exporters leave of masks and positions: small, and of integers or truth values.
std::vector<Case> integer_cases() {
  struct Row {
    std::string_view op;
    DType from;
    DType to;
  };
  std::vector<Case> out;
  for (const Row row : {Row{"Add", DType::int64, DType::int64}, Row{"Mul", DType::int64, DType::int64},
                        Row{"Sub", DType::int64, DType::int64}, Row{"Div", DType::int64, DType::int64},
                        Row{"Max", DType::int64, DType::int64}, Row{"Min", DType::int64, DType::int64},
                        Row{"Equal", DType::int64, DType::boolean}, Row{"Less", DType::int64, DType::boolean},
                        Row{"GreaterOrEqual", DType::int64, DType::boolean}, Row{"And", DType::boolean, DType::boolean},
                        Row{"Or", DType::boolean, DType::boolean}}) {
    for (const std::int64_t n : {1, 16, 256, 4096, 65536}) {
      for (const std::string_view kind : {"same", "scalar", "mixed"}) {
        if (kind != "same" && n < 256) continue;
        const Build build = [=](GraphBuilder& graph) {
          const bool boolean = row.from == DType::boolean;
          const Fill values = boolean ? Fill{FillKind::integers, 0, 1} : Fill{FillKind::integers, 1, 99};
          const Shape shape = n >= 256 ? Shape{1, 1, n / 16, 16} : Shape{1, n};
          std::string x = graph.input(kind == "mixed" ? Shape{1, 1, n / 16, 1} : shape, row.from, values);
          std::string y = kind == "scalar"
                              ? graph.scalar(boolean ? 1 : 7, row.from)
                              : graph.input(kind == "mixed" ? Shape{1, 1, 1, 16} : shape, row.from, values);
          graph.keep(graph.node(row.op, {x, y}), row.to);
        };
        out.push_back({.id = fmt::format("{}/{}/{}/{}", row.op, to_string(row.from), kind, n),
                       .context = CacheContext::warm,
                       .rank = n == 256 && kind == "same" ? 0 : 1,
                       .build = build});
      }
    }
  }
  return out;
}

std::vector<Case> elementwise_cases() {
  std::vector<Case> out;
  add_unary(out);
  add_biased(out);
  add_binary(out);
  add_channelwise(out);
  add_selection(out);
  return out;
}

std::vector<Case> row_cases() {
  std::vector<Case> out;
  add_rows(out);
  add_reductions(out);
  add_channel_norms(out);
  return out;
}

}  // namespace costscan::calibrate
