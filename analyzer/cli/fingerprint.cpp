// costscan fingerprint: what kind of model each file holds, and by what that is told.
#include "fingerprint/fingerprint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/targets.hpp"
#include "pipeline.hpp"
#include "reports/fingerprint_report.hpp"

namespace costscan::cli {
namespace {

using FingerprintTarget = ReportTarget<FingerprintReportFormat>;

struct FingerprintArguments {
  std::vector<std::string> models;
  std::vector<std::string> reports;
  std::string output;
  std::vector<std::string> dims;
  std::string machine = "generic-cpu";
  std::string cost_folder;
  std::int32_t top = 12;
};

Result<Fingerprint> fingerprint_file(const std::string& model, SharedDims& dims, const FingerprintArguments& options) {
  AnalyzeOptions analysis_options;
  auto own = dims.of(model);
  if (!own) return tl::unexpected(own.error());
  analysis_options.shapes.dims = std::move(*own);
  analysis_options.depth = Depth::static_only;
  analysis_options.machine = options.machine;
  analysis_options.cost_folder = options.cost_folder;
  const auto analysis = analyze(model, analysis_options);
  if (!analysis) return tl::unexpected(analysis.error());
  return fingerprint(*analysis);
}

int run_fingerprint(const FingerprintArguments& options) {
  const auto targets = plan_targets(fingerprint_report_formats(), options.reports, options.output,
                                    report_stem(options.models, "fingerprint"), options.models);
  if (!targets) return report_error(targets.error());
  const auto given = parse_dims(options.dims);
  if (!given) return report_error(given.error());
  SharedDims dims(*given);
  auto references = builtin_references();
  if (!references) return report_error(references.error());
  std::vector<Fingerprint> models;
  int code = 0;
  for (const std::string& model : options.models) {
    auto found = fingerprint_file(model, dims, options);
    if (found) {
      models.push_back(std::move(*found));
    } else {
      code = std::max(code, report_error(found.error()));
    }
  }
  if (const auto used = dims.check_all_used(); !used && code == 0) return report_error(used.error());
  if (models.empty()) return code;
  const FingerprintStudy study = study_fingerprints(std::move(models), std::move(*references));
  FingerprintReportOptions report_options;
  report_options.top = options.top;
  report_options.width = terminal_columns(usual_columns);
  const int written = emit_reports(
      *targets, [&](const FingerprintReportFormat& format) { return format.render(study, report_options); });
  return std::max(code, written);
}

}  // namespace

Runner declare_fingerprint(CLI::App& app) {
  auto options = std::make_shared<FingerprintArguments>();
  app.add_option("MODEL", options->models, "ONNX files")->required()->type_name("FILE");
  declare_reports(app, options->reports, options->output, "text, csv, json, md, html, separated by commas");
  declare_dims(app, options->dims, dim_of_models);
  app.add_option("--machine", options->machine, "Whose rates the shares of time are predicted with")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--costmodels", options->cost_folder,
                 "Use the cost models in this folder instead of the built-in ones")
      ->type_name("DIR");
  app.add_option("--top", options->top, "Operators to name in the text report")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  return [options] { return run_fingerprint(*options); };
}

}  // namespace costscan::cli
