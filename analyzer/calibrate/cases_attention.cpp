// Fused attention, rotary embeddings, recurrent networks and Einsum.
#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

struct Heads {
  std::int64_t queries = 1;
  std::int64_t past = 0;
  std::int64_t heads = 12;
  std::int64_t kv_heads = 12;
  std::int64_t width = 64;
  int rank = 1;
};

double attention_flops(const Heads& h) { return 4 * product({h.heads, h.queries, h.past + h.queries, h.width}); }

std::string id_of(std::string_view op, const Heads& h) {
  return fmt::format("{}/{}+{}/{}:{}x{}", op, h.queries, h.past, h.heads, h.kv_heads, h.width);
}

void add_case(std::vector<Case>& out, std::string id, int rank, double flops, const Build& build,
              std::int64_t opset = 17) {
  out.push_back({.id = std::move(id), .rank = rank, .flops = flops, .build = build, .opset = opset});
}

std::string int32_scalar(GraphBuilder& graph, const Shape& shape, std::int64_t value) {
  const auto number = static_cast<double>(value);
  return graph.weight(shape, DType::int32, {FillKind::constant, number, number});
}

void group_query(GraphBuilder& graph, const Heads& h, bool rotary) {
  const std::int64_t total = h.past + h.queries;
  const std::string query = graph.activation({1, h.queries, h.heads * h.width});
  const std::string key = graph.activation({1, h.queries, h.kv_heads * h.width});
  const std::string value = graph.activation({1, h.queries, h.kv_heads * h.width});
  const Fill values{FillKind::uniform, -1, 1};
  const Shape past{1, h.kv_heads, h.past, h.width};
  Names operands{query,
                 key,
                 value,
                 graph.input(past, DType::float32, values),
                 graph.input(past, DType::float32, values),
                 int32_scalar(graph, {1}, total - 1),
                 int32_scalar(graph, {}, total)};
  if (rotary) {
    operands.push_back(graph.weight({4096, h.width / 2}));
    operands.push_back(graph.weight({4096, h.width / 2}));
  }
  const Names made = graph.nodes(
      "GroupQueryAttention", operands, 3,
      {{"num_heads", h.heads}, {"kv_num_heads", h.kv_heads}, {"do_rotary", std::int64_t{rotary ? 1 : 0}}}, microsoft);
  for (const std::string& name : made) graph.use(name);
}

void add_fused(std::vector<Case>& out) {
  std::vector<Heads> prefills;
  for (const std::int64_t s : {16, 64, 128, 197, 384, 512, 1024}) {
    for (const auto& [heads, width] : std::vector<std::pair<std::int64_t, std::int64_t>>{{12, 64}, {6, 32}, {8, 128}}) {
      prefills.push_back({s, 0, heads, heads, width, width == 64 && among(s, {16, 128, 512}) ? 0 : 1});
    }
  }
  for (const Heads& h : prefills) {
    const std::int64_t hidden = h.heads * h.width;
    add_case(out, id_of("MultiHeadAttention", h), h.rank, attention_flops(h), [=](GraphBuilder& graph) {
      const Shape shape{1, h.queries, hidden};
      graph.use(graph.node("MultiHeadAttention",
                           {graph.activation(shape), graph.activation(shape), graph.activation(shape)},
                           {{"num_heads", h.heads}}, microsoft));
    });
    add_case(out, id_of("PackedAttention", h), h.rank + 1,
             attention_flops(h) + 6 * product({h.queries, hidden, hidden}), [=](GraphBuilder& graph) {
               graph.use(graph.node("Attention",
                                    {graph.activation({1, h.queries, hidden}), graph.weight({hidden, 3 * hidden}),
                                     graph.weight({3 * hidden})},
                                    {{"num_heads", h.heads}}, microsoft));
             });
    add_case(
        out, id_of("Attention", h), h.rank + 1, attention_flops(h),
        [=](GraphBuilder& graph) {
          const Shape shape{1, h.heads, h.queries, h.width};
          graph.use(
              graph.node("Attention", {graph.activation(shape), graph.activation(shape), graph.activation(shape)}));
        },
        23);
  }
  std::vector<Heads> cached;
  for (const std::int64_t past : {15, 63, 127, 511, 1023, 2047}) {
    for (const auto& [heads, kv, width] :
         std::vector<std::array<std::int64_t, 3>>{{32, 4, 64}, {32, 8, 128}, {16, 2, 64}, {8, 8, 64}}) {
      cached.push_back({1, past, heads, kv, width, kv == 4 && among(past, {63, 511}) ? 0 : 1});
      if (past < 600) cached.push_back({32, past, heads, kv, width, 2});
    }
  }
  for (const std::int64_t s : {16, 64, 128, 256, 512}) {
    for (const auto& [heads, kv, width] :
         std::vector<std::array<std::int64_t, 3>>{{32, 4, 64}, {32, 8, 128}, {16, 2, 64}}) {
      cached.push_back({s, 0, heads, kv, width, kv == 4 && among(s, {16, 128}) ? 0 : 1});
    }
  }
  for (const Heads& h : cached) {
    const std::int64_t total = h.past + h.queries;
    add_case(
        out, id_of("Attention+cache", h), h.rank + 1, attention_flops(h),
        [=](GraphBuilder& graph) {
          const Fill values{FillKind::uniform, -1, 1};
          const Shape fresh{1, h.kv_heads, h.queries, h.width};
          Names operands{graph.activation({1, h.heads, h.queries, h.width}), graph.activation(fresh),
                         graph.activation(fresh), graph.input({1, 1, h.queries, total}, DType::float32, values)};
          if (h.past == 0) return graph.use(graph.node("Attention", operands));
          const Shape past{1, h.kv_heads, h.past, h.width};
          for (int i = 0; i < 2; ++i) operands.push_back(graph.input(past, DType::float32, values));
          for (const std::string& name : graph.nodes("Attention", operands, 3)) graph.use(name);
        },
        23);
    for (const bool rotary : {false, true}) {
      add_case(out, id_of(rotary ? "GroupQueryAttention+rotary" : "GroupQueryAttention", h), h.rank + (rotary ? 1 : 0),
               attention_flops(h), [=](GraphBuilder& graph) { group_query(graph, h, rotary); });
    }
  }
}

void add_rotary(std::vector<Case>& out) {
  for (const std::int64_t s : {1, 16, 128, 512}) {
    for (const auto& [heads, width] : std::vector<std::pair<std::int64_t, std::int64_t>>{{32, 64}, {8, 128}, {4, 64}}) {
      const Shape shape{1, heads, s, width};
      add_streaming(out, fmt::format("RotaryEmbedding/{}", joined(shape)), heads == 32 ? 0 : 1, elements_of(shape),
                    [=](GraphBuilder& graph) {
                      const std::string positions =
                          graph.input({1, s}, DType::int64, {FillKind::ramp, 0, static_cast<double>(s)});
                      graph.use(graph.node("RotaryEmbedding",
                                           {graph.activation(shape), positions, graph.weight({2048, width / 2}),
                                            graph.weight({2048, width / 2})},
                                           {}, microsoft));
                    });
      add_streaming(
          out, fmt::format("onnx.RotaryEmbedding/{}", joined(shape)), 2, elements_of(shape),
          [=](GraphBuilder& graph) {
            graph.use(graph.node("RotaryEmbedding", {graph.activation(shape), graph.weight({1, s, width / 2}),
                                                     graph.weight({1, s, width / 2})}));
          },
          23);
    }
  }
}

void add_einsum(std::vector<Case>& out) {
  struct Equation {
    std::string text;
    Shape a;
    Shape b;
    double flops = 0;
  };
  std::vector<Equation> equations;
  for (const std::int64_t s : {16, 64, 128, 512}) {
    for (const std::int64_t d : {32, 64, 256}) {
      const std::int64_t h = 8;
      equations.push_back({"bhid,bhjd->bhij", {1, h, s, d}, {1, h, s, d}, 2 * product({h, s, s, d})});
      equations.push_back({"bhij,bhjd->bhid", {1, h, s, s}, {1, h, s, d}, 2 * product({h, s, s, d})});
      equations.push_back({"bihd,bjhd->bhij", {1, s, h, d}, {1, s, h, d}, 2 * product({h, s, s, d})});
      equations.push_back({"ij,jk->ik", {s, d}, {d, 4 * d}, 8 * product({s, d, d})});
      equations.push_back({"bij,kj->bik", {1, s, d}, {4 * d, d}, 8 * product({s, d, d})});
      equations.push_back({"td,edf->etf", {s, d}, {4, d, 2 * d}, 16 * product({s, d, d})});
      equations.push_back({"etf,efd->etd", {4, s, 2 * d}, {4, 2 * d, d}, 16 * product({s, d, d})});
      equations.push_back({"te,etd->td", {s, 4}, {4, s, d}, 8 * product({s, d})});
    }
  }
  for (const Equation& e : equations) {
    add_case(out, fmt::format("Einsum/{}/{}/{}", e.text, joined(e.a), joined(e.b)), 1, 3 * e.flops,
             [=](GraphBuilder& graph) {
               graph.use(graph.node("Einsum", {graph.activation(e.a), graph.activation(e.b)}, {{"equation", e.text}}));
             });
  }
}

}  // namespace

std::vector<Case> attention_cases() {
  std::vector<Case> out;
  add_fused(out);
  add_rotary(out);
  add_einsum(out);
  return out;
}

std::vector<Case> recurrent_cases() {
  std::vector<Case> out;
  struct Cell {
    std::string_view op;
    std::int64_t gates = 4;
    int rank = 1;
  };
  for (const Cell cell : {Cell{"LSTM", 4, 0}, Cell{"GRU", 3, 0}, Cell{"RNN", 1, 2}}) {
    for (const std::int64_t steps : {1, 16, 64, 256}) {
      for (const std::int64_t batch : {1, 8}) {
        for (const auto& [in, hidden] :
             std::vector<std::pair<std::int64_t, std::int64_t>>{{64, 64}, {128, 256}, {512, 256}, {512, 512}}) {
          for (const std::int64_t directions : {1, 2}) {
            const double flops = 2 * product({steps, batch, cell.gates, hidden, in + hidden, directions});
            if (flops > 1e9) continue;
            const bool core = hidden == 256 && in == 128 && directions == 1 && batch == 1;
            const Build build = [=](GraphBuilder& graph) {
              Attributes attributes{{"hidden_size", hidden}};
              if (directions == 2) attributes.push_back({"direction", std::string("bidirectional")});
              const Names made = graph.nodes(
                  cell.op,
                  {graph.activation({steps, batch, in}), graph.weight({directions, cell.gates * hidden, in}),
                   graph.weight({directions, cell.gates * hidden, hidden}),
                   graph.weight({directions, 2 * cell.gates * hidden})},
                  1, attributes);
              graph.use(made.front());
            };
            out.push_back({.id = fmt::format("{}/{}x{}/{}-{}/d{}", cell.op, steps, batch, in, hidden, directions),
                           .rank = core ? cell.rank : cell.rank + 1,
                           .flops = 4 * flops,
                           .build = build});
          }
        }
      }
    }
  }
  return out;
}

}  // namespace costscan::calibrate
