#include "measure/worker.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "measure/answer.hpp"
#include "measure/disturbance.hpp"
#include "measure/leave_one_out.hpp"
#include "measure/machine.hpp"
#include "measure/process.hpp"
#include "measure/profile.hpp"
#include "measure/roofs.hpp"
#include "measure/schedule.hpp"
#include "measure/session.hpp"
#include "measure/statistics.hpp"
#include "measure/synthesize.hpp"
#include "measure/text.hpp"
#include "measure/weight_store.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

using Clock = std::chrono::steady_clock;

/// The phases of one measurement, in order. Each answers an error that ends it; what came before stays in `m_`.
class Measuring {
 public:
  Measuring(const MeasureRequest& request, Measurement& measurement, Runtime runtime)
      : request_(request), m_(measurement), runtime_(std::move(runtime)) {}

  void all() {
    if (!step(prepare(), MeasureStatus::failed)) return;
    if (!step(commit_fault(request_.fault, "start"), MeasureStatus::failed)) return;
    if (!step(open_profiled(), MeasureStatus::refused)) return;
    if (request_.plan_only) {
      m_.status = MeasureStatus::planned;
      m_.reason = "planned only: the runtime optimised the graph, nothing was executed";
      return;
    }
    if (!step(fits_twice() ? run_interleaved() : run_in_turn(), MeasureStatus::failed)) return;
    keep();
    if (!step(commit_fault(request_.fault, "profiled"), MeasureStatus::failed)) return;
    if (!step(read_times(), MeasureStatus::failed)) return;
    plain_.clear();
    keep();
    roofs();
    m_.status = MeasureStatus::ok;
    m_.reason.clear();
  }

 private:
  bool step(const Result<void>& done, MeasureStatus status) { return went_well(done, status, m_); }

  void keep() { answer_so_far(m_, write_result, request_.folder); }

  Result<void> prepare() {
    tell_parent("preparing weights and inputs");
    auto model = make_runnable(request_.model, request_.weights);
    if (!model) return tl::unexpected(model.error());
    model_ = *std::move(model);
    m_.synthesized_weights = model_.synthesized_bytes;
    auto feeds = Feeds::create(runtime_, request_.inputs);
    if (!feeds) return tl::unexpected(feeds.error());
    feeds_.push_back(*std::move(feeds));
    return {};
  }

  Result<void> open_profiled() {
    tell_parent("ONNX Runtime optimises the graph");
    SessionOptions options{.optimization_level = request_.optimization_level, .threads = request_.threads};
    options.save_optimized = optimized_file(request_.folder);
    options.prepack = !request_.plan_only;
    if (!request_.plan_only) options.profile_prefix = request_.folder / "profile";
    auto profiled = Session::create(runtime_, model_, options);
    std::error_code ignored;  // the null device in weights' clothing has done its part
    std::filesystem::remove(options.save_optimized.string() + ".weights", ignored);
    if (!profiled) return tl::unexpected(profiled.error());
    profiled_.push_back(*std::move(profiled));
    return {};
  }

  Result<void> open_plain() {
    tell_parent("a second session, without profiling");
    auto plain = Session::create(runtime_, model_,
                                 {.optimization_level = request_.optimization_level, .threads = request_.threads});
    if (!plain) return tl::unexpected(plain.error());
    plain_.push_back(*std::move(plain));
    return {};
  }

  /// A session keeps up to two copies of the weights (folded and prepacked ones) beside ours: TinyLlama-1.1B took three
  /// times its weights with one session and 4.7 times with two.
  bool fits_twice() const {
    const std::int64_t available = available_memory();
    std::int64_t limit = request_.memory_limit_bytes;
    // Ours and the first session's are taken already.
    if (available > 0) limit = std::min(limit, available + 3 * model_.weight_bytes);
    return limit <= 0 || 5 * model_.weight_bytes < limit;
  }

  /// Both sessions in alternating blocks, so that a machine that drifts does so for both.
  Result<void> run_interleaved() {
    if (auto opened = open_plain(); !opened) return opened;
    if (auto warm = warm_plain(); !warm) return warm;
    if (auto warm = warm_profiled(); !warm) return warm;
    const RunPlan plan = plan_runs(warm_us_, budget(seconds_left()));
    const std::vector<bool> profiled_first = random_order(plan.blocks);
    const DisturbanceMeter meter;
    Result<void> ran;
    for (std::int32_t block = 0; block < plan.blocks && ran; ++block) {
      tell_parent(fmt::format("measuring: block {} of {}", block + 1, plan.blocks));
      const std::int32_t profiled = runs_in_block(plan.profiled_runs, block, plan.blocks);
      const std::int32_t plain = runs_in_block(plan.plain_runs, block, plan.blocks);
      const bool first = profiled_first[static_cast<std::size_t>(block)];
      for (const bool with_profile : {first, !first}) {
        if (ran) ran = with_profile ? profiled_block(profiled, plan.rewarm) : plain_block(plain, plan.rewarm);
      }
    }
    m_.disturbance = meter.since();
    summarize_latencies();
    if (!ran) return ran;
    return end_profiled();
  }

  /// For a model that does not fit into memory twice: the profiled session first, then, when it is gone, the other.
  Result<void> run_in_turn() {
    m_.warnings.push_back(
        "memory does not hold the model twice: the profiled runs were made before the unprofiled ones instead of "
        "in between, so a machine that changes its speed shows as remainder");
    if (auto warm = warm_profiled(); !warm) return warm;
    tell_parent("measuring: with profile");
    const RunPlan first = plan_runs(warm_us_, budget(seconds_left()));
    const DisturbanceMeter meter;
    Result<void> ran = profiled_block(first.profiled_runs, false);
    summarize_latencies();
    if (!ran) return ran;
    if (auto ended = end_profiled(); !ended) return ended;
    keep();
    if (auto opened = open_plain(); !opened) return opened;
    if (auto warm = warm_plain(); !warm) return warm;
    tell_parent("measuring: without profile");
    // Here one session has all of what is left to itself.
    ran = plain_block(plan_runs(warm_us_, budget(2 * seconds_left())).plain_runs, false);
    m_.disturbance = meter.since();
    summarize_latencies();
    return ran;
  }

  RunBudget budget(double seconds) const {
    return {request_.min_runs, request_.max_runs, request_.target_seconds, seconds, model_.nodes};
  }

  void summarize_latencies() {
    m_.latency = summarize(plain_us_);
    m_.profiled_latency = summarize(profiled_us_);
  }

  Result<void> warm_plain() {
    tell_parent("warming up");
    const auto start = Clock::now();
    const auto bad = plain_.front().run_and_check(feeds_.front());
    if (!bad) return tl::unexpected(bad.error());
    m_.warmup_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    for (const std::string& name : *bad) {
      m_.warnings.push_back(
          fmt::format("output '{}' holds NaN or infinity with the made-up contents; times may differ "
                      "from those with real ones where values decide the work",
                      printable(name)));
    }
    std::vector<double> us;
    while (!is_warm(us)) {
      if (auto ran = plain_run(us); !ran) return ran;
    }
    warm_us_ = us.back();
    m_.warmup_us.insert(m_.warmup_us.end(), us.begin(), us.end());
    m_.warmup_runs = static_cast<std::int32_t>(m_.warmup_us.size());
    return {};
  }

  Result<void> warm_profiled() {
    std::vector<double> us;
    while (!is_warm(us)) {
      if (auto ran = profiled_run(us, false); !ran) return ran;
    }
    warm_us_ = us.back();
    m_.profiled_warmup_us.insert(m_.profiled_warmup_us.end(), us.begin(), us.end());
    return {};
  }

  Result<void> plain_block(std::int32_t runs, bool rewarm) {
    start_block(false, runs, rewarm);
    Result<void> ran;
    if (rewarm) ran = plain_run(m_.warmup_us);
    for (std::int32_t i = 0; i < runs && ran; ++i) ran = plain_run(plain_us_);
    return ran;
  }

  Result<void> profiled_block(std::int32_t runs, bool rewarm) {
    start_block(true, runs, rewarm);
    Result<void> ran;
    if (rewarm) ran = profiled_run(m_.profiled_warmup_us, false);
    for (std::int32_t i = 0; i < runs && ran; ++i) ran = profiled_run(profiled_us_, true);
    return ran;
  }

  void start_block(bool profiled, std::int32_t runs, bool rewarm) {
    const double started_s = std::chrono::duration<double>(Clock::now() - start_).count();
    m_.blocks.push_back({profiled, rewarm ? 1 : 0, runs, started_s});
  }

  Result<void> plain_run(std::vector<double>& us) {
    const auto time = plain_.front().run(feeds_.front());
    if (!time) return tl::unexpected(time.error());
    us.push_back(*time);
    return {};
  }

  Result<void> profiled_run(std::vector<double>& us, bool counts) {
    const auto time = profiled_.front().run(feeds_.front());
    if (!time) return tl::unexpected(time.error());
    us.push_back(*time);
    counted_.push_back(counts);
    return {};
  }

  Result<void> end_profiled() {
    tell_parent("reading the profile");
    auto file = profiled_.front().end_profiling();
    if (!file) return tl::unexpected(file.error());
    profile_ = *std::move(file);
    profiled_.clear();
    return {};
  }

  Result<void> read_times() {
    const auto counts = [&](std::int64_t run) {
      return static_cast<std::size_t>(run) < counted_.size() && counted_[static_cast<std::size_t>(run)];
    };
    auto profile = read_profile(profile_, counts);
    if (!profile) return tl::unexpected(profile.error());
    m_.nodes = std::move(profile->nodes);
    if (profile->truncated) {
      m_.warnings.push_back(fmt::format("the runtime's profile is truncated: node times come from {} of {} runs",
                                        profile->run_us.size(), std::ranges::count(counted_, true)));
    }
    if (profile->unreadable_lines > 0) {
      m_.warnings.push_back(
          fmt::format("{} lines of the runtime's profile cannot be read (names that break its JSON); "
                      "their time stands in the remainder",
                      profile->unreadable_lines));
    }
    return {};
  }

  void roofs() {
    if (!request_.measure_roofs || seconds_left() < 5) return;
    tell_parent("measuring the roofs of this machine");
    if (auto roofs = measure_roofs(runtime_, request_.threads)) {
      m_.roofs = *roofs;
    } else {
      m_.warnings.push_back("the roofs of this machine could not be measured: " + roofs.error().message);
    }
  }

  double seconds_left() const {
    return request_.timeout_seconds - std::chrono::duration<double>(Clock::now() - start_).count();
  }

  const MeasureRequest& request_;
  Measurement& m_;
  Runtime runtime_;
  Clock::time_point start_ = Clock::now();
  RunnableModel model_;
  // One element each, or none yet: sessions and feeds have no empty state.
  std::vector<Feeds> feeds_;
  std::vector<Session> plain_;
  std::vector<Session> profiled_;
  std::vector<double> plain_us_;
  std::vector<double> profiled_us_;
  std::vector<bool> counted_;  ///< by profiled run: whether its times count
  std::filesystem::path profile_;
  double warm_us_ = 0;
};

}  // namespace

void tell_parent(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

MeasureStatus status_of_error(const std::string& message, MeasureStatus otherwise) {
  static constexpr const char* memory_signs[] = {"bad_alloc", "bad allocation", "Failed to allocate memory",
                                                 "out of memory", "Cannot allocate memory"};
  const bool memory =
      std::ranges::any_of(memory_signs, [&](const char* sign) { return message.find(sign) != std::string::npos; });
  return memory ? MeasureStatus::out_of_memory : otherwise;
}

Result<void> commit_fault(const std::string& fault, const std::string& place) {
  if (fault == "crash@" + place) {
    signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would exit instead
    raise(SIGSEGV);
  }
  if (fault == "kill@" + place) raise(SIGKILL);  // as the kernel does when memory runs out
  if (fault == "exit@" + place) _exit(7);
  if (fault == "hang@" + place) {
    for (;;) pause();
  }
  if (fault == "memory@" + place) {
    constexpr std::int64_t more_than_any_machine = std::int64_t{1} << 46U;
    if (const auto memory = anonymous_memory(more_than_any_machine); !memory) return tl::unexpected(memory.error());
  }
  return {};
}

void enter_worker(std::int64_t memory_limit_bytes, const std::filesystem::path& folder) {
  limit_this_process(memory_limit_bytes);
  // ONNX Runtime 1.31 has telemetry in its Linux builds, on by default, with files in the temporary folder and the
  // user's cache. A user's models are nobody else's business: off before the library is loaded.
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  setenv("TMPDIR", folder.c_str(), 1);
}

int end_worker(const Result<void>& written) {
  if (!written) {
    fmt::print(stderr, "{}\n", written.error().message);
    return static_cast<int>(written.error().kind);
  }
  std::fflush(nullptr);
  // The answer is on disk: the runtime's own tear-down could only spoil the exit code.
  _exit(0);
}

void measure_in_this_process(const MeasureRequest& request, Measurement& m) {
  m.threads = request.threads;
  m.optimization_level = request.optimization_level;
  for (const InputPlan& input : request.inputs) m.input_notes.push_back(input.note);
  if (auto runtime = open_runtime(request.runtime_library, m)) Measuring(request, m, *std::move(runtime)).all();
}

int measure_worker_main(const std::filesystem::path& file) {
  const auto request = read_request(file);
  if (!request) return end_worker(tl::unexpected(request.error()));
  enter_worker(request->memory_limit_bytes, request->folder);
  return end_worker(request->leave_one_out
                        ? answer<MeasureRequest, OptimizerStudy>(*request, leave_one_out_in_this_process, write_study)
                        : answer<MeasureRequest, Measurement>(*request, measure_in_this_process, write_result));
}

}  // namespace costscan
