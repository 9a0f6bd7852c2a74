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
#include "cli/dims.hpp"
#include "cli/output.hpp"
#include "model/text.hpp"
#include "reports/source_report.hpp"
#include "source/count/count.hpp"
#include "source/front.hpp"
#include "source/functions.hpp"
#include "source/lint/lint.hpp"

namespace costscan::cli {
namespace {

struct Options {
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

/// One report to make: its format, and where it goes (nullopt: standard output).
struct Target {
  const SourceReportFormat* format = nullptr;
  std::optional<std::filesystem::path> path;
};

std::string default_file_name(const std::filesystem::path& file, const SourceReportFormat& format) {
  return fmt::format("{}.costscan.source.{}", file.stem().string(), format.extension);
}

Result<std::vector<const SourceReportFormat*>> find_formats(const std::vector<std::string>& names) {
  std::vector<const SourceReportFormat*> formats;
  for (const std::string& name : names) {
    const SourceReportFormat* format = find_source_report_format(name);
    if (format == nullptr) {
      std::string known;
      for (const SourceReportFormat& each : source_report_formats()) {
        known += (known.empty() ? "" : ", ") + std::string(each.name);
      }
      return fail(ErrorKind::usage, fmt::format("unknown report '{}': choose from {}", printable(name), known));
    }
    if (std::ranges::find(formats, format) == formats.end()) formats.push_back(format);
  }
  return formats;
}

/// Decides where each report goes, and checks that it can be written before anything is analysed.
Result<std::vector<Target>> plan_targets(const Options& options) {
  auto formats = find_formats(options.reports);
  if (!formats) return tl::unexpected(formats.error());
  const std::filesystem::path output = options.output;
  std::error_code error;
  if (formats->size() > 1 && options.output.empty()) {
    return fail(ErrorKind::usage, "several reports at once need a folder: add -o DIR");
  }
  const bool into_folder =
      std::filesystem::is_directory(output, error) || options.output.ends_with('/') || formats->size() > 1;
  if (into_folder && !options.output.empty()) {
    std::filesystem::create_directories(output, error);
    if (error) {
      return fail(ErrorKind::output, fmt::format("cannot create the folder '{}': {}; choose another with -o",
                                                 options.output, error.message()));
    }
  }
  std::vector<Target> targets;
  for (const SourceReportFormat* format : *formats) {
    Target target{format, std::nullopt};
    if (into_folder) {
      target.path = output / default_file_name(options.file, *format);
    } else if (!options.output.empty()) {
      target.path = output;
    } else if (!format->to_stdout) {
      target.path = default_file_name(options.file, *format);
    }
    if (target.path) {
      if (auto ok = check_writable(*target.path); !ok) return tl::unexpected(ok.error());
    }
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<void> check_options(const Options& options) {
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

Result<source::SourceReport> analyse(const Options& options) {
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

int write_reports(const source::SourceReport& report, const std::vector<Target>& targets, const Options& options) {
  SourceReportOptions report_options;
  report_options.color = ::isatty(STDOUT_FILENO) != 0;
  report_options.source_text = file_text(options.file);
  int code = 0;
  for (const Target& target : targets) {
    const auto bytes = target.format->render(report, report_options);
    if (!bytes) {
      code = report_error(bytes.error());
    } else if (!target.path) {
      code = std::max(code, print_to_stdout(*bytes));
    } else if (const auto written = write_file(*target.path, *bytes); !written) {
      code = report_error(written.error());
    } else if (!target.format->to_stdout || targets.size() > 1) {
      code = std::max(code, print_to_stdout(target.path->string() + "\n"));
    }
  }
  return code;
}

int run_source(const Options& options) {
  if (const auto ok = check_options(options); !ok) return report_error(ok.error());
  const auto targets = plan_targets(options);
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
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "C or C++ file")->required()->type_name("PATH");
  app.add_option("COMPILER_OPTIONS", options->compiler_arguments, "After --: options for clang, such as -I and -D")
      ->type_name("TEXT");
  app.add_option("--function", options->functions, "Report only this function (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--dim", options->dims, "Give a symbol of the formulas a value (repeatable); x.size() is x_size")
      ->type_name("NAME=N")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--effects", options->effects, "What opaque calls write, accumulate and read: YAML, over the built-in")
      ->type_name("FILE");
  app.add_option("--tolerance", options->tolerance, "Relative rounding error that a sum may reach")
      ->check(CLI::Range(0.0, 1e9))
      ->capture_default_str();
  app.add_option("--report", options->reports, "text, csv, json, md, html, separated by commas")
      ->delimiter(',')
      ->allow_extra_args(false)  // a FILE may follow
      ->type_name("NAME")
      ->default_str("text");
  app.add_option("-o,--output", options->output, "File, or folder for several reports")->type_name("PATH");
  app.add_option("-p", options->compile_commands,
                 "Folder of compile_commands.json (else searched in the folders above FILE)")
      ->type_name("DIR");
  app.add_option("--libclang", options->libclang,
                 "libclang's shared library (else $COSTSCAN_LIBCLANG, else the system's)")
      ->type_name("FILE");
  return [options] {
    if (options->reports.empty()) options->reports.emplace_back("text");
    return run_source(*options);
  };
}

}  // namespace costscan::cli
