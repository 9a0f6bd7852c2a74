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
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/runtime_options.hpp"
#include "cli/targets.hpp"
#include "load/load.hpp"
#include "measure/machine.hpp"
#include "model/text.hpp"
#include "pipeline.hpp"
#include "predict/calibration.hpp"
#include "reports/forensics_report.hpp"
#include "shapes/bindings.hpp"

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

/// Of the given dimensions those that this model has; marks them as used. One that says how often a trip is made or how
/// long a list is has a name too.
Result<Dims> own_dims(const std::string& path, const Dims& given, std::vector<bool>& used) {
  if (given.empty()) return Dims{};
  const auto model = load_model(path);
  if (!model) return tl::unexpected(model.error());
  const auto bindings = bind_dims(**model, {});
  if (!bindings) return tl::unexpected(bindings.error());
  Dims own;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (std::ranges::find(bindings->list, given[i].first, &DimBinding::name) == bindings->list.end()) continue;
    used[i] = true;
    own.push_back(given[i]);
  }
  return own;
}

std::optional<Calibration> kept_calibration(const ForensicsArguments& options) {
  const std::filesystem::path folder = calibration_folder();
  std::error_code ignored;
  if (!options.machine.empty() || folder.empty() || !std::filesystem::is_directory(folder, ignored)) {
    return std::nullopt;
  }
  return find_calibration({read_machine().cpu, "", 1}, folder);
}

Result<ForensicsReport> investigate_all(const ForensicsArguments& options) {
  const auto given = parse_dims(options.dims);
  if (!given) return tl::unexpected(given.error());
  AnalyzeOptions analyze_options;
  analyze_options.depth = Depth::static_only;
  analyze_options.machine = options.machine;
  analyze_options.cost_folder = options.cost_folder;
  analyze_options.model_plan = true;
  const ForensicsOptions forensics{scope_of(options.scope), options.count_constants};
  const auto calibration = kept_calibration(options);
  ForensicsReport report;
  report.scope = forensics.scope;
  report.count_constants = forensics.count_constants;
  std::vector<bool> used(given->size(), false);
  for (const std::string& path : options.models) {
    auto dims = own_dims(path, *given, used);
    if (!dims) return tl::unexpected(dims.error());
    analyze_options.shapes.dims = *std::move(dims);
    const auto analysis = analyze(path, analyze_options);
    if (!analysis) return tl::unexpected(analysis.error());
    const auto times = written_times(*analysis, calibration ? &*calibration : nullptr);
    report.models.push_back(investigate(*analysis, times, forensics));
    const ModelFindings& found = report.models.back();
    for (const std::string& warning : found.warnings) report_warning(found.model + ": " + warning);
  }
  const auto unknown = std::ranges::find(used, false);
  if (unknown != used.end()) {
    const auto& [name, size] = (*given)[static_cast<std::size_t>(unknown - used.begin())];
    return fail(ErrorKind::usage, fmt::format("--dim {}={}: no model has a free dimension of that name; costscan MODEL "
                                              "prints those that it has",
                                              printable(name), size));
  }
  return report;
}

int run_forensics(const ForensicsArguments& options) {
  const std::string stem = options.models.size() == 1
                               ? std::filesystem::path(options.models.front()).stem().string() + ".costscan.forensics"
                               : "costscan.forensics";
  const auto targets = plan_targets(forensics_report_formats(), options.reports, options.output, stem);
  if (!targets) return report_error(targets.error());
  const auto report = investigate_all(options);
  if (!report) return report_error(report.error());
  const ForensicsReportOptions report_options{options.all, options.sites, ::isatty(STDOUT_FILENO) != 0};
  return emit_reports(*targets,
                      [&](const ForensicsReportFormat& format) { return format.render(*report, report_options); });
}

}  // namespace

Runner declare_forensics(CLI::App& app) {
  auto options = std::make_shared<ForensicsArguments>();
  app.add_option("M", options->models, "ONNX files")->required()->type_name("FILE");
  app.add_option("--report", options->reports, "text, csv, json, md, html, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)  // a model may follow
      ->type_name("NAME")
      ->default_str("text");
  app.add_option("-o,--output", options->output, "File, or folder for several reports")->type_name("PATH");
  app.add_option("--dim", options->dims, "Bind a free dimension in each model that has it (repeatable)")
      ->type_name("NAME=N")
      ->allow_extra_args(false)
      ->take_all();
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
  return [options] {
    if (options->reports.empty()) options->reports.emplace_back("text");
    return run_forensics(*options);
  };
}

}  // namespace costscan::cli
