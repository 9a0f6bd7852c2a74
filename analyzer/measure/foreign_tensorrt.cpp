// TensorRT's trtexec: --exportProfile writes [{"count": RUNS}, {"name", "timeMs", "averageMs", "medianMs",
// "percentage"}, ...], --exportTimes one object per run. Keys: samples/common/sampleReporting.cpp of TensorRT.
#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "measure/foreign_formats.hpp"
#include "measure/json_objects.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

using nlohmann::json;

constexpr double us_per_ms = 1000;

/// nullopt where the key is absent or is no time.
std::optional<double> time_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const auto ms = found->get<double>();
  if (!std::isfinite(ms) || ms < 0) return std::nullopt;
  return ms * us_per_ms;
}

struct ReadObjects {
  std::vector<json> objects;
  std::int64_t unreadable = 0;
  bool complete = false;
};

ReadObjects read_objects(const std::filesystem::path& file) {
  ReadObjects out;
  std::ifstream in(file, std::ios::binary);
  out.complete = for_each_object(in, [&](std::string_view text) {
    json object = json::parse(text, nullptr, false);
    if (object.is_discarded()) {
      ++out.unreadable;
    } else {
      out.objects.push_back(std::move(object));
    }
  });
  return out;
}

Measurement start_measurement(const ReadObjects& read, const std::string& name, const char* parts) {
  Measurement m;
  m.status = MeasureStatus::ok;
  m.threads = 0;
  if (!read.complete) m.warnings.push_back(fmt::format("{}: the file is cut; what is complete was read", name));
  if (read.unreadable > 0) {
    m.warnings.push_back(fmt::format("{}: {} {} cannot be read and are left out", name, read.unreadable, parts));
  }
  return m;
}

/// Per run: the median, else the mean, else the sum over the runs divided by their number.
std::optional<double> layer_time(const json& layer, const std::optional<std::int64_t>& runs) {
  if (const auto median = time_of(layer, "medianMs")) return median;
  if (const auto mean = time_of(layer, "averageMs")) return mean;
  const auto total = time_of(layer, "timeMs");
  if (!total || !runs || *runs <= 0) return std::nullopt;
  return *total / static_cast<double>(*runs);
}

}  // namespace

Result<ForeignTimes> read_tensorrt_layers(const std::filesystem::path& file) {
  const std::string name = printable(file.string());
  const ReadObjects read = read_objects(file);
  ForeignTimes out{ForeignFormat::tensorrt_layers, start_measurement(read, name, "layers")};
  Measurement& m = out.measurement;
  std::optional<std::int64_t> runs;
  for (const json& object : read.objects) {
    if (const auto count = object.find("count"); count != object.end() && count->is_number_integer()) runs = *count;
    const auto layer = object.find("name");
    if (layer == object.end() || !layer->is_string()) continue;
    const auto us = layer_time(object, runs);
    if (!us) {
      return fail(
          ErrorKind::input,
          fmt::format("{}: layer '{}' has no time: medianMs, averageMs, or timeMs with the file's count of runs", name,
                      printable(layer->get<std::string>())));
    }
    RuntimeNode node;
    node.name = layer->get<std::string>();
    node.provider = "TensorRT";
    node.time = summarize({*us});
    m.nodes.push_back(std::move(node));
  }
  if (m.nodes.empty()) {
    return fail(ErrorKind::input, fmt::format("{}: names no layer; {}", name, readable_formats()));
  }
  m.latency = sum_of_nodes(m.nodes);
  m.reason = fmt::format("read from {}: TensorRT's times of {} layers{}, whose sum is the end-to-end time", name,
                         m.nodes.size(), runs ? fmt::format(" over {} runs", *runs) : std::string());
  return out;
}

Result<ForeignTimes> read_tensorrt_runs(const std::filesystem::path& file) {
  const std::string name = printable(file.string());
  const ReadObjects read = read_objects(file);
  ForeignTimes out{ForeignFormat::tensorrt_runs, start_measurement(read, name, "runs")};
  std::vector<double> us;
  const char* key = "computeMs";
  for (const char* candidate : {"computeMs", "latencyMs"}) {
    key = candidate;
    for (const json& run : read.objects) {
      if (const auto time = time_of(run, key)) us.push_back(*time);
    }
    if (!us.empty()) break;
  }
  if (us.empty()) return fail(ErrorKind::input, fmt::format("{}: holds no run; {}", name, readable_formats()));
  Measurement& m = out.measurement;
  m.reason = fmt::format(
      "read from {}: TensorRT's {} of {} runs, without times of layers (trtexec --exportProfile has "
      "them)",
      name, key, us.size());
  m.latency = summarize(std::move(us));
  return out;
}

}  // namespace costscan
