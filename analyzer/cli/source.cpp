// costscan source: what a C or C++ kernel costs, from its source, and whether its accumulators add up.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "cli/command.hpp"
#include "cli/common_options.hpp"
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "cli/targets.hpp"
#include "model/text.hpp"
#include "reports/source_report.hpp"
#include "source/count/count.hpp"
#include "source/front.hpp"
#include "source/functions.hpp"
#include "source/lint/lint.hpp"

namespace costscan::cli {
namespace {

struct SourceArguments {
  std::string file;
  std::vector<std::string> functions;
  std::vector<std::string> dims;
  std::string effects;
  double tolerance = source::default_tolerance;
  std::vector<std::string> reports;
  std::string output;
  std::string compile_commands;
  std::string libclang;
  std::vector<std::string> compiler_arguments;
};

using SourceTarget = ReportTarget<SourceReportFormat>;

Result<void> check_options(const SourceArguments& options) {
  // Whatever follows the file is the compiler's; a second file is a slip that clang would only puzzle over.
  if (!options.compiler_arguments.empty() && !options.compiler_arguments.front().starts_with('-')) {
    return fail(ErrorKind::usage, fmt::format("one FILE at a time; '{}' is a second one (compiler options go after --)",
                                              printable(options.compiler_arguments.front())));
  }
  return {};
}

/// A misspelt --dim would else go unnoticed; one that only other functions of the file have is no mistake.
void warn_of_unused(const std::map<std::string, std::int64_t>& dims, const source::SourceReport& report) {
  for (const auto& [name, value] : dims) {
    std::vector<std::string> symbols;
    for (const source::FunctionReport& function : report.functions) {
      symbols.insert(symbols.end(), function.symbols.begin(), function.symbols.end());
    }
    if (std::ranges::find(symbols, name) != symbols.end()) continue;
    std::ranges::sort(symbols);
    const auto repeated = std::ranges::unique(symbols);
    symbols.erase(repeated.begin(), repeated.end());
    report_warning(fmt::format("--dim {}: no formula has this symbol; there are {}", printable(name),
                               symbols.empty() ? "none" : fmt::format("{}", fmt::join(symbols, ", "))));
  }
}

Result<source::SourceReport> analyse(const SourceArguments& options) {
  auto dims = parse_dims(options.dims);
  if (!dims) return tl::unexpected(dims.error());
  const auto effects = source::load_effects(options.effects);
  if (!effects) return tl::unexpected(effects.error());
  const auto table = source::FunctionTable::builtin();
  if (!table) return tl::unexpected(table.error());
  source::FrontOptions front;
  front.compiler_arguments = options.compiler_arguments;
  front.compile_commands = options.compile_commands;
  front.libclang = options.libclang;
  const auto program = source::parse_source(options.file, front);
  if (!program) return tl::unexpected(program.error());
  const bool any = std::ranges::any_of(program->functions, &source::Function::listed);
  if (!any && program->unsupported.empty()) {
    return fail(ErrorKind::input,
                fmt::format("{}: defines no function; name a file with the kernel's body", printable(options.file)));
  }
  source::CountOptions counting;
  counting.dims.insert(dims->begin(), dims->end());
  counting.functions = options.functions;
  auto report = source::count_costs(*program, *table, counting);
  if (!report) return report;
  warn_of_unused(counting.dims, *report);
  source::LintOptions linting;
  linting.tolerance = options.tolerance;
  linting.dims = counting.dims;
  source::lint(*program, *effects, linting, *report);
  return report;
}

/// The first line says what is wrong; a compiler's own diagnostics follow, one line each.
int report_with_details(const Error& error) {
  const int code = report_error({error.kind, sanitized_utf8(error.message)});
  constexpr std::size_t longest_line = 400;
  std::istringstream lines(error.message);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) fmt::print(stderr, "  {}\n", printable(line, longest_line));
  return code;
}

std::string file_text(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

int write_reports(const source::SourceReport& report, const std::vector<SourceTarget>& targets,
                  const SourceArguments& options) {
  SourceReportOptions report_options;
  report_options.color = ::isatty(STDOUT_FILENO) != 0;
  report_options.width = terminal_columns(report_options.width);
  report_options.source_text = file_text(options.file);
  return emit_reports(targets, [&](const SourceReportFormat& format) { return format.render(report, report_options); });
}

int run_source(const SourceArguments& options) {
  if (const auto ok = check_options(options); !ok) return report_error(ok.error());
  const auto targets = plan_targets(source_report_formats(), options.reports, options.output,
                                    report_stem({options.file}, "source"), {options.file});
  if (!targets) return report_error(targets.error());
  const auto report = analyse(options);
  if (!report) return report_with_details(report.error());
  const int code = write_reports(*report, *targets, options);
  const bool findings = std::ranges::any_of(
      report->functions, [](const source::FunctionReport& function) { return !function.findings.empty(); });
  return code == 0 && findings ? static_cast<int>(ErrorKind::check_failed) : code;
}

}  // namespace

Runner declare_source(CLI::App& app) {
  auto options = std::make_shared<SourceArguments>();
  app.add_option("FILE", options->file, "C or C++ file")->required()->type_name("PATH");
  app.add_option("COMPILER_OPTIONS", options->compiler_arguments, "After --: options for clang, such as -I and -D")
      ->type_name("TEXT");
  app.add_option("--function", options->functions, "Report only this function (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->take_all();
  declare_dims(app, options->dims, "Give a symbol of the formulas a value (repeatable); x.size() is x_size");
  app.add_option("--effects", options->effects, "What opaque calls write, accumulate and read: YAML, over the built-in")
      ->type_name("FILE");
  app.add_option("--tolerance", options->tolerance, "Relative rounding error that a sum may reach")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  declare_reports(app, options->reports, options->output, "text, csv, json, md, html, separated by commas");
  app.add_option("-p", options->compile_commands,
                 "Folder of compile_commands.json (else searched in the folders above FILE)")
      ->type_name("DIR");
  app.add_option("--libclang", options->libclang,
                 "libclang's shared library (else $COSTSCAN_LIBCLANG, else the system's)")
      ->type_name("FILE");
  return [options] { return run_source(*options); };
}

}  // namespace costscan::cli
