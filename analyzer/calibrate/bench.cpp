#include "calibrate/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "load/load.hpp"
#include "measure/caches.hpp"
#include "measure/profile.hpp"
#include "measure/statistics.hpp"
#include "predict/rate_features.hpp"
#include "shapes/infer.hpp"

namespace costscan::calibrate {
namespace {

constexpr int warmup_runs = 2;
constexpr std::size_t cache_line = 64;

/// Twice the last level, so that nothing of what was there before is left.
std::int64_t stream_bytes() {
  const CacheSizes caches = read_cache_sizes();
  return std::clamp(2 * std::max(caches.l2, caches.l3), std::int64_t{32} << 20U, std::int64_t{256} << 20U);
}

/// Removes its file when it goes out of scope.
class Scratch {
 public:
  explicit Scratch(std::filesystem::path file) : file_(std::move(file)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return file_; }

 private:
  std::filesystem::path file_;
};

/// What a point says about where its operands were holds for the nodes that the case is about. Those that only make its
/// operands find theirs wherever the last run has left them.
bool belongs(const RateFeatures& features, const Node& node, const MicroModel& model, const GraphOptions& options) {
  if (model.helpers.contains(node.name)) return false;
  if (options.context != CacheContext::cold_weights || options.after_gemm) return true;
  return features.weight_bytes > 1024;
}

Result<std::vector<CalibrationPoint>> points_of(const Measurement& measurement, const MicroModel& model,
                                                const CostLibrary& costs, const GraphOptions& options) {
  ShapeOptions shapes;
  shapes.dims = model.dims;
  shapes.observed = observed_outputs(measurement.nodes, measurement.optimized->graph);
  const auto shaped = infer_shapes(measurement.optimized, shapes);
  if (!shaped) return tl::unexpected(shaped.error());
  const std::vector<NodeCost> node_costs = cost_scope(costs, **shaped, 0);
  std::vector<CalibrationPoint> out;
  for (const RuntimeNode& executed : measurement.nodes) {
    if (executed.optimized_node < 0) continue;
    const auto node = static_cast<std::size_t>(executed.optimized_node);
    const auto features = rate_features((*shaped)->scopes.front(), node, node_costs[node]);
    if (!features || !belongs(*features, (*shaped)->scopes.front().graph->nodes[node], model, options)) continue;
    const Centre centre = centre_of(executed.time.us);
    CalibrationPoint point;
    point.rate_class = features->rate_class;
    point.coords = features->coords;
    point.activation = features->activation;
    point.context = options.context;
    point.work = features->work;
    point.bytes = features->bytes_in + features->bytes_out + features->weight_bytes;
    point.weight_bytes = features->weight_bytes;
    point.out_elements = features->out_elements;
    point.us = centre.us;
    point.spread = centre.spread;
    point.samples = static_cast<std::int32_t>(executed.time.us.size());
    out.push_back(std::move(point));
  }
  return out;
}

}  // namespace

Centre centre_of(std::vector<double> us) {
  if (us.empty()) return {};
  std::ranges::sort(us);
  const std::size_t first = us.size() / 4;
  const std::size_t last = us.size() - first - 1;
  double sum = 0;
  for (std::size_t i = first; i <= last; ++i) sum += us[i];
  Centre out;
  out.us = sum / static_cast<double>(last - first + 1);
  if (out.us > 0) out.spread = (us[last] - us[first]) / out.us;
  return out;
}

std::vector<CalibrationPoint> merge_points(std::vector<CalibrationPoint> points) {
  using Key = std::tuple<std::string, CacheContext, std::string, std::vector<double>>;
  std::map<Key, std::vector<CalibrationPoint>> groups;
  for (CalibrationPoint& point : points) {
    groups[{point.rate_class, point.context, point.activation, point.coords}].push_back(std::move(point));
  }
  std::vector<CalibrationPoint> out;
  for (auto& [key, group] : groups) {
    CalibrationPoint merged = group.front();
    if (group.size() > 1) {
      std::vector<double> us;
      std::vector<double> spreads;
      merged.samples = 0;
      for (const CalibrationPoint& point : group) {
        us.push_back(point.us);
        spreads.push_back(point.spread);
        merged.samples += point.samples;
      }
      // What differs between graphs counts as spread too.
      const double between = centre_of(us).spread;
      merged.us = median_of(std::move(us));
      merged.spread = std::max(median_of(std::move(spreads)), between);
    }
    out.push_back(std::move(merged));
  }
  return out;
}

Bench::Bench(Runtime runtime, std::int32_t threads, std::filesystem::path folder, AnonymousMemory stream)
    : runtime_(std::move(runtime)),
      threads_(threads),
      folder_(std::move(folder)),
      stream_(std::move(stream)),
      costs_(CostLibrary::builtin()) {}

Result<Bench> Bench::create(Runtime runtime, std::int32_t threads, std::filesystem::path folder) {
  auto stream = anonymous_memory(stream_bytes());
  if (!stream) return tl::unexpected(stream.error());
  // Pages that were never written are all the kernel's one page of zeros, which no cache is emptied by.
  for (std::size_t at = 0; at < stream->bytes.size(); at += cache_line) stream->bytes[at] = std::byte{1};
  return Bench(std::move(runtime), threads, std::move(folder), *std::move(stream));
}

/// Every thread streams its part, so that the cores' own caches are emptied too. Read, not written: caches full of
/// changed lines would have to be written back while the next graph runs, which slows what it reads from memory.
void Bench::empty_caches() {
  const std::size_t share = stream_.bytes.size() / static_cast<std::size_t>(threads_);
  const auto stream = [&](std::size_t part) {
    const volatile std::byte* bytes = stream_.bytes.data();
    for (std::size_t at = part * share; at < (part + 1) * share; at += cache_line) static_cast<void>(bytes[at]);
  };
  std::vector<std::thread> others;
  for (std::int32_t t = 1; t < threads_; ++t) others.emplace_back(stream, static_cast<std::size_t>(t));
  stream(0);
  for (std::thread& other : others) other.join();
}

Result<Measurement> Bench::run(const MicroModel& model, const RunLimits& limits, bool empty) {
  const Scratch saved(folder_ / "optimized.onnx");
  const Scratch weights(folder_ / "optimized.onnx.weights");
  SessionOptions options{.optimization_level = model.optimization_level, .threads = threads_};
  options.save_optimized = saved.path();
  options.profile_prefix = folder_ / "profile";
  auto session = Session::create(runtime_, model.model, options);
  if (!session) return tl::unexpected(session.error());
  const auto feeds = Feeds::create(runtime_, model.inputs);
  if (!feeds) return tl::unexpected(feeds.error());
  const auto start = std::chrono::steady_clock::now();
  int runs = warmup_runs;
  double timed_us = 0;
  for (int i = 0; i < runs; ++i) {
    if (empty) empty_caches();
    const auto us = session->run(*feeds);
    if (!us) return tl::unexpected(us.error());
    timed_us = *us;
    if (i + 1 == warmup_runs && runs == warmup_runs) {
      const double fit = limits.seconds * 1e6 / std::max(timed_us, 1.0);
      runs +=
          static_cast<int>(std::clamp(fit, static_cast<double>(limits.at_least), static_cast<double>(limits.at_most)));
    }
    // A machine that is much slower than the plan assumes still gets its least number of runs, no more.
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (i >= warmup_runs + limits.at_least - 1 && seconds > 10 * limits.seconds) break;
  }
  const auto file = session->end_profiling();
  if (!file) return tl::unexpected(file.error());
  const Scratch profile_file(*file);
  auto profile = read_profile(*file, [](std::int64_t run) { return run >= warmup_runs; });
  if (!profile) return tl::unexpected(profile.error());
  auto optimized = load_model(saved.path(), {.lenient = true});
  if (!optimized) return tl::unexpected(optimized.error());
  Measurement measurement;
  measurement.nodes = std::move(profile->nodes);
  measurement.profiled_latency = summarize(std::move(profile->run_us));
  measurement.optimized = *std::move(optimized);
  join_to_graph(measurement.nodes, measurement.optimized->graph);
  return measurement;
}

Result<void> Bench::measure_cases(const Batch& batch, std::size_t first, std::size_t count, const RunLimits& limits,
                                  BatchPoints& out) {
  GraphBuilder graph(batch.options);
  for (std::size_t i = first; i < first + count; ++i) batch.cases[i].build(graph);
  const auto model = graph.finish();
  if (!model) return tl::unexpected(model.error());
  auto measured = run(*model, limits, batch.options.context != CacheContext::warm);
  if (measured) {
    auto points = points_of(*measured, *model, costs_, batch.options);
    if (!points) return tl::unexpected(points.error());
    out.points.insert(out.points.end(), points->begin(), points->end());
    return {};
  }
  if (count == 1) {
    out.refused.push_back(batch.cases[first].id + ": " + measured.error().message);
    return {};
  }
  // One operator that this runtime does not have must not cost the others their points.
  const std::size_t half = count / 2;
  if (auto done = measure_cases(batch, first, half, limits, out); !done) return done;
  return measure_cases(batch, first + half, count - half, limits, out);
}

Result<BatchPoints> Bench::measure(const Batch& batch, const RunLimits& limits) {
  BatchPoints out;
  if (auto done = measure_cases(batch, 0, batch.cases.size(), limits, out); !done) return tl::unexpected(done.error());
  out.points = merge_points(std::move(out.points));
  return out;
}

}  // namespace costscan::calibrate
