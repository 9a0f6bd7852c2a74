// costscan advise: which passes to run on a model here, and what each is expected to bring.
#include "study/advise.hpp"

#include <fmt/core.h>

#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/runtime_options.hpp"
#include "cli/targets.hpp"
#include "reports/advise_report.hpp"

namespace costscan::cli {
namespace {

struct AdviseArguments {
  std::string model;
  std::vector<std::string> reports;
  std::string output;
  std::vector<std::string> dims;
  std::string machine;
  bool static_only = false;
  bool measured = false;
  RuntimeOptions runtime;
};

int run_advise(const AdviseArguments& options) {
  const std::string stem = std::filesystem::path(options.model).stem().string() + ".costscan.advise";
  const auto targets = plan_targets(advise_report_formats(), options.reports, options.output, stem);
  if (!targets) return report_error(targets.error());
  const auto dims = parse_dims(options.dims);
  if (!dims) return report_error(dims.error());
  AdviseOptions how;
  how.shapes.dims = *dims;
  how.machine = options.machine;
  how.measure = measure_options(options.runtime);
  how.static_only = options.static_only;
  how.measured = options.measured;
  const auto advice = advise(options.model, how);
  clear_progress();
  if (!advice) return report_error(advice.error());
  for (const std::string& text : advice->warnings) report_warning(text);
  const int code = emit_reports(*targets, [&](const AdviseReportFormat& format) { return format.render(*advice); });
  if (!advice->measured || advice->measured->status == MeasureStatus::ok) return code;
  const int failed = report_unmeasured(advice->measured->reason, advice->measured->advice, code == 0);
  return code != 0 ? code : failed;
}

}  // namespace

Runner declare_advise(CLI::App& app) {
  auto options = std::make_shared<AdviseArguments>();
  app.add_option("MODEL", options->model, "ONNX file")->required()->type_name("FILE");
  app.add_option("--report", options->reports, "text, json, md, html, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)  // a model may follow
      ->type_name("NAME")
      ->default_str("text");
  app.add_option("-o,--output", options->output, "File, or folder for several reports")->type_name("PATH");
  app.add_option("--dim", options->dims, "Bind a free dimension (repeatable)")
      ->type_name("NAME=N")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--machine", options->machine, "Predict by a machine file's rates: see costscan list machines")
      ->type_name("NAME");
  const std::string group = "Runtime";
  auto* fixed =
      app.add_flag("--static", options->static_only, "Use no runtime: fold only what costscan computes itself")
          ->group(group);
  app.add_flag("--measure", options->measured,
               "Run the model and what the advice makes of it in turn; 4 where that fails")
      ->excludes(fixed)
      ->group(group);
  declare_runtime(app, options->runtime, group, "Timed seconds for each model with --measure");
  return [options] {
    if (options->reports.empty()) options->reports.emplace_back("text");
    return run_advise(*options);
  };
}

}  // namespace costscan::cli
