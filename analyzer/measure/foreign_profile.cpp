#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "measure/foreign_formats.hpp"
#include "measure/profile.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

/// The first run loads, allocates and warms caches; it counts only where there is no other.
Result<Profile> read_warm_runs(const std::filesystem::path& file) {
  auto profile = read_profile(file, [](std::int64_t run) { return run > 0; });
  if (!profile || !profile->run_us.empty()) return profile;
  return read_profile(file, [](std::int64_t) { return true; });
}

std::string providers_of(const std::vector<RuntimeNode>& nodes) {
  std::set<std::string> names;
  for (const RuntimeNode& node : nodes) {
    if (!node.provider.empty()) names.insert(node.provider);
  }
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string runs_in_words(const Profile& profile) {
  if (profile.unfinished_run) return "one run that lacks its end";
  const std::size_t runs = profile.run_us.size();
  if (profile.runs_in_file == 1) return "one run, without any to warm up";
  return fmt::format("{} run{} after 1 that warmed up", runs, runs == 1 ? "" : "s");
}

/// Nodes on several threads at once: their times sum to more than the run.
bool overlaps(const Measurement& m) {
  double kernels = 0;
  for (const RuntimeNode& node : m.nodes) kernels += node.time.median;
  constexpr double slack = 1.1;
  return !m.latency.us.empty() && kernels > slack * m.latency.median;
}

}  // namespace

Result<ForeignTimes> read_ort_profile(const std::filesystem::path& file) {
  auto profile = read_warm_runs(file);
  if (!profile) return fail(ErrorKind::input, fmt::format("{}; {}", profile.error().message, readable_formats()));
  const std::string name = printable(file.string());
  if (profile->nodes.empty() && profile->run_us.empty()) {
    return fail(ErrorKind::input,
                fmt::format("{}: a trace without a complete node of ONNX Runtime; record at least one run, and end "
                            "profiling before the file is copied; {}",
                            name, readable_formats()));
  }
  ForeignTimes out{ForeignFormat::ort_profile, {}};
  Measurement& m = out.measurement;
  m.status = MeasureStatus::ok;
  m.threads = 0;
  m.nodes = std::move(profile->nodes);
  m.latency = summarize(profile->run_us);
  m.profiled_latency = m.latency;
  m.warmup_runs = profile->runs_in_file > 1 ? 1 : 0;
  const std::string providers = providers_of(m.nodes);
  m.reason = fmt::format("read from {}: an ONNX Runtime profile{}{}, {}, with the profiler's own cost in it", name,
                         providers.empty() ? "" : " of ", providers, runs_in_words(*profile));
  if (profile->truncated) {
    m.warnings.push_back(fmt::format("{}: the profile is cut; node times come from {}", name, runs_in_words(*profile)));
  }
  if (profile->unreadable_lines > 0) {
    m.warnings.push_back(fmt::format("{}: {} events cannot be read; their time stands in the remainder", name,
                                     profile->unreadable_lines));
  }
  if (overlaps(m)) {
    m.warnings.push_back(fmt::format("{}: nodes ran at the same time, so their times sum to more than the run", name));
  }
  return out;
}

}  // namespace costscan
