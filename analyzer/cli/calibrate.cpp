// costscan calibrate: what this machine does under this runtime, kept for predictions.
#include "calibrate/calibrate.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "calibrate/kept.hpp"
#include "cli/calibrate_text.hpp"
#include "cli/command.hpp"
#include "cli/output.hpp"

namespace costscan::cli {
namespace {

struct CalibrateArguments {
  std::string runtime_library;
  std::int32_t threads = 1;
  double seconds = 0;
  bool quick = false;
  bool force = false;
  bool more = false;
  bool list = false;
  bool show = false;
};

int list_kept() {
  const auto folder = calibration_folder();
  std::string out;
  for (const calibrate::Kept& kept : calibrate::kept_calibrations(folder)) {
    out += fmt::format("{}\n  {}\n", calibrate::title_of(kept.calibration), kept.file.string());
  }
  if (out.empty()) out = fmt::format("no calibration in {}\n", folder.string());
  return print_to_stdout(out);
}

/// The newest calibration of this number of threads, or the one that was just made.
int show_kept(const CalibrateArguments& options) {
  const calibrate::Kept* newest = nullptr;
  const auto all = calibrate::kept_calibrations(calibration_folder());
  for (const calibrate::Kept& kept : all) {
    if (kept.calibration.key.threads != options.threads) continue;
    if (newest == nullptr || kept.calibration.made > newest->calibration.made) newest = &kept;
  }
  if (newest == nullptr) {
    return report_error(
        {ErrorKind::input, fmt::format("no calibration for {} thread(s) in {}; make one with costscan "
                                       "calibrate --threads {}",
                                       options.threads, calibration_folder().string(), options.threads)});
  }
  return print_to_stdout(calibration_text(newest->calibration));
}

/// One line that is written over; only on a terminal.
void show_progress(const calibrate::Progress& progress) {
  fmt::print(
      stderr, "\r\x1b[K{:3.0f}%  {} of {} steps, {:.0f} s  {}",
      progress.steps == 0 ? 0.0 : 100.0 * static_cast<double>(progress.done) / static_cast<double>(progress.steps),
      progress.done, progress.steps, progress.seconds, progress.step);
  std::fflush(stderr);
}

int run_calibrate(const CalibrateArguments& options) {
  if (options.list) return list_kept();
  if (options.show) return show_kept(options);
  calibrate::CalibrateOptions wanted;
  wanted.runtime_library = options.runtime_library;
  wanted.mode = options.quick ? calibrate::Mode::quick : calibrate::Mode::full;
  wanted.threads = options.threads;
  wanted.force = options.force;
  wanted.more = options.more;
  wanted.seconds = options.seconds;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  if (terminal) wanted.progress = show_progress;
  const auto outcome = calibrate::calibrate(wanted);
  if (terminal) fmt::print(stderr, "\r\x1b[K");
  if (!outcome) return report_error(outcome.error());
  if (outcome->resumed_at > 0) {
    fmt::print(stderr, "costscan: {} {} steps of an earlier run\n", options.more ? "added to" : "went on after",
               outcome->resumed_at);
  }
  for (const std::string& warning : outcome->calibration.warnings) report_warning(warning);
  if (outcome->reused) {
    fmt::print(stderr, "costscan: already calibrated; --force measures again\n");
  }
  return print_to_stdout(calibration_text(outcome->calibration) + "\n" + outcome->file.string() + "\n");
}

}  // namespace

Runner declare_calibrate(CLI::App& app) {
  auto options = std::make_shared<CalibrateArguments>();
  app.add_flag("--quick", options->quick,
               "The core of each class in under a minute, instead of all of it in under five");
  app.add_option("--threads", options->threads, "Threads of the runtime: each number has a calibration of its own")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--ort-lib", options->runtime_library,
                 "ONNX Runtime's shared library (else $COSTSCAN_ORT_LIB, the bundled one, the system's)")
      ->type_name("PATH");
  app.add_option("--seconds", options->seconds,
                 "Stop after so long; what is there is usable, and the next run goes on (0: 50 quick, 270 else)")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  auto* force = app.add_flag("--force", options->force, "Measure anew, whatever is kept");
  app.add_flag("--more", options->more,
               "Measure everything once more and add it to what is kept: rounds that lie hours apart tell more of a "
               "shared machine than a longer run")
      ->excludes(force);
  app.add_flag("--list", options->list, "The calibrations that are kept");
  app.add_flag("--show", options->show, "The newest calibration for --threads");
  return [options] { return run_calibrate(*options); };
}

}  // namespace costscan::cli
