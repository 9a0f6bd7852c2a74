#include "calibrate/worker.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <utility>

#include "calibrate/bench.hpp"
#include "calibrate/journal.hpp"
#include "calibrate/ladder.hpp"
#include "calibrate/peaks.hpp"
#include "calibrate/rounds.hpp"
#include "measure/json_file.hpp"
#include "measure/ort_library.hpp"
#include "measure/text.hpp"
#include "measure/worker.hpp"

namespace costscan::calibrate {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr std::string_view first_sample = "stability/start";
constexpr std::string_view last_sample = "stability/end";
constexpr std::int32_t most_rounds = 6;
constexpr double reserved_seconds = 2;  // for the last repeat of the stability sample
constexpr double assumed_rate = 2e10;   // FLOP/s, until one is measured

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

double seconds_from(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

WorkerRequest request_from(const json& j) {
  WorkerRequest request;
  request.runtime_library = j.at("runtime_library").get<std::string>();
  request.folder = j.at("folder").get<std::string>();
  request.journal = j.at("journal").get<std::string>();
  request.mode = j.at("quick") ? Mode::quick : Mode::full;
  request.threads = j.at("threads");
  request.seconds = j.at("seconds");
  request.more = j.at("more");
  request.fault = j.at("fault");
  return request;
}

void commit_fault_at(const std::string& fault, const std::string& step) {
  for (const std::string kind : {"crash@", "hang@"}) {
    if (!fault.starts_with(kind) || !step.starts_with(fault.substr(kind.size()))) continue;
    // Returns for a fault that it does not know, which is no concern of ours.
    if (commit_fault(kind + "step", "step")) return;
  }
}

/// Few runs at a time: what a machine does at another time tells more than what it does again at once.
constexpr RunLimits batch_limits{.seconds = 0.05, .at_least = 3, .at_most = 7};

/// One calibrating process: what the steps need, and the box of time.
class Calibrating {
 public:
  Calibrating(const WorkerRequest& request, Bench bench) : request_(request), bench_(std::move(bench)) {}

  Result<void> all() {
    std::vector<Batch> batches = plan_batches(request_.mode);
    const std::vector<std::string> steps = steps_of(batches);
    for (Batch& batch : batches) batches_.emplace(batch.id, std::move(batch));
    const auto journal = read_journal(request_.journal);
    if (!journal) return tl::unexpected(journal.error());
    std::set<std::string> done;
    for (const JournalEntry& entry : *journal) {
      done.insert(entry.step);
      keep(entry);
      for (const ComputePeak& peak : entry.found.compute_peaks) learn_rate(peak);
    }
    say(fmt::format("{}{} {}", says_steps, done.size(), steps.size()));
    bool over = false;
    for (const std::string& step : steps) {
      if (step == last_sample && !request_.more) {
        if (auto ended = later_rounds(steps, done); !ended) return ended;
      }
      if (done.contains(step)) continue;
      if (!fits(step)) {
        over = true;
        continue;  // a later, smaller one may still fit
      }
      if (auto ended = one(step); !ended) return ended;
    }
    if (request_.more) {
      if (auto ended = one_more_round(steps, done); !ended) return ended;
    }
    if (over) say(std::string(says_over));
    return {};
  }

 private:
  /// Every step once more, whatever its rounds say so far: this is another hour.
  Result<void> one_more_round(const std::vector<std::string>& steps, const std::set<std::string>& done) {
    for (const std::string& first : steps) {
      std::int32_t round = 2;
      while (done.contains(step_of(first, round))) ++round;
      const std::string step = step_of(first, round);
      if (!done.contains(first) || !fits(step)) continue;
      if (auto ended = one(step); !ended) return ended;
    }
    return {};
  }

  /// Every batch a second time, then those whose rounds disagree, while the box of time lasts. The other way round each
  /// time, so that what came first in one round comes last in the next.
  Result<void> later_rounds(std::vector<std::string> steps, const std::set<std::string>& done) {
    std::erase_if(steps, [&](const std::string& step) { return !batches_.contains(step); });
    for (std::int32_t round = 2; round <= most_rounds; ++round) {
      std::ranges::reverse(steps);
      for (const std::string& batch : steps) {
        const std::string step = step_of(batch, round);
        const auto so_far = rounds_.find(batch);
        if (done.contains(step) || so_far == rounds_.end() || !wants_another_round(so_far->second) || !fits(step)) {
          continue;
        }
        if (auto ended = one(step); !ended) return ended;
      }
    }
    return {};
  }

  void keep(const JournalEntry& entry) {
    if (entry.found.points.empty() || entry.step.starts_with(stability_step)) return;
    rounds_[std::string(batch_of(entry.step))].push_back(entry.found.points);
  }

  bool fits(const std::string& step) const {
    const double left = request_.seconds - seconds_from(start_);
    const auto batch = batches_.find(std::string(batch_of(step)));
    // What holds for all nodes is measured in any case: without it nothing of the rest could be used.
    if (batch == batches_.end()) return left > 0 || !step.starts_with(stability_step) || step == first_sample;
    const double once = estimated_seconds(batch->second, rate_);
    return left > reserved_seconds + batch_limits.seconds + once * (batch_limits.at_least + 3);
  }

  Result<void> one(const std::string& step) {
    say(std::string(says_begin) + step);
    commit_fault_at(request_.fault, step);
    const auto start = Clock::now();
    JournalEntry entry;
    entry.step = step;
    const Result<void> measured = measure(step, entry);
    // One step that fails leaves the others theirs.
    if (!measured) entry.refused.push_back(step + ": " + measured.error().message);
    entry.seconds = seconds_from(start);
    if (auto kept = append_entry(request_.journal, entry); !kept) return kept;
    keep(entry);
    say(std::string(says_end) + step);
    return {};
  }

  Result<void> measure(const std::string& step, JournalEntry& entry) {
    const std::string_view what = batch_of(step);
    if (what == peaks_step) return measure_peaks(entry.found);
    if (what == residency_step) {
      auto ladder = measure_residency(bench_);
      if (!ladder) return tl::unexpected(ladder.error());
      entry.found.residency = *std::move(ladder);
      return {};
    }
    if (what == overhead_step) {
      const auto overhead = measure_overhead(bench_);
      if (!overhead) return tl::unexpected(overhead.error());
      entry.found.profiler_bias_us = overhead->profiler_bias_us;
      entry.found.dispatch_us = overhead->dispatch_us;
      return {};
    }
    const auto batch = batches_.find(std::string(what));
    auto points = batch == batches_.end()
                      ? bench_.measure(stability_batch(), {.seconds = 0.3, .at_least = 5, .at_most = 30})
                      : bench_.measure(batch->second, batch_limits);
    if (!points) return tl::unexpected(points.error());
    entry.found.points = std::move(points->points);
    entry.refused = std::move(points->refused);
    return {};
  }

  Result<void> measure_peaks(Calibration& found) {
    found.compute_peaks = measure_compute_peaks(request_.threads);
    for (const ComputePeak& peak : found.compute_peaks) learn_rate(peak);
    auto copies = measure_copy_bandwidth(request_.threads);
    if (!copies) return tl::unexpected(copies.error());
    found.copy_bandwidth = *std::move(copies);
    return {};
  }

  /// What the box of time is planned with: half of what the hardware can do.
  void learn_rate(const ComputePeak& peak) {
    if (peak.dtype == "float32") rate_ = std::max(peak.operations_per_second / 2, 1e9);
  }

  const WorkerRequest& request_;
  Bench bench_;
  Clock::time_point start_ = Clock::now();
  std::unordered_map<std::string, Batch> batches_;
  std::unordered_map<std::string, Rounds> rounds_;  ///< by batch
  double rate_ = assumed_rate;
};

Result<void> work(const WorkerRequest& request) {
  auto library = load_ort_library(request.runtime_library);
  if (!library) return tl::unexpected(library.error());
  say(std::string(says_runtime) + library->version);
  if (request.journal.empty()) return {};
  auto runtime = Runtime::create(*std::move(library));
  if (!runtime) return tl::unexpected(runtime.error());
  auto bench = Bench::create(*std::move(runtime), request.threads, request.folder);
  if (!bench) return tl::unexpected(bench.error());
  return Calibrating(request, *std::move(bench)).all();
}

int report(const Error& error) {
  fmt::print(stderr, "{}\n", one_line(error.message));
  std::fflush(stderr);
  return static_cast<int>(error.kind);
}

}  // namespace

std::vector<std::string> steps_of(const std::vector<Batch>& batches) {
  std::vector<std::string> out{std::string(overhead_step), std::string(first_sample), std::string(peaks_step),
                               std::string(residency_step)};
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (i == batches.size() / 2) out.push_back(fmt::format("{}/middle", stability_step));
    out.push_back(batches[i].id);
  }
  out.emplace_back(last_sample);
  return out;
}

Result<void> write_worker_request(const WorkerRequest& request, const std::filesystem::path& file) {
  return write_json_file({{"runtime_library", request.runtime_library.string()},
                          {"folder", request.folder.string()},
                          {"journal", request.journal.string()},
                          {"quick", request.mode == Mode::quick},
                          {"threads", request.threads},
                          {"seconds", request.seconds},
                          {"more", request.more},
                          {"fault", request.fault}},
                         file);
}

}  // namespace costscan::calibrate

namespace costscan {

int calibrate_worker_main(const std::filesystem::path& request_file) {
  using namespace calibrate;
  const auto request = read_json_file(request_file, request_from);
  if (!request) return report(request.error());
  enter_worker(0, request->folder);
  int code = 0;
  try {
    if (const auto done = work(*request); !done) code = report(done.error());
  } catch (const std::exception& error) {
    code = report({ErrorKind::measurement, error.what()});
  }
  std::fflush(nullptr);
  // What was found is on disk: the runtime's own tear-down could only spoil the exit code.
  _exit(code);
}

}  // namespace costscan
