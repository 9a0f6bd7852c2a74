// Matrix products: with constant weights (linear layers) and between activations (attention).
#include "calibrate/case_tables.hpp"

namespace costscan::calibrate {
namespace {

struct Layer {
  std::int64_t n = 0;
  std::int64_t k = 0;
  int rank = 0;
  std::int64_t most_rows = 4096;
};

/// Outputs and inputs of a linear layer. Rank 0 spans the range; the rest fills it in where interpolation is poor:
/// between the powers, at widths that no vector divides, at vocabularies.
std::vector<Layer> layers() {
  std::vector<Layer> out;
  for (const std::int64_t n : {64, 256, 768, 3072}) {
    for (const std::int64_t k : {64, 256, 768, 3072}) out.push_back({n, k, 0});
  }
  for (const auto& [n, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{{128, 128},
                                                                               {384, 384},
                                                                               {512, 512},
                                                                               {1024, 1024},
                                                                               {1536, 384},
                                                                               {384, 1536},
                                                                               {2048, 512},
                                                                               {512, 2048},
                                                                               {1024, 4096},
                                                                               {4096, 1024},
                                                                               {2048, 2048},
                                                                               {192, 192},
                                                                               {576, 192},
                                                                               {192, 768},
                                                                               {128, 1024},
                                                                               {2304, 768}}) {
    out.push_back({n, k, 1});
  }
  for (const auto& [n, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {1000, 512}, {1000, 1280}, {1000, 2048}, {100, 320}, {37, 256}, {2, 768}, {10, 640}, {5632, 2048}}) {
    out.push_back({n, k, 1, 512});
  }
  out.push_back({4096, 4096, 1, 64});
  out.push_back({32768, 768, 2, 128});
  out.push_back({50257, 256, 2, 32});
  return out;
}

int rank_of_rows(std::int64_t m) { return among(m, {1, 8, 32, 128, 512}) ? 0 : 1; }

void linear(GraphBuilder& graph, std::int64_t m, std::int64_t n, std::int64_t k) {
  graph.use(graph.node("Gemm", {graph.activation({m, k}), graph.weight({k, n}), graph.weight({n})}));
}

void product_of_activations(GraphBuilder& graph, const Shape& a, const Shape& b) {
  graph.use(graph.node("MatMul", {graph.activation(a), graph.activation(b)}));
}

void add_bmm(std::vector<Case>& out, int rank, std::int64_t batch, std::int64_t m, std::int64_t n, std::int64_t k) {
  const double flops = 2 * product({batch, m, n, k});
  if (flops > 2.5e9) return;
  const Build build = [=](GraphBuilder& graph) { product_of_activations(graph, {1, batch, m, k}, {1, batch, k, n}); };
  const std::string id = fmt::format("bmm/{}x{}x{}x{}", batch, m, n, k);
  out.push_back({.id = id, .context = CacheContext::warm, .rank = rank, .flops = flops, .build = build});
  out.push_back({.id = id, .context = CacheContext::cold, .rank = rank + 1, .flops = flops, .build = build});
}

/// The second operand as keys lie in memory: a transposition that the runtime has fused into the product.
void add_transposed(std::vector<Case>& out, int rank, std::int64_t batch, std::int64_t m, std::int64_t n,
                    std::int64_t k) {
  const double flops = 2 * product({batch, m, n, k});
  if (flops > 2.5e9) return;
  out.push_back({.id = fmt::format("bmm_transB/{}x{}x{}x{}", batch, m, n, k),
                 .rank = rank,
                 .flops = flops,
                 .build = [=](GraphBuilder& graph) {
                   graph.use(graph.node("FusedMatMul",
                                        {graph.activation({1, batch, m, k}), graph.activation({1, batch, n, k})},
                                        {{"transB", std::int64_t{1}}, {"alpha", 0.125}}, microsoft));
                 }});
}

/// One matrix for all rows, but made at run time, so that it is packed each time.
void add_dynamic(std::vector<Case>& out) {
  for (const std::int64_t m : {1, 16, 128, 512}) {
    for (const auto& [n, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {64, 64}, {256, 256}, {768, 768}, {3072, 768}, {64, 1024}, {1024, 64}}) {
      out.push_back({.id = fmt::format("gemm_dynamic/{}x{}x{}", m, n, k),
                     .rank = 1,
                     .flops = 2 * product({m, n, k}),
                     .build = [=](GraphBuilder& graph) { product_of_activations(graph, {m, k}, {k, n}); }});
    }
  }
}

}  // namespace

std::vector<Case> gemm_cases() {
  std::vector<Case> out;
  for (const Layer& layer : layers()) {
    for (const std::int64_t m : {1, 2, 4, 8, 16, 32, 64, 128, 197, 256, 512, 1500}) {
      if (m > layer.most_rows || (layer.rank > 0 && among(m, {2, 4, 64, 197, 256}) && layer.n != layer.k)) continue;
      const int rank = layer.rank + rank_of_rows(m);
      const std::int64_t n = layer.n;
      const std::int64_t k = layer.k;
      const Build build = [=](GraphBuilder& graph) { linear(graph, m, n, k); };
      const std::string id = fmt::format("gemm/{}x{}x{}", m, n, k);
      const double flops = 2 * product({m, n, k});
      out.push_back({.id = id, .context = CacheContext::warm, .rank = rank, .flops = flops, .build = build});
      // Where many rows share the weights it hardly matters whence they come: a few show that it is so.
      if (m >= 128 && (layer.rank > 0 || rank > 1)) continue;
      const int cold_rank = m <= 32 ? rank : std::max(rank, 1);
      out.push_back(
          {.id = id, .context = CacheContext::cold_weights, .rank = cold_rank, .flops = flops, .build = build});
    }
  }
  return out;
}

std::vector<Case> bmm_cases() {
  std::vector<Case> out;
  // Queries times keys, and scores times values: prefill.
  for (const std::int64_t s : {16, 49, 64, 128, 197, 256, 384, 512, 1024, 1500}) {
    for (const std::int64_t d : {32, 64, 128}) {
      const std::int64_t batch = s > 600 ? 4 : 12;
      const int rank = d == 64 && among(s, {16, 64, 128, 256, 512, 1500}) ? 0 : 1;
      add_bmm(out, rank, batch, s, s, d);
      add_bmm(out, rank, batch, s, d, s);
      add_transposed(out, rank, batch, s, s, d);
    }
  }
  // One query: decoding.
  for (const std::int64_t t : {16, 64, 128, 257, 512, 1024, 2048}) {
    for (const std::int64_t d : {32, 64, 128}) {
      const int rank = d == 64 && among(t, {64, 512}) ? 0 : 1;
      add_bmm(out, rank, 12, 1, t, d);
      add_bmm(out, rank, 12, 1, d, t);
      add_transposed(out, rank + 1, 12, 1, t, d);
    }
  }
  // Sides that no vector divides, and long against short ones.
  for (const std::int64_t m : {20, 100, 400}) {
    for (const std::int64_t n : {20, 50, 100, 200, 400}) {
      for (const std::int64_t k : {20, 50, 100, 200, 400}) add_bmm(out, 2, 12, m, n, k);
    }
  }
  for (const std::int64_t m : {8, 32, 256}) {
    for (const std::int64_t n : {64, 1024}) {
      for (const std::int64_t k : {16, 64, 1024}) add_bmm(out, 1, 8, m, n, k);
    }
  }
  add_dynamic(out);
  return out;
}

}  // namespace costscan::calibrate
