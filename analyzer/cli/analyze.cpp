#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/runtime_options.hpp"
#include "cli/targets.hpp"
#include "pipeline.hpp"
#include "reports/report.hpp"

namespace costscan::cli {
namespace {

struct AnalyzeArguments {
  std::string model;
  std::vector<std::string> reports;
  std::string output;
  std::vector<std::string> dims;
  bool static_only = false;
  bool plan = false;
  bool demand_measurement = false;
  bool leave_one_out = false;
  bool closed_forms = false;
  std::string level = "node";
  std::int32_t top = 1;
  RuntimeOptions runtime;
  std::string profile;
  std::string machine;
  std::string cost_folder;
};

using AnalyzeTarget = ReportTarget<ReportFormat>;

std::string default_stem(const std::filesystem::path& model) { return model.stem().string() + ".costscan"; }

Level level_of(const std::string& name) {
  static const std::map<std::string, Level> levels{{"node", Level::node},
                                                   {"kernel", Level::kernel},
                                                   {"op", Level::op},
                                                   {"model", Level::model},
                                                   {"runtime", Level::runtime}};
  return levels.at(name);
}

Result<AnalyzeOptions> analyze_options(const AnalyzeArguments& options, const std::vector<AnalyzeTarget>& targets) {
  AnalyzeOptions out;
  auto dims = parse_dims(options.dims);
  if (!dims) return tl::unexpected(dims.error());
  out.shapes.dims = *dims;
  out.depth = options.static_only ? Depth::static_only : options.plan ? Depth::plan : Depth::measured;
  out.leave_one_out = options.leave_one_out;
  out.profile = options.profile;
  out.machine = options.machine;
  out.cost_folder = options.cost_folder;
  const auto wanted = [&](std::string_view format) {
    return std::ranges::any_of(targets, [&](const AnalyzeTarget& target) { return target.format->name == format; });
  };
  out.symbols = wanted("html") || wanted("json");
  out.closed_forms = options.closed_forms || out.symbols || (wanted("csv") && options.level == "model");
  out.measure = measure_options(options.runtime);
  return out;
}

void print_warnings(const Analysis& analysis) {
  std::vector<std::string> all = analysis.warnings;
  all.insert(all.end(), analysis.measurement.warnings.begin(), analysis.measurement.warnings.end());
  report_warnings(all);
}

bool measured_as_asked(const Analysis& analysis) {
  const MeasureStatus status = analysis.measurement.status;
  return status == MeasureStatus::ok || status == MeasureStatus::skipped || status == MeasureStatus::planned;
}

/// A report that stands on a large file, written from stretches of it, with the files that it refers to beside it.
Result<void> write_large(const Analysis& analysis, const AnalyzeTarget& target) {
  const auto pieces = target.format->pieces(analysis);
  if (!pieces) return tl::unexpected(pieces.error());
  // Nothing can lie beside a device or a pipe.
  if (target.format->companions != nullptr && !is_special_file(*target.path)) {
    for (const Companion& companion : target.format->companions(analysis)) {
      const auto copied = put_copy(companion.file, target.path->parent_path() / companion.location);
      if (!copied) return tl::unexpected(copied.error());
      if (*copied)
        fmt::print(stderr, "costscan: note: copied '{}' beside the report, which refers to it\n",
                   first_line(companion.location.string()));
    }
  }
  return write_pieces(*target.path, *pieces);
}

/// Error: the report could not be made or written.
Result<void> write_report(const Analysis& analysis, const AnalyzeTarget& target, const ReportOptions& options) {
  if (target.format->pieces != nullptr) return write_large(analysis, target);
  const auto bytes = target.format->render(analysis, options);
  if (!bytes) return tl::unexpected(bytes.error());
  return write_file(*target.path, *bytes);
}

int write_reports(const Analysis& analysis, const std::vector<AnalyzeTarget>& targets,
                  const AnalyzeArguments& options) {
  ReportOptions report_options;
  report_options.level = level_of(options.level);
  report_options.top = options.top;
  report_options.color = ::isatty(STDOUT_FILENO) != 0;
  report_options.width = terminal_columns();
  return emit_reports(
      targets, [&](const ReportFormat& format) { return format.render(analysis, report_options); },
      [&](const AnalyzeTarget& target) { return write_report(analysis, target, report_options); });
}

int run_analyze(const AnalyzeArguments& options) {
  if (options.model.empty()) {
    return report_error({ErrorKind::usage, "name a model: costscan MODEL.onnx (see costscan --help)"});
  }
  const auto targets = plan_targets(report_formats(), options.reports, options.output, default_stem(options.model),
                                    {options.model, options.profile});
  if (!targets) return report_error(targets.error());
  const auto chosen = analyze_options(options, *targets);
  if (!chosen) return report_error(chosen.error());
  const auto analysis = analyze(options.model, *chosen);
  clear_progress();
  if (!analysis) return report_error(analysis.error());
  print_warnings(*analysis);
  // A CSV has no place to say it; all other reports do.
  if (analysis->rates.named &&
      std::ranges::any_of(*targets, [](const AnalyzeTarget& t) { return t.format->name == "csv"; })) {
    fmt::print(stderr, "costscan: note: predicted for {} by plain roofline\n", analysis->rates.name);
  }
  const int code = write_reports(*analysis, *targets, options);
  if (measured_as_asked(*analysis)) return code;
  const Measurement& measurement = analysis->measurement;
  const bool demanded = options.demand_measurement && code == 0;
  return std::max(code, report_unmeasured(measurement.reason, measurement.advice, demanded));
}

void declare_measuring(CLI::App& app, AnalyzeArguments& options) {
  const char* group = "Measuring";
  auto* fixed =
      app.add_flag("--static", options.static_only, "Use no runtime, execute nothing, read no weights")->group(group);
  auto* plan = app.add_flag("--plan", options.plan, "Let the runtime optimise the graph but execute nothing")
                   ->excludes(fixed)
                   ->group(group);
  auto* demand =
      app.add_flag("--measure", options.demand_measurement, "Exit with 4 where the model could not be measured")
          ->excludes(fixed)
          ->group(group);
  app.add_option("--profile", options.profile,
                 "Take the times from this file instead of a run: ONNX Runtime profile, CSV of node and latency, or "
                 "TensorRT's layer times")
      ->type_name("FILE")
      ->excludes(plan)
      ->excludes(demand)
      ->group(group);
  app.add_flag("--leave-one-out", options.leave_one_out,
               "Also measure without each of the runtime's optimisers that changed this graph: what each bought")
      ->excludes(fixed)
      ->excludes(plan)
      ->excludes("--profile")
      ->group(group);
  declare_runtime(app, options.runtime, group, "Timed seconds for each of the two sessions");
}

}  // namespace

Runner declare_analyze(CLI::App& app) {
  auto options = std::make_shared<AnalyzeArguments>();
  app.add_option("MODEL", options->model, "ONNX file")->type_name("FILE");
  declare_reports(app, options->reports, options->output, "Reports, separated by commas: see costscan list reports");
  declare_dims(app, options->dims, dim_of_model);
  app.add_option("--level", options->level, "Rows of the CSV")
      ->check(CLI::IsMember({"node", "kernel", "op", "model", "runtime"}))
      ->capture_default_str();
  app.add_flag("--closed-forms", options->closed_forms,
               "Totals as formulas of the free dimensions (html, json and --level model have them anyway)");
  app.add_option("--top", options->top, "Slow nodes to name in the text report")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  declare_models(app, options->machine, options->cost_folder);
  declare_measuring(app, *options);
  return [options] { return run_analyze(*options); };
}

}  // namespace costscan::cli
