// costscan advise: which passes to run on a model here, and what each is expected to bring.
#include "study/advise.hpp"

#include <fmt/core.h>

#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
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
  const auto targets = plan_targets(advise_report_formats(), options.reports, options.output,
                                    report_stem({options.model}, "advise"), {options.model});
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
  report_warnings(advice->warnings);
  const AdviseReportOptions report_options{terminal_columns(usual_columns)};
  const int code =
      emit_reports(*targets, [&](const AdviseReportFormat& format) { return format.render(*advice, report_options); });
  if (!advice->measured || advice->measured->status == MeasureStatus::ok) return code;
  const int failed = report_unmeasured(advice->measured->reason, advice->measured->advice, code == 0);
  return code != 0 ? code : failed;
}

}  // namespace

Runner declare_advise(CLI::App& app) {
  auto options = std::make_shared<AdviseArguments>();
  app.add_option("MODEL", options->model, "ONNX file")->required()->type_name("FILE");
  declare_reports(app, options->reports, options->output, "text, json, md, html, separated by commas");
  declare_dims(app, options->dims, dim_of_model);
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
  return [options] { return run_advise(*options); };
}

}  // namespace costscan::cli
