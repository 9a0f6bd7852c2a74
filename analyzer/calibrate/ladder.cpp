#include "calibrate/ladder.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "measure/profile.hpp"
#include "measure/statistics.hpp"

namespace costscan::calibrate {
namespace {

constexpr double mebibyte = 1024.0 * 1024.0;

Result<ResidencyStep> step(Bench& bench, double footprint) {
  const std::int64_t side = footprint < 2 * mebibyte ? 256 : 512;  // 256 KiB or 1 MiB of weights each
  const double bytes_each = 4.0 * static_cast<double>(side * side);
  const int products = std::max(2, static_cast<int>(std::lround(footprint / bytes_each)));
  GraphBuilder graph(GraphOptions{});
  for (int i = 0; i < products; ++i) {
    graph.use(graph.node("Gemm", {graph.activation({1, side}), graph.weight({side, side}), graph.weight({side})}));
  }
  const auto model = graph.finish();
  if (!model) return tl::unexpected(model.error());
  const auto measured = bench.run(*model, {.seconds = 0.1, .at_least = 4, .at_most = 12}, false);
  if (!measured) return tl::unexpected(measured.error());
  std::vector<double> us;
  for (const RuntimeNode& node : measured->nodes) {
    if (node.op_type == "Gemm" || node.op_type == "MatMul") us.push_back(centre_of(node.time.us).us);
  }
  if (us.empty()) return fail(ErrorKind::measurement, "the runtime's profile lacks the matrix products of the ladder");
  return ResidencyStep{bytes_each * products, bytes_each / (median_of(std::move(us)) * 1e-6)};
}

/// Small nodes that nothing shortens with optimisers off; of several kinds, as in a model, so that their code takes
/// turns.
MicroModel chain(int nodes) {
  static constexpr std::array kinds{"Abs", "Relu", "Sigmoid", "Neg", "Sqrt", "Exp"};
  GraphBuilder graph(GraphOptions{.context = CacheContext::cold});  // plain inputs and outputs
  std::string x = graph.activation({8});
  for (int i = 0; i < nodes; ++i) {
    const auto kind = static_cast<std::size_t>(i) % (kinds.size() + 2);
    if (kind == kinds.size()) {
      x = graph.node("Mul", {x, graph.scalar(0.5)});
    } else if (kind > kinds.size()) {
      x = graph.node("Reshape", {x, graph.ints({8})});
    } else {
      x = graph.node(kinds[kind], {x});
    }
  }
  graph.use(x);
  return graph.finish().value_or(MicroModel{});
}

struct ChainTimes {
  double kernels_us = 0;
  double wall_us = 0;
};

Result<ChainTimes> time_chain(const Bench& bench, int nodes, const std::filesystem::path& folder) {
  constexpr int rounds = 10;
  constexpr int runs_per_round = 10;
  const MicroModel model = chain(nodes);
  SessionOptions options{.optimization_level = "disabled", .threads = bench.threads()};
  auto plain = Session::create(bench.runtime(), model.model, options);
  if (!plain) return tl::unexpected(plain.error());
  options.profile_prefix = folder / "chain";
  auto profiled = Session::create(bench.runtime(), model.model, options);
  if (!profiled) return tl::unexpected(profiled.error());
  const auto feeds = Feeds::create(bench.runtime(), model.inputs);
  if (!feeds) return tl::unexpected(feeds.error());
  std::vector<double> wall;
  for (int round = 0; round < rounds; ++round) {
    for (Session* session : {&*plain, &*profiled}) {
      for (int i = 0; i < runs_per_round; ++i) {
        const auto us = session->run(*feeds);
        if (!us) return tl::unexpected(us.error());
        if (session == &*plain && round > 0) wall.push_back(*us);
      }
    }
  }
  const auto file = profiled->end_profiling();
  if (!file) return tl::unexpected(file.error());
  const auto profile = read_profile(*file, [](std::int64_t run) { return run >= runs_per_round; });
  std::error_code ignored;
  std::filesystem::remove(*file, ignored);
  if (!profile) return tl::unexpected(profile.error());
  ChainTimes out;
  for (const RuntimeNode& node : profile->nodes) out.kernels_us += centre_of(node.time.us).us;
  out.wall_us = median_of(std::move(wall));
  return out;
}

}  // namespace

Result<std::vector<ResidencyStep>> measure_residency(Bench& bench) {
  std::vector<ResidencyStep> out;
  for (const double mib : {0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0, 24.0, 32.0, 48.0, 64.0, 96.0}) {
    const auto measured = step(bench, mib * mebibyte);
    if (!measured) return tl::unexpected(measured.error());
    out.push_back(*measured);
  }
  return out;
}

Result<NodeOverhead> measure_overhead(const Bench& bench) {
  constexpr int few = 100;
  constexpr int many = 500;
  const auto small = time_chain(bench, few, bench.folder());
  if (!small) return tl::unexpected(small.error());
  const auto large = time_chain(bench, many, bench.folder());
  if (!large) return tl::unexpected(large.error());
  const double nodes = many - few;
  const double wall = (large->wall_us - small->wall_us) / nodes;
  const double kernels = (large->kernels_us - small->kernels_us) / nodes;
  return NodeOverhead{kernels - wall, std::max(wall, 0.0)};
}

}  // namespace costscan::calibrate
