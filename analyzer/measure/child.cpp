#include "measure/child.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <system_error>
#include <utility>

#include "measure/machine.hpp"
#include "measure/roles.hpp"
#include "measure/text.hpp"
#include "measure/worker.hpp"

namespace costscan {

namespace fs = std::filesystem;

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
  request.measure_roofs = !options.roofs;
  const UseIndex uses(shaped);
  auto inputs = plan_inputs(uses);
  if (!inputs) return tl::unexpected(inputs.error());
  request.inputs = *std::move(inputs);
  request.weights = plan_weights(uses);
  return request;
}

std::optional<BadEnd> judge_end(const ChildEnd& end, const std::string& tail, double timeout_seconds) {
  const std::string heard = tail.empty() ? "" : ": " + tail;
  if (end.timed_out) {
    return BadEnd{MeasureStatus::timed_out,
                  fmt::format("measuring took longer than {:g} s and was stopped", timeout_seconds)};
  }
  if (end.signal == 9) {
    // Not killed by us: the kernel ends the process that uses most when memory runs out.
    return BadEnd{MeasureStatus::out_of_memory,
                  "the measuring worker was killed, most likely for lack of memory" + heard};
  }
  if (end.signal != 0) {
    return BadEnd{status_of_error(tail, MeasureStatus::crashed),
                  fmt::format("ONNX Runtime crashed ({}) while measuring{}", signal_name(end.signal), heard)};
  }
  if (end.exit_code != 0) {
    return BadEnd{MeasureStatus::failed,
                  fmt::format("the measuring worker ended with code {}{}", end.exit_code, heard)};
  }
  return std::nullopt;
}

}  // namespace costscan
