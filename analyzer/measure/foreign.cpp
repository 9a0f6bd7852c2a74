#include "measure/foreign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "measure/foreign_formats.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

std::string name_of(const std::filesystem::path& file) { return printable(file.string()); }

/// The beginning of the file, which tells its format. nullopt where it cannot be read.
std::optional<std::string> head_of(const std::filesystem::path& file) {
  constexpr std::size_t most = 65536;
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::string head(most, '\0');
  in.read(head.data(), static_cast<std::streamsize>(most));
  head.resize(static_cast<std::size_t>(in.gcount()));
  return head;
}

/// JSON is told apart by the keys of its objects, everything else is taken for a table.
std::optional<ForeignFormat> format_of(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || head.find('\0') != std::string_view::npos) return std::nullopt;
  if (head[first] != '[' && head[first] != '{') return ForeignFormat::table;
  const auto has = [&](std::string_view key) { return head.find(key) != std::string_view::npos; };
  if (has("\"ph\"") && (has("\"cat\"") || has("_kernel_time"))) return ForeignFormat::ort_profile;
  if (has("\"averageMs\"") || has("\"timeMs\"") || has("\"medianMs\"")) return ForeignFormat::tensorrt_layers;
  if (has("\"latencyMs\"") || has("\"computeMs\"")) return ForeignFormat::tensorrt_runs;
  return std::nullopt;
}

}  // namespace

std::string readable_formats() {
  return "costscan reads an ONNX Runtime profile (JSON), a CSV with the columns node and latency_us (or _ms, _ns, _s), "
         "and the JSON of TensorRT's trtexec --exportProfile and --exportTimes";
}

Samples sum_of_nodes(const std::vector<RuntimeNode>& nodes) {
  if (nodes.empty()) return {};
  const std::size_t count = nodes.front().time.us.size();
  const bool paired = std::ranges::all_of(nodes, [&](const RuntimeNode& node) { return node.time.us.size() == count; });
  std::vector<double> sums(paired ? count : 1, 0.0);
  for (const RuntimeNode& node : nodes) {
    if (!paired) sums.front() += node.time.median;
    for (std::size_t i = 0; paired && i < count; ++i) sums[i] += node.time.us[i];
  }
  return summarize(std::move(sums));
}

Result<ForeignTimes> read_foreign(const std::filesystem::path& file, const Model& model) {
  const auto head = head_of(file);
  if (!head) {
    return fail(ErrorKind::input, fmt::format("{}: cannot be read; check the path given to --profile", name_of(file)));
  }
  const auto format = format_of(*head);
  if (!format) {
    return fail(ErrorKind::input,
                fmt::format("{}: {}; {}", name_of(file),
                            head->empty() ? "is empty" : "is no measurement that costscan knows", readable_formats()));
  }
  switch (*format) {
    case ForeignFormat::ort_profile: return read_ort_profile(file);
    case ForeignFormat::tensorrt_layers: return read_tensorrt_layers(file);
    case ForeignFormat::tensorrt_runs: return read_tensorrt_runs(file);
    case ForeignFormat::table: break;
  }
  return read_latency_table(file, model);
}

}  // namespace costscan
