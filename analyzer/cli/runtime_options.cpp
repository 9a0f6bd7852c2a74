#include "cli/runtime_options.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace costscan::cli {

void declare_runtime(CLI::App& app, RuntimeOptions& options, const std::string& group, const std::string& seconds) {
  app.add_option("--ort-lib", options.library,
                 "ONNX Runtime's shared library (else $COSTSCAN_ORT_LIB, else the bundled one)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--threads", options.threads, "Threads of the runtime")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->group(group);
  app.add_option("--runtime-level", options.level, "The runtime's graph optimisation")
      ->check(CLI::IsMember({"disabled", "basic", "extended", "all"}))
      ->capture_default_str()
      ->group(group);
  app.add_option("--seconds", options.seconds, seconds)
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str()
      ->group(group);
  app.add_option("--timeout", options.timeout_seconds, "Seconds after which measuring is given up")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str()
      ->group(group);
  app.add_option("--memory-limit", options.memory_limit_gib, "GiB that measuring may use (0: 90% of the machine's)")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str()
      ->group(group);
}

void declare_models(CLI::App& app, std::string& machine, std::string& cost_folder) {
  app.add_option("--machine", machine, "Predict for this machine by plain roofline: see costscan list machines")
      ->type_name("NAME");
  app.add_option("--costmodels", cost_folder, "Use the cost models in this folder instead of the built-in ones")
      ->type_name("DIR");
}

int report_unmeasured(const std::string& reason, const std::string& advice, bool demanded) {
  const std::string why = fmt::format("not measured: {}{}{}", reason, advice.empty() ? "" : "; ", advice);
  if (demanded) return report_error({ErrorKind::measurement, why});
  report_warning(why);
  return 0;
}

std::function<void(const std::string&)> terminal_progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](const std::string& line) { fmt::print(stderr, "\r\033[K{}", first_line(line)); };
}

void clear_progress() {
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "\r\033[K");
}

MeasureOptions measure_options(const RuntimeOptions& options) {
  MeasureOptions out;
  out.runtime_library = options.library;
  out.optimization_level = options.level;
  out.threads = options.threads;
  out.target_seconds = options.seconds;
  out.timeout_seconds = options.timeout_seconds;
  constexpr double gib = 1024.0 * 1024.0 * 1024.0;
  out.memory_limit_bytes = static_cast<std::int64_t>(options.memory_limit_gib * gib);
  out.progress = terminal_progress();
  return out;
}

}  // namespace costscan::cli
