// How ONNX Runtime is to run a model, as several commands take it.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "measure/measure.hpp"

namespace costscan::cli {

struct RuntimeOptions {
  std::string library;
  std::string level = "all";
  std::int32_t threads = 1;
  double seconds = 2;
  double timeout_seconds = 600;
  double memory_limit_gib = 0;
};

/// Declares --ort-lib, --threads, --runtime-level, --seconds, --timeout and --memory-limit in a group of the help text.
/// `seconds`: what --seconds are spent on.
void declare_runtime(CLI::App& app, RuntimeOptions& options, const std::string& group, const std::string& seconds);

/// Declares --machine and --costmodels: what to predict with, and whose costs.
void declare_models(CLI::App& app, std::string& machine, std::string& cost_folder);

/// Says why nothing was measured: an error where a measurement was demanded, else a warning. Returns the exit code.
int report_unmeasured(const std::string& reason, const std::string& advice, bool demanded);

/// With progress on a terminal.
[[nodiscard]] MeasureOptions measure_options(const RuntimeOptions& options);

/// One changing line on standard error, only where somebody watches.
[[nodiscard]] std::function<void(const std::string&)> terminal_progress();
void clear_progress();

}  // namespace costscan::cli
