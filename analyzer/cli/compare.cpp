// costscan compare: two models side by side, and whether the second is faster.
#include "compare/compare.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
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
#include "reports/compare_report.hpp"

namespace costscan::cli {
namespace {

using CompareTarget = ReportTarget<CompareReportFormat>;

struct CompareArguments {
  std::string a;
  std::string b;
  std::vector<std::string> reports;
  std::string output;
  std::vector<std::string> dims;
  std::string level = "group";
  std::int32_t top = 10;
  bool static_only = false;
  bool plan = false;
  bool demand_measurement = false;
  std::optional<double> fail_under;
  RuntimeOptions runtime;
  std::string machine;
  std::string cost_folder;
};

std::string stem_of_pair(const CompareArguments& options) {
  return fmt::format("{}_{}.costscan.compare", std::filesystem::path(options.a).stem().string(),
                     std::filesystem::path(options.b).stem().string());
}

Result<AnalyzeOptions> analyze_options(const CompareArguments& options) {
  AnalyzeOptions out;
  auto dims = parse_dims(options.dims);
  if (!dims) return tl::unexpected(dims.error());
  out.shapes.dims = *dims;
  out.depth = options.static_only ? Depth::static_only : options.plan ? Depth::plan : Depth::measured;
  out.machine = options.machine;
  out.cost_folder = options.cost_folder;
  out.measure = measure_options(options.runtime);
  return out;
}

int write_reports(const Comparison& comparison, const std::vector<CompareTarget>& targets,
                  const CompareArguments& options) {
  static const std::map<std::string, CompareLevel> levels{
      {"group", CompareLevel::group}, {"op", CompareLevel::op}, {"model", CompareLevel::model}};
  CompareReportOptions report_options;
  report_options.level = levels.at(options.level);
  report_options.top = options.top;
  report_options.color = ::isatty(STDOUT_FILENO) != 0;
  report_options.width = terminal_columns(usual_columns);
  return emit_reports(targets,
                      [&](const CompareReportFormat& format) { return format.render(comparison, report_options); });
}

void print_warnings(const Comparison& comparison) {
  for (const auto& [label, analysis] : {std::pair("A", &comparison.a), std::pair("B", &comparison.b)}) {
    report_warnings(analysis->warnings, fmt::format("{}: ", label));
  }
  report_warnings(comparison.measurement.warnings);
}

/// The ratio that --fail-under judges: measured in turns; predicted where nothing was to be executed.
std::optional<double> judged_speedup(const Comparison& comparison, const CompareArguments& options) {
  if (options.static_only || options.plan) return comparison.predicted_speedup;
  const PairMeasurement& measured = comparison.measurement;
  if (measured.status != MeasureStatus::ok || measured.latency_b.median <= 0) return std::nullopt;
  return measured.latency_a.median / measured.latency_b.median;
}

int judge(const Comparison& comparison, const CompareArguments& options) {
  if (!options.fail_under) return 0;
  const auto speedup = judged_speedup(comparison, options);
  if (!speedup) {
    return report_error({ErrorKind::check_failed,
                         fmt::format("--fail-under {:g}: there is no speed-up to judge, nothing was measured or a node "
                                     "has no cost model",
                                     *options.fail_under)});
  }
  if (*speedup >= *options.fail_under) return 0;
  return report_error({ErrorKind::check_failed, fmt::format("the speed-up of B is {:.3f}, below --fail-under {:g}",
                                                            *speedup, *options.fail_under)});
}

int run_compare(const CompareArguments& options) {
  const auto targets = plan_targets(compare_report_formats(), options.reports, options.output, stem_of_pair(options),
                                    {options.a, options.b});
  if (!targets) return report_error(targets.error());
  const auto chosen = analyze_options(options);
  if (!chosen) return report_error(chosen.error());
  const auto comparison = compare_models(options.a, options.b, *chosen);
  clear_progress();
  if (!comparison) return report_error(comparison.error());
  print_warnings(*comparison);
  const int code = write_reports(*comparison, *targets, options);
  const PairMeasurement& measured = comparison->measurement;
  if (chosen->depth == Depth::measured && measured.status != MeasureStatus::ok) {
    const bool demanded = options.demand_measurement && code == 0;
    if (const int failed = report_unmeasured(measured.reason, measured.advice, demanded); failed != 0) return failed;
  }
  return code != 0 ? code : judge(*comparison, options);
}

void declare_measuring(CLI::App& app, CompareArguments& options) {
  const std::string group = "Measuring";
  auto* fixed =
      app.add_flag("--static", options.static_only, "Use no runtime, execute nothing, read no weights")->group(group);
  auto* plan = app.add_flag("--plan", options.plan, "Let the runtime optimise the graphs but execute nothing")
                   ->excludes(fixed)
                   ->group(group);
  app.add_flag("--measure", options.demand_measurement, "Exit with 4 where the models could not be measured")
      ->excludes(fixed)
      ->excludes(plan)
      ->group(group);
  declare_runtime(app, options.runtime, group, "Timed seconds for each model, in turns and in its own profiled run");
}

}  // namespace

Runner declare_compare(CLI::App& app) {
  auto options = std::make_shared<CompareArguments>();
  app.add_option("A", options->a, "ONNX file: before")->required()->type_name("FILE");
  app.add_option("B", options->b, "ONNX file: after")->required()->type_name("FILE");
  declare_reports(app, options->reports, options->output, "text, csv, json, html, separated by commas");
  declare_dims(app, options->dims, dim_of_models);
  app.add_option("--level", options->level, "Rows of the CSV")
      ->check(CLI::IsMember({"group", "op", "model"}))
      ->capture_default_str();
  app.add_option("--top", options->top, "Changes and operators to name in the text report")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option(
         "--fail-under", options->fail_under,
         "Exit with 1 where B is not this many times as fast as A (measured; with --static or --plan predicted)")
      ->check(CLI::Range(0.0, 1e6))
      ->type_name("X");
  declare_models(app, options->machine, options->cost_folder);
  declare_measuring(app, *options);
  return [options] { return run_compare(*options); };
}

}  // namespace costscan::cli
