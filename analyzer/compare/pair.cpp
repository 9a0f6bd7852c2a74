#include "compare/pair.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>
#include <system_error>

#include "measure/bootstrap.hpp"
#include "measure/child.hpp"
#include "measure/machine.hpp"
#include "measure/process.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

void fail_with(PairMeasurement& m, MeasureStatus status, std::string reason) {
  m.status = status;
  m.reason = std::move(reason);
}

/// B's inputs get A's contents: by name, else by place where the lists are as long. Says where they cannot.
void share_inputs(PairRequest& request, std::vector<std::string>& differences) {
  const auto& of_a = request.a.inputs;
  for (std::size_t i = 0; i < request.b.inputs.size(); ++i) {
    InputPlan& input = request.b.inputs[i];
    auto equal = std::ranges::find(of_a, input.name, &InputPlan::name);
    if (equal == of_a.end() && of_a.size() == request.b.inputs.size()) {
      equal = of_a.begin() + static_cast<std::ptrdiff_t>(i);
      const bool taken = std::ranges::find(request.b.inputs, equal->name, &InputPlan::name) != request.b.inputs.end();
      if (taken) equal = of_a.end();
    }
    request.seeds_b.push_back(equal == of_a.end() ? input.name : equal->name);
    if (equal == of_a.end()) {
      differences.push_back(fmt::format("input '{}' of B is none of A", printable(input.name)));
    } else if (equal->shape != input.shape) {
      differences.push_back(fmt::format("input '{}' has other sizes: [{}] in A, [{}] in B; bind them with --dim",
                                        printable(input.name), fmt::join(equal->shape, "x"),
                                        fmt::join(input.shape, "x")));
    } else {
      input.fill = equal->fill;
    }
  }
  if (of_a.size() > request.b.inputs.size()) {
    differences.push_back(fmt::format("A has {} inputs, B has {}", of_a.size(), request.b.inputs.size()));
  }
}

Result<PairRequest> make_pair_request(const ShapedModel& a, const ShapedModel& b, const SharedWeights& shared,
                                      const MeasureOptions& options, const fs::path& folder,
                                      std::vector<std::string>& differences) {
  PairRequest request;
  request.folder = folder;
  request.weights = shared;
  request.seed = std::random_device{}();
  auto of_a = make_request(a, options, folder);
  if (!of_a) return tl::unexpected(of_a.error());
  auto of_b = make_request(b, options, folder);
  if (!of_b) return tl::unexpected(of_b.error());
  request.a = *std::move(of_a);
  request.b = *std::move(of_b);
  share_inputs(request, differences);
  return request;
}

/// The worker's answer in place of `m`, which keeps what only the parent knows.
void take_answer(PairMeasurement& m, const fs::path& file, const std::string& tail) {
  std::error_code failed;
  if (!fs::exists(file, failed)) {
    fail_with(m, MeasureStatus::failed,
              "the measuring worker left no answer" + (tail.empty() ? std::string() : ": " + tail));
    return;
  }
  auto answer = read_pair(file);
  if (!answer) return fail_with(m, MeasureStatus::failed, answer.error().message);
  answer->machine = std::move(m.machine);
  std::ranges::move(answer->agreement.differing_data, std::back_inserter(m.agreement.differing_data));
  answer->agreement.differing_data = std::move(m.agreement.differing_data);
  m = *std::move(answer);
}

void run_worker(PairMeasurement& m, const PairRequest& request, const MeasureOptions& options) {
  const fs::path file = request_file(request.folder);
  if (const auto written = write_pair_request(request, file); !written) {
    return fail_with(m, MeasureStatus::failed, written.error().message);
  }
  const CpuTimes before = read_cpu_times();
  const auto end = run_child(worker_program(options.worker), {"--compare-worker", file.string()},
                             request.folder / "stderr", options.timeout_seconds, options.progress);
  if (!end) return fail_with(m, MeasureStatus::failed, end.error().message);
  const std::string tail = error_tail(request.folder / "stderr");
  take_answer(m, result_file(request.folder), tail);
  m.machine.steal_fraction = steal_fraction(before, read_cpu_times());
  if (auto bad = judge_end(*end, tail, options.timeout_seconds)) fail_with(m, bad->status, std::move(bad->reason));
}

std::vector<double> all_of(const std::vector<PairRound>& rounds, std::vector<double> PairRound::* us) {
  std::vector<double> out;
  for (const PairRound& round : rounds) out.insert(out.end(), (round.*us).begin(), (round.*us).end());
  return out;
}

/// What the machine's state says of both; unsteadiness of one names it.
void warn_of_conditions(PairMeasurement& m) {
  Measurement one;
  one.machine = m.machine;
  one.threads = m.threads;
  one.latency = m.latency_a;
  const std::vector<std::string> of_a = condition_warnings(one);
  one.latency = m.latency_b;
  const std::vector<std::string> of_b = condition_warnings(one);
  for (const std::string& text : of_a) {
    m.warnings.push_back(std::ranges::find(of_b, text) == of_b.end() ? "A: " + text : text);
  }
  for (const std::string& text : of_b) {
    if (std::ranges::find(of_a, text) == of_a.end()) m.warnings.push_back("B: " + text);
  }
}

/// Statistics of whatever rounds there are, also where something later went wrong.
void summarize_rounds(PairMeasurement& m) {
  m.latency_a = summarize(all_of(m.rounds, &PairRound::first_us));
  m.latency_b = summarize(all_of(m.rounds, &PairRound::second_us));
  m.speedup = bootstrap_ratio(m.rounds);
  if (m.rounds.empty()) return;
  if (!m.speedup) {
    m.warnings.push_back(
        fmt::format("{} rounds are too few for a confidence interval: allow more time (--timeout)", m.rounds.size()));
  }
  if (m.sittings == 1) {
    m.warnings.emplace_back(
        "one sitting: what the place of weights in memory does to times is not in the interval; allow more time");
  }
  if (!m.at_the_same_time) {
    m.warnings.emplace_back("memory does not hold both models at once: each round ran one after the other was closed");
  }
  warn_of_conditions(m);
}

}  // namespace

PairMeasurement measure_pair_with_fault(const ShapedModel& a, const ShapedModel& b, const SharedWeights& shared,
                                        const MeasureOptions& options, const std::string& fault) {
  PairMeasurement m;
  m.machine = read_machine();
  m.threads = std::max(options.threads, 1);
  m.optimization_level = options.optimization_level;
  const auto folder = PrivateFolder::create();
  if (!folder) {
    fail_with(m, MeasureStatus::failed, folder.error().message);
    return m;
  }
  auto request = make_pair_request(a, b, shared, options, folder->path(), m.agreement.differing_data);
  if (!request) {
    fail_with(m, MeasureStatus::failed, request.error().message);
  } else {
    request->a.fault = fault;
    run_worker(m, *request, options);
  }
  summarize_rounds(m);
  m.advice = advice_for(m.status);
  return m;
}

PairMeasurement measure_pair(const ShapedModel& a, const ShapedModel& b, const SharedWeights& shared,
                             const MeasureOptions& options) {
  return measure_pair_with_fault(a, b, shared, options, {});
}

}  // namespace costscan
