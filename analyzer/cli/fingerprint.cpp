// costscan fingerprint: what kind of model each file holds, and by what that is told.
#include "fingerprint/fingerprint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/targets.hpp"
#include "load/load.hpp"
#include "pipeline.hpp"
#include "reports/fingerprint_report.hpp"
#include "shapes/bindings.hpp"

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

std::string fingerprint_stem(const std::vector<std::string>& models) {
  const std::string first = std::filesystem::path(models.front()).stem().string();
  return models.size() == 1 ? first + ".costscan.fingerprint" : "costscan.fingerprint";
}

/// The dims of --dim that this model has; names that were used are added to `used`.
Result<Dims> dims_of(const std::string& model, const Dims& given, std::set<std::string>& used) {
  if (given.empty()) return Dims{};
  const auto loaded = load_model(model);
  if (!loaded) return tl::unexpected(loaded.error());
  const auto bindings = bind_dims(**loaded, {});
  if (!bindings) return tl::unexpected(bindings.error());
  Dims out;
  for (const auto& dim : given) {
    if (std::ranges::find(bindings->list, dim.first, &DimBinding::name) == bindings->list.end()) continue;
    out.push_back(dim);
    used.insert(dim.first);
  }
  return out;
}

Result<Fingerprint> fingerprint_file(const std::string& model, const Dims& dims, const FingerprintArguments& options,
                                     std::set<std::string>& used) {
  AnalyzeOptions analysis_options;
  auto own = dims_of(model, dims, used);
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
  const auto targets =
      plan_targets(fingerprint_report_formats(), options.reports, options.output, fingerprint_stem(options.models));
  if (!targets) return report_error(targets.error());
  const auto dims = parse_dims(options.dims);
  if (!dims) return report_error(dims.error());
  auto references = builtin_references();
  if (!references) return report_error(references.error());
  std::vector<Fingerprint> models;
  std::set<std::string> used;
  int code = 0;
  for (const std::string& model : options.models) {
    auto found = fingerprint_file(model, *dims, options, used);
    if (found) {
      models.push_back(std::move(*found));
    } else {
      code = std::max(code, report_error(found.error()));
    }
  }
  for (const auto& [name, size] : *dims) {
    if (!used.contains(name) && code == 0) {
      return report_error({ErrorKind::usage, fmt::format("--dim {}={}: no model has a free dimension of that name",
                                                         first_line(name), size)});
    }
  }
  if (models.empty()) return code;
  const FingerprintStudy study = study_fingerprints(std::move(models), std::move(*references));
  FingerprintReportOptions report_options;
  report_options.top = options.top;
  const int written = emit_reports(
      *targets, [&](const FingerprintReportFormat& format) { return format.render(study, report_options); });
  return std::max(code, written);
}

}  // namespace

Runner declare_fingerprint(CLI::App& app) {
  auto options = std::make_shared<FingerprintArguments>();
  app.add_option("MODEL", options->models, "ONNX files")->required()->type_name("FILE");
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
  app.add_option("--machine", options->machine, "Whose rates the shares of time are predicted with")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--costmodels", options->cost_folder,
                 "Use the cost models in this folder instead of the built-in ones")
      ->type_name("DIR");
  app.add_option("--top", options->top, "Operators to name in the text report")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  return [options] {
    if (options->reports.empty()) options->reports.emplace_back("text");
    return run_fingerprint(*options);
  };
}

}  // namespace costscan::cli
