#include "calibrate/calibrate.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "calibrate/journal.hpp"
#include "calibrate/rounds.hpp"
#include "calibrate/worker.hpp"
#include "measure/child.hpp"
#include "measure/machine.hpp"
#include "measure/process.hpp"
#include "model/text.hpp"
#include "predict/rate_model.hpp"

namespace costscan::calibrate {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double box_of(const CalibrateOptions& options) {
  if (options.seconds > 0) return options.seconds;
  if (options.more && options.mode == Mode::full) return 200;
  return options.mode == Mode::quick ? 50 : 270;
}

/// The journal's file, held by one process at a time.
class Lock {
 public:
  static Result<Lock> take(const fs::path& file) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      return fail(ErrorKind::output, fmt::format("{}: {}; set XDG_CACHE_HOME to a folder that can be written",
                                                 printable(file.string()), std::strerror(errno)));
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      close(descriptor);
      return fail(ErrorKind::measurement,
                  fmt::format("{}: another calibration is running; wait for it to end", printable(file.string())));
    }
    return Lock(descriptor);
  }
  Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (descriptor_ >= 0) close(descriptor_);
  }

 private:
  explicit Lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

struct WorkerEnd {
  ChildEnd end;
  std::string tail;  ///< what it wrote to standard error
  std::string runtime_version;
  std::string open_step;  ///< begun and not ended
  std::size_t ended = 0;  ///< steps
  bool over = false;
};

/// One life of the worker.
Result<WorkerEnd> run_worker(const CalibrateOptions& options, WorkerRequest request, double timeout_seconds,
                             const std::function<void(const WorkerEnd&)>& heard) {
  const auto folder = PrivateFolder::create();
  if (!folder) return tl::unexpected(folder.error());
  request.folder = folder->path();
  const fs::path file = folder->path() / "request.json";
  if (auto written = write_worker_request(request, file); !written) return tl::unexpected(written.error());
  WorkerEnd out;
  const auto listen = [&](const std::string& line) {
    const auto rest = [&](std::string_view word) { return line.substr(word.size()); };
    if (line.starts_with(says_runtime)) out.runtime_version = rest(says_runtime);
    if (line.starts_with(says_begin)) out.open_step = rest(says_begin);
    if (line.starts_with(says_end)) {
      // Later rounds are a bonus that the plan does not count.
      if (batch_of(out.open_step) == out.open_step) ++out.ended;
      out.open_step.clear();
    }
    if (line == says_over) out.over = true;
    if (heard) heard(out);
  };
  const auto end = run_child(worker_program(options.worker), {"--calibrate-worker", file.string()},
                             folder->path() / "stderr", timeout_seconds, listen);
  if (!end) return tl::unexpected(end.error());
  out.end = *end;
  out.tail = error_tail(folder->path() / "stderr");
  return out;
}

fs::path absolute_library(const fs::path& given) {
  std::error_code failed;
  // A bare name is for the dynamic linker to find; a path must not depend on the worker's working directory.
  return given.has_parent_path() ? fs::absolute(given, failed) : given;
}

Result<std::string> find_runtime(const CalibrateOptions& options) {
  WorkerRequest probe;
  probe.runtime_library = absolute_library(options.runtime_library);
  constexpr double enough_seconds = 60;
  const auto worker = run_worker(options, probe, enough_seconds, {});
  if (!worker) return tl::unexpected(worker.error());
  if (worker->runtime_version.empty() || worker->end.exit_code != 0) {
    return fail(ErrorKind::measurement,
                worker->tail.empty() ? "the calibrating worker could not load ONNX Runtime" : worker->tail);
  }
  return worker->runtime_version;
}

Result<void> make_folder(const fs::path& folder) {
  if (folder.empty()) {
    return fail(ErrorKind::output, "no folder to keep the calibration in: set XDG_CACHE_HOME or HOME");
  }
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!failed) return {};
  return fail(ErrorKind::output, fmt::format("{}: {}; set XDG_CACHE_HOME to a folder that can be written",
                                             printable(folder.string()), failed.message()));
}

/// "conv, cold_weights" of a batch's id "0/conv/cold_weights/1234".
std::string readable(const std::string& given) {
  const std::string step(batch_of(given));
  if (step != given) return readable(step) + ", again";
  const auto first = step.find('/');
  if (first == std::string::npos || step.starts_with(stability_step)) return step;
  const auto last = step.rfind('/');
  std::string text = step.substr(first + 1, last - first - 1);
  if (const auto slash = text.find('/'); slash != std::string::npos) text.replace(slash, 1, ", ");
  return text;
}

/// What a life that did not end well has cost: the step that was open, noted so that the next life leaves it out.
/// nullopt where there was no such step, and so nothing to be gained by another life.
std::optional<JournalEntry> casualty(const WorkerEnd& worker) {
  if (worker.open_step.empty()) return std::nullopt;
  JournalEntry entry;
  entry.step = worker.open_step;
  const std::string why = worker.end.timed_out     ? "it hung"
                          : worker.end.signal != 0 ? "ONNX Runtime crashed (" + signal_name(worker.end.signal) + ")"
                                                   : fmt::format("the worker ended with code {}", worker.end.exit_code);
  entry.refused.push_back(readable(worker.open_step) + ": " + why);
  return entry;
}

/// Lives of the worker until every step is done or the box of time is used up.
Result<void> measure_steps(const CalibrateOptions& options, const fs::path& journal, std::size_t steps,
                           std::size_t done) {
  const auto start = Clock::now();
  const double box = box_of(options);
  constexpr int most_lives = 8;
  constexpr double grace_seconds = 60;
  for (int life = 0; life < most_lives; ++life) {
    WorkerRequest request;
    request.runtime_library = absolute_library(options.runtime_library);
    request.journal = journal;
    request.mode = options.mode;
    request.threads = options.threads;
    request.seconds = std::max(box - seconds_since(start), 0.01);
    request.more = options.more;
    request.fault = options.fault;
    const auto heard = [&](const WorkerEnd& so_far) {
      if (!options.progress) return;
      options.progress({done + so_far.ended, steps, seconds_since(start), box, readable(so_far.open_step)});
    };
    const auto worker = run_worker(options, request, request.seconds + grace_seconds, heard);
    if (!worker) return tl::unexpected(worker.error());
    done += worker->ended;
    const bool well = !worker->end.timed_out && worker->end.signal == 0 && worker->end.exit_code == 0;
    if (well) return {};
    const auto lost = casualty(*worker);
    if (!lost || worker->end.exit_code == static_cast<int>(ErrorKind::output)) {
      const bool output = worker->end.exit_code == static_cast<int>(ErrorKind::output);
      return fail(output ? ErrorKind::output : ErrorKind::measurement,
                  worker->tail.empty() ? "the calibrating worker failed" : worker->tail);
    }
    if (auto kept = append_entry(journal, *lost); !kept) return kept;
    ++done;
  }
  return {};
}

std::string now_utc() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

/// The machine's own conditions, as for any other measurement.
std::vector<std::string> warnings_of(const MachineInfo& machine, const CpuTimes& before, std::int32_t threads) {
  Measurement conditions;
  conditions.status = MeasureStatus::ok;
  conditions.threads = threads;
  conditions.machine = machine;
  conditions.machine.steal_fraction = steal_fraction(before, read_cpu_times());
  return condition_warnings(conditions);
}

bool serves(const Calibration& have, const CalibrateOptions& options) {
  return have.complete && (have.mode == to_string(options.mode) || have.mode == to_string(Mode::full));
}

}  // namespace

Result<Outcome> calibrate(const CalibrateOptions& options) {
  const auto version = find_runtime(options);
  if (!version) return tl::unexpected(version.error());
  if (auto made = make_folder(options.folder); !made) return tl::unexpected(made.error());
  const MachineInfo machine = read_machine();
  const CpuTimes before = read_cpu_times();
  const CalibrationKey key{machine.cpu, *version, options.threads};
  Outcome out;
  out.file = calibration_file(options.folder, key);
  if (!options.force && !options.more) {
    if (auto have = read_calibration(out.file); have && have->key == key && serves(*have, options)) {
      out.calibration = *std::move(have);
      out.reused = true;
      return out;
    }
  }
  const fs::path journal = fs::path(out.file).replace_extension(fmt::format("{}.journal", to_string(options.mode)));
  const auto lock = Lock::take(journal);
  if (!lock) return tl::unexpected(lock.error());
  const std::vector<Batch> batches = plan_batches(options.mode);
  const std::size_t steps = steps_of(batches).size();
  if (auto opened = open_journal(journal, plan_id(batches), options.force); !opened) {
    return tl::unexpected(opened.error());
  }
  auto earlier = read_journal(journal);
  if (!earlier) return tl::unexpected(earlier.error());
  if (options.more && earlier->empty()) {
    return fail(ErrorKind::usage,
                "--more: no rounds are kept that this version could add to; calibrate without it first");
  }
  out.resumed_at = earlier->size();
  if (auto measured = measure_steps(options, journal, steps, out.resumed_at); !measured) {
    return tl::unexpected(measured.error());
  }
  auto entries = read_journal(journal);
  if (!entries) return tl::unexpected(entries.error());
  out.calibration = assemble(*std::move(entries), steps);
  if (out.calibration.points.empty()) {
    return fail(ErrorKind::measurement, "no micro-graph could be measured: " +
                                            (out.calibration.warnings.empty() ? std::string("the time is too short")
                                                                              : out.calibration.warnings.back()));
  }
  out.calibration.key = key;
  out.calibration.mode = to_string(options.mode);
  out.calibration.made = now_utc();
  std::ranges::move(warnings_of(machine, before, options.threads), std::back_inserter(out.calibration.warnings));
  fit_rates(out.calibration);
  if (auto written = write_calibration(out.calibration, out.file); !written) return tl::unexpected(written.error());
  return out;
}

}  // namespace costscan::calibrate
