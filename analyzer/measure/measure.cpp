#include "measure/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "load/load.hpp"
#include "measure/child.hpp"
#include "measure/machine.hpp"
#include "measure/process.hpp"
#include "measure/profile.hpp"
#include "measure/worker.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

void fail_with(Measurement& m, MeasureStatus status, std::string reason) {
  m.status = status;
  m.reason = std::move(reason);
}

void run_worker(Measurement& m, const MeasureRequest& request, const MeasureOptions& options) {
  const fs::path folder = request.folder;
  if (const auto written = write_request(request, request_file(folder)); !written) {
    return fail_with(m, MeasureStatus::failed, written.error().message);
  }
  const CpuTimes before = read_cpu_times();
  const auto end = run_child(worker_program(options.worker), {"--measure-worker", request_file(folder).string()},
                             folder / "stderr", options.timeout_seconds, options.progress);
  if (!end) return fail_with(m, MeasureStatus::failed, end.error().message);
  const std::string tail = error_tail(folder / "stderr");
  std::error_code failed;
  if (fs::exists(result_file(folder), failed)) {
    MachineInfo machine = std::move(m.machine);
    if (auto result = read_result(result_file(folder))) {
      m = *std::move(result);
    } else {
      fail_with(m, MeasureStatus::failed, result.error().message);
    }
    m.machine = std::move(machine);
  } else {
    fail_with(m, MeasureStatus::failed,
              "the measuring worker left no answer" + (tail.empty() ? std::string() : ": " + tail));
  }
  m.machine.steal_fraction = steal_fraction(before, read_cpu_times());
  read_conditions_after(m.machine);
  if (auto bad = judge_end(*end, tail, options.timeout_seconds)) fail_with(m, bad->status, std::move(bad->reason));
}

/// The graph that the runtime saved, also where something later went wrong.
void take_optimized_graph(Measurement& m, const fs::path& file) {
  std::error_code failed;
  if (!fs::exists(file, failed)) return;
  auto model = load_model(file, {.lenient = true});
  if (!model) {
    m.warnings.push_back("the runtime's optimised graph cannot be read: " + model.error().message);
    return;
  }
  m.optimized = *std::move(model);
  join_to_graph(m.nodes, m.optimized->graph);
}

}  // namespace

Measurement measure_with_fault(const ShapedModel& shaped, const MeasureOptions& options, const std::string& fault) {
  Measurement m;
  m.machine = read_machine();
  m.threads = std::max(options.threads, 1);
  m.optimization_level = options.optimization_level;
  const auto folder = PrivateFolder::create();
  if (!folder) {
    fail_with(m, MeasureStatus::failed, folder.error().message);
    return m;
  }
  auto request = make_request(shaped, options, folder->path());
  if (!request) {
    fail_with(m, MeasureStatus::failed, request.error().message);
  } else {
    request->fault = fault;
    run_worker(m, *request, options);
    take_optimized_graph(m, optimized_file(folder->path()));
    if (options.roofs && m.status == MeasureStatus::ok) m.roofs = options.roofs;
  }
  m.advice = advice_for(m.status);
  std::ranges::move(condition_warnings(m), std::back_inserter(m.warnings));
  return m;
}

Measurement measure(const ShapedModel& shaped, const MeasureOptions& options) {
  // Tests of the command provoke every bad end by this variable.
  const char* fault = std::getenv("COSTSCAN_TEST_FAULT");
  return measure_with_fault(shaped, options, fault == nullptr ? std::string() : fault);
}

}  // namespace costscan
