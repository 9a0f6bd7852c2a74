// costscan optimize: a model written anew, with what the passes found taken out.
#include "passes/optimize.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
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
#include "files/temporary.hpp"
#include "load/load.hpp"
#include "passes/evaluate.hpp"
#include "passes/verify.hpp"
#include "reports/optimize_report.hpp"
#include "shapes/other_sizes.hpp"
#include "store/write_model.hpp"

namespace costscan::cli {
namespace {

namespace fs = std::filesystem;

struct OptimizeArguments {
  std::string model;
  std::string output;
  std::vector<std::string> passes;
  std::vector<std::string> without;
  std::vector<std::string> reports;
  std::vector<std::string> dims;
  std::string level = "pass";
  std::string machine;
  bool only_if_faster = false;
  bool verify = false;
  bool specialize = false;
  bool fix_defaults = false;
  bool contrib = false;
  bool in_place = false;
  bool static_only = false;
  double growth = 2;
  RuntimeOptions runtime;
};

/// A folder for a model that is only to be read again: that of the output, where the model's external data may lie
/// already, or one that is made for it where the output is a device or a pipe.
Result<fs::path> folder_of_draft(const fs::path& output, std::optional<PrivateFolder>& made) {
  if (!is_special_file(output)) return output.parent_path();
  auto folder = PrivateFolder::create();
  if (!folder) return tl::unexpected(folder.error());
  made.emplace(*std::move(folder));
  return made->path();
}

Result<Verification> verify_draft(const OptimizeResult& result, const OptimizeArguments& options, const Dims& dims) {
  std::optional<PrivateFolder> made;
  const auto folder = folder_of_draft(options.output, made);
  if (!folder) return tl::unexpected(folder.error());
  const TemporaryFile draft(*folder / fmt::format(".{}.{}.onnx", fs::path(options.output).stem().string(), ::getpid()));
  auto written = write_model(*result.model, draft.path());
  if (!written) return tl::unexpected(written.error());
  std::vector<TemporaryFile> beside;
  for (const auto* files : {&written->data_files, &written->copied_files}) {
    for (const fs::path& file : *files) beside.emplace_back(file);
  }
  // What was written is read again: a file that does not load is no model.
  auto again = load_model(draft.path());
  if (!again) {
    return fail(ErrorKind::defect, "the optimised model cannot be read again: " + again.error().message);
  }
  const auto before = infer_shapes(result.original, {.dims = dims, .observed = {}});
  if (!before) return tl::unexpected(before.error());
  std::vector<std::shared_ptr<const ShapedModel>> others;
  const FreeDims which = options.specialize ? FreeDims::not_given : FreeDims::all;
  others = several_other_sizes(**before, 2, which).models;
  MeasureOptions measure = measure_options(options.runtime);
  measure.optimization_level = "disabled";
  return verify_models(**before, others, draft.path(), promise_of(result), measure);
}

Optimization report_of(const OptimizeResult& result, const OptimizeArguments& options) {
  Optimization done;
  done.model = result.original->stem;
  done.output = options.output;
  done.before = result.before;
  done.after = result.after;
  done.price_basis = result.price_basis;
  done.passes = result.passes;
  done.rounds = result.rounds;
  done.specialized = result.specialized;
  done.warnings = result.warnings;
  done.defects = result.defects;
  for (const DimBinding& binding : result.shaped->bindings) {
    done.dims.push_back(fmt::format("{}={}", binding.name, binding.value));
  }
  return done;
}

Result<OptimizeOptions> optimize_options(const OptimizeArguments& options, const Dims& dims) {
  OptimizeOptions out;
  auto chosen = choose_passes(options.passes, options.without);
  if (!chosen) return tl::unexpected(chosen.error());
  out.passes = *std::move(chosen);
  out.shapes.dims = dims;
  out.specialize = options.specialize;
  out.fix_defaults = options.fix_defaults;
  out.runtime_ops = options.contrib;
  out.only_if_faster = options.only_if_faster;
  out.machine = options.machine;
  out.threads = options.runtime.threads;
  out.growth = options.growth;
  out.progress = terminal_progress();
  if (!options.static_only) out.evaluate = evaluator(measure_options(options.runtime));
  return out;
}

Result<void> write_output(const OptimizeResult& result, const OptimizeArguments& options) {
  WriteModelOptions how;
  how.may_replace_source = options.in_place;
  const auto written = write_model(*result.model, options.output, how);
  if (!written) return tl::unexpected(written.error());
  return {};
}

/// The exit code of a verification that was asked for.
int judge_verification(const Verification& found) {
  if (found.status != MeasureStatus::ok) return report_unmeasured(found.reason, {}, true);
  if (found.broken.empty()) return 0;
  return report_error({ErrorKind::check_failed, fmt::format("{} of the promises do not hold, nothing was written: {}",
                                                            found.broken.size(), found.broken.front())});
}

int run_optimize(const OptimizeArguments& options) {
  const auto formats = find_formats(optimize_report_formats(), options.reports);
  if (!formats) return report_error(formats.error());
  if (formats->size() > 1) {
    return report_error({ErrorKind::usage, "one report at a time: it goes to standard output, and -o is the model's"});
  }
  if (options.output == "-") {
    return report_error({ErrorKind::usage,
                         "the model goes to a file, the report to standard output: name a file with "
                         "-o (./- is one)"});
  }
  if (options.verify && options.static_only) {
    return report_error({ErrorKind::usage, "--verify runs both models in the runtime, which --static rules out"});
  }
  const auto dims = parse_dims(options.dims);
  if (!dims) return report_error(dims.error());
  const auto chosen = optimize_options(options, *dims);
  if (!chosen) return report_error(chosen.error());
  if (const auto writable = check_writable(options.output); !writable) return report_error(writable.error());
  std::error_code error;
  if (!options.in_place && fs::equivalent(options.model, options.output, error) && !error) {
    return report_error(
        {ErrorKind::usage, "the output is the model itself: name another file with -o, or add --in-place"});
  }
  const auto model = load_model(options.model);
  if (!model) return report_error(model.error());
  const auto result = optimize_model(*model, *chosen);
  clear_progress();
  if (!result) return report_error(result.error());
  Optimization done = report_of(*result, options);
  report_warnings(done.warnings);
  report_warnings(done.defects, "a defect in costscan, the change was dropped: ");
  int code = 0;
  if (options.verify) {
    auto verification = verify_draft(*result, options, *dims);
    clear_progress();
    if (!verification) return report_error(verification.error());
    done.verification = *std::move(verification);
    code = judge_verification(*done.verification);
  }
  if (code != 0) done.output.clear();
  if (code == 0) {
    if (const auto written = write_output(*result, options); !written) return report_error(written.error());
  }
  const OptimizeReportOptions report{options.level == "site" ? OptimizeLevel::site : OptimizeLevel::pass,
                                     terminal_columns(usual_columns)};
  const auto text = formats->front()->render(done, report);
  if (!text) return report_error(text.error());
  const int printed = print_to_stdout(*text);
  return printed != 0 ? printed : code;
}

void declare_what(CLI::App& app, OptimizeArguments& options) {
  app.add_option("--passes", options.passes,
                 "Names, default, all or none, separated by commas: see costscan list passes")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES")
      ->default_str("default");
  app.add_option("--without", options.without, "Passes to leave out")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES");
  app.add_flag("--only-if-faster", options.only_if_faster,
               "Keep only changes that make the executed model faster, as predicted");
  app.add_flag("--verify", options.verify,
               "Run both models on ordinary and hostile inputs; exit with 1 and write nothing where a promise breaks");
  declare_dims(app, options.dims, "Bind a free dimension, for prices and checks (repeatable)");
  app.add_flag("--specialize", options.specialize, "Write the dimensions given by --dim as numbers, and rely on them");
  app.add_flag("--fix-defaults", options.fix_defaults,
               "Take initializers out of the graph's inputs: then they are constants");
  app.add_flag("--contrib", options.contrib,
               "Passes may use operators of ONNX Runtime's own: then no other runtime runs the model");
  app.add_option("--growth", options.growth,
                 "A folded constant may have so many times the bytes of what it replaces; one of 1/256 of all weights "
                 "may unless this is 0, one of 1 KiB always")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
}

/// The runtime computes constants and verifies; it measures nothing here.
void declare_child(CLI::App& app, RuntimeOptions& options) {
  const std::string group = "Runtime";
  app.add_option("--ort-lib", options.library,
                 "ONNX Runtime's shared library (else $COSTSCAN_ORT_LIB, else the bundled one)")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--threads", options.threads, "Threads of the runtime, and of the calibration that predicts")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->group(group);
  app.add_option("--timeout", options.timeout_seconds, "Seconds after which the runtime is given up")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str()
      ->group(group);
}

}  // namespace

Runner declare_optimize(CLI::App& app) {
  auto options = std::make_shared<OptimizeArguments>();
  app.add_option("MODEL", options->model, "ONNX file")->required()->type_name("FILE");
  app.add_option("-o,--output", options->output, "ONNX file to write")->required()->type_name("FILE");
  app.add_flag("--in-place", options->in_place, "The output may be the model itself");
  declare_what(app, *options);
  app.add_option("--report", options->reports, "One of text, csv, json, md, to standard output")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME")
      ->default_str("text");
  app.add_option("--level", options->level, "Rows of the CSV")
      ->check(CLI::IsMember({"pass", "site"}))
      ->capture_default_str();
  app.add_option("--machine", options->machine,
                 "Predict for this machine, and lower for it: see costscan list machines")
      ->type_name("NAME");
  app.add_flag("--static", options->static_only, "Use no runtime: fold only what costscan computes itself");
  declare_child(app, options->runtime);
  return [options] {
    if (options->passes.empty()) options->passes.emplace_back("default");
    return run_optimize(*options);
  };
}

}  // namespace costscan::cli
