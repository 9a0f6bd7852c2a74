// costscan forensics: what exporters left in graphs, where, and what its removal would save.
#include "forensics/forensics.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/runtime_options.hpp"
#include "cli/targets.hpp"
#include "measure/machine.hpp"
#include "pipeline.hpp"
#include "predict/calibration.hpp"
#include "reports/forensics_report.hpp"

namespace costscan::cli {
namespace {

struct ForensicsArguments {
  std::vector<std::string> models;
  std::vector<std::string> reports;
  std::string output;
  std::vector<std::string> dims;
  std::string scope = "main";
  bool count_constants = false;
  bool all = false;
  bool sites = false;
  std::string machine;
  std::string cost_folder;
};

FindingScope scope_of(const std::string& name) {
  static const std::map<std::string, FindingScope> scopes{{"main", FindingScope::main},
                                                          {"subgraphs", FindingScope::subgraphs},
                                                          {"functions", FindingScope::functions},
                                                          {"all", FindingScope::all}};
  return scopes.at(name);
}

std::optional<Calibration> kept_calibration(const ForensicsArguments& options) {
  const std::filesystem::path folder = calibration_folder();
  std::error_code ignored;
  if (!options.machine.empty() || folder.empty() || !std::filesystem::is_directory(folder, ignored)) {
    return std::nullopt;
  }
  return find_calibration({read_machine().cpu, "", 1}, folder);
}

AnalyzeOptions forensic_analysis(const ForensicsArguments& options) {
  AnalyzeOptions out;
  out.depth = Depth::static_only;
  out.machine = options.machine;
  out.cost_folder = options.cost_folder;
  out.model_plan = true;
  return out;
}

/// What the other models have is worth a report, whatever is wrong with one: `code` is its exit code then.
ForensicsReport investigate_all(const ForensicsArguments& options, SharedDims& dims, int& code) {
  AnalyzeOptions analysis_options = forensic_analysis(options);
  const auto calibration = kept_calibration(options);
  const ForensicsOptions forensics{scope_of(options.scope), options.count_constants};
  ForensicsReport report;
  report.scope = forensics.scope;
  report.count_constants = forensics.count_constants;
  for (const std::string& path : options.models) {
    const auto own = dims.of(path);
    if (own) analysis_options.shapes.dims = *own;
    const auto analysis = own ? analyze(path, analysis_options) : tl::unexpected(own.error());
    if (!analysis) {
      code = std::max(code, report_error(analysis.error()));
      continue;
    }
    const auto times = written_times(*analysis, calibration ? &*calibration : nullptr);
    report.models.push_back(investigate(*analysis, times, forensics));
    const ModelFindings& found = report.models.back();
    report_warnings(found.warnings, found.model + ": ");
  }
  return report;
}

int run_forensics(const ForensicsArguments& options) {
  const auto targets = plan_targets(forensics_report_formats(), options.reports, options.output,
                                    report_stem(options.models, "forensics"), options.models);
  if (!targets) return report_error(targets.error());
  const auto given = parse_dims(options.dims);
  if (!given) return report_error(given.error());
  SharedDims dims(*given);
  int code = 0;
  const ForensicsReport report = investigate_all(options, dims, code);
  if (const auto used = dims.check_all_used(); !used && code == 0) return report_error(used.error());
  if (report.models.empty()) return code;
  const ForensicsReportOptions report_options{options.all, options.sites, ::isatty(STDOUT_FILENO) != 0,
                                              terminal_columns(usual_columns)};
  const int written = emit_reports(
      *targets, [&](const ForensicsReportFormat& format) { return format.render(report, report_options); });
  return std::max(code, written);
}

}  // namespace

Runner declare_forensics(CLI::App& app) {
  auto options = std::make_shared<ForensicsArguments>();
  app.add_option("MODEL", options->models, "ONNX files")->required()->type_name("FILE");
  declare_reports(app, options->reports, options->output, "text, csv, json, md, html, separated by commas");
  declare_dims(app, options->dims, dim_of_models);
  app.add_option(
         "--scope", options->scope,
         "Whose nodes count: the main graph's, those of bodies too, those of functions at each call too, or all")
      ->check(CLI::IsMember({"main", "subgraphs", "functions", "all"}))
      ->capture_default_str();
  app.add_flag("--count-constants", options->count_constants,
               "Constant nodes count as nodes of constant parts and shape chains");
  app.add_flag("--all", options->all, "Text and Markdown: print findings that no model has, too");
  app.add_flag("--sites", options->sites, "Text: print every place, with its nodes");
  declare_models(app, options->machine, options->cost_folder);
  return [options] { return run_forensics(*options); };
}

}  // namespace costscan::cli
