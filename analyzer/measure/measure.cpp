#include "measure/measure.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <system_error>
#include <utility>

#include "load/load.hpp"
#include "measure/machine.hpp"
#include "measure/process.hpp"
#include "measure/profile.hpp"
#include "measure/roles.hpp"
#include "measure/text.hpp"
#include "measure/worker.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

/// The program to start: the one given; this one where it is the command; the command beside our shared library where
/// this is some other program that links it.
fs::path worker_program(const fs::path& given) {
  if (!given.empty()) return given;
  std::error_code failed;
  fs::path self = fs::read_symlink("/proc/self/exe", failed);
  if (failed || self.filename() == "costscan") return self;
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&worker_program), &info) != 0 && info.dli_fname != nullptr) {
    const fs::path folder = fs::weakly_canonical(info.dli_fname, failed).parent_path();
    for (const fs::path& command : {folder / "costscan", folder.parent_path() / "bin" / "costscan"}) {
      if (fs::is_regular_file(command, failed)) return command;
    }
  }
  return self;
}

std::string advice_for(MeasureStatus status) {
  switch (status) {
    case MeasureStatus::no_runtime:
      return "pip install onnxruntime, then --ort-lib PATH/TO/capi/libonnxruntime.so.VERSION; or --static";
    case MeasureStatus::refused:
      return "another ONNX Runtime (--ort-lib) may have the missing kernel; --static reports without it";
    case MeasureStatus::crashed: return "try --runtime-level basic or another --ort-lib; or --static";
    case MeasureStatus::timed_out: return "allow more time, bind smaller dims (--dim NAME=N), or use --static";
    case MeasureStatus::out_of_memory: return "bind smaller dims (--dim NAME=N), free memory, or use --static";
    case MeasureStatus::failed: return "check the dims (--dim NAME=N) and inputs named in the reason; or use --static";
    case MeasureStatus::ok:
    case MeasureStatus::skipped:
    case MeasureStatus::planned: break;
  }
  return {};
}

/// The last lines of what the worker wrote to standard error, as one line.
std::string error_tail(const fs::path& file) {
  constexpr std::size_t most_lines = 3;
  std::ifstream in(file);
  std::deque<std::string> last;
  for (std::string line; std::getline(in, line);) {
    line = one_line(line, 200);
    if (line.empty()) continue;
    last.push_back(line);
    if (last.size() > most_lines) last.pop_front();
  }
  std::string out;
  for (const std::string& line : last) out += (out.empty() ? "" : " / ") + line;
  return out;
}

Result<MeasureRequest> make_request(const ShapedModel& shaped, const MeasureOptions& options, const fs::path& folder) {
  MeasureRequest request;
  std::error_code failed;
  request.model = fs::absolute(shaped.model->path, failed);
  request.folder = folder;
  request.runtime_library = options.runtime_library;
  // A bare name is for the dynamic linker to find; a path must not depend on the worker's working directory.
  if (options.runtime_library.has_parent_path())
    request.runtime_library = fs::absolute(options.runtime_library, failed);
  request.optimization_level = options.optimization_level;
  request.plan_only = options.plan_only;
  request.threads = std::max(options.threads, 1);
  request.min_runs = options.min_runs;
  request.max_runs = options.max_runs;
  request.target_seconds = options.target_seconds;
  request.timeout_seconds = options.timeout_seconds;
  request.memory_limit_bytes = options.memory_limit_bytes > 0 ? options.memory_limit_bytes : memory_ceiling() / 10 * 9;
  const UseIndex uses(shaped);
  auto inputs = plan_inputs(uses);
  if (!inputs) return tl::unexpected(inputs.error());
  request.inputs = *std::move(inputs);
  request.weights = plan_weights(uses);
  return request;
}

void fail_with(Measurement& m, MeasureStatus status, std::string reason) {
  m.status = status;
  m.reason = std::move(reason);
}

/// What the end of the child says beyond the answer that it left.
void judge_end(Measurement& m, const ChildEnd& end, const std::string& tail, double timeout_seconds) {
  const std::string heard = tail.empty() ? "" : ": " + tail;
  if (end.timed_out) {
    fail_with(m, MeasureStatus::timed_out,
              fmt::format("measuring took longer than {:g} s and was stopped", timeout_seconds));
  } else if (end.signal == 9) {
    // Not killed by us: the kernel ends the process that uses most when memory runs out.
    fail_with(m, MeasureStatus::out_of_memory,
              "the measuring worker was killed, most likely for lack of memory" + heard);
  } else if (end.signal != 0) {
    const auto status = status_of_error(tail, MeasureStatus::crashed);
    fail_with(m, status, fmt::format("ONNX Runtime crashed ({}) while measuring{}", signal_name(end.signal), heard));
  } else if (end.exit_code != 0) {
    fail_with(m, MeasureStatus::failed, fmt::format("the measuring worker ended with code {}{}", end.exit_code, heard));
  }
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
  judge_end(m, *end, tail, options.timeout_seconds);
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
  }
  m.advice = advice_for(m.status);
  std::ranges::move(condition_warnings(m), std::back_inserter(m.warnings));
  return m;
}

Measurement measure(const ShapedModel& shaped, const MeasureOptions& options) {
  return measure_with_fault(shaped, options, {});
}

}  // namespace costscan
