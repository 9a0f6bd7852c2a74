#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "cli/command.hpp"
#include "cli/list_ops.hpp"
#include "cli/output.hpp"
#include "costs/cost_library.hpp"
#include "data_lint/data_cases.hpp"
#include "data_lint/data_lint.hpp"
#include "model/analysis.hpp"
#include "passes/pass.hpp"
#include "patterns/pattern.hpp"
#include "predict/machines.hpp"
#include "reports/names.hpp"
#include "reports/report.hpp"
#include "reports/table_text.hpp"

namespace costscan::cli {
namespace {

std::string print_table(const TextRows& table) {
  return aligned_table(table, "", std::numeric_limits<std::size_t>::max());
}

Result<CostLibrary> library_of(const std::string& cost_folder) {
  return cost_folder.empty() ? Result<CostLibrary>(CostLibrary::builtin()) : CostLibrary::from_folder(cost_folder);
}

/// All checks of the data, at many sizes too: what was looked at on standard output, findings on standard error.
int check_all_ops(const std::string& cost_folder) {
  const auto library = library_of(cost_folder);
  if (!library) return report_error(library.error());
  std::vector<std::string> findings = lint(*library);
  std::vector<vectors::Case> cases = builtin_cases();
  for (vectors::Case& each : example_cases(*library)) cases.push_back(std::move(each));
  const DataLintResult at_sizes = lint_at_sizes(*library, cases);
  for (const DataFinding& finding : at_sizes.findings) findings.push_back(to_string(finding));
  const std::string all = std::to_string(at_sizes.ops);
  TextRows table{{"check", "operators", "of"}, {"units", all, all}};
  for (const auto& [check, tried] : at_sizes.tried) table.push_back({check, std::to_string(tried), all});
  std::string out = print_table(table);
  if (!at_sizes.without_case.empty()) {
    out += fmt::format("not looked at, for want of an `example` whose outputs can be inferred: {}\n",
                       fmt::join(at_sizes.without_case, " "));
  }
  out += fmt::format("findings: {}\n", findings.size());
  const int code = print_to_stdout(out);
  if (code != 0) return code;
  for (const std::string& finding : findings) report_warning(finding);
  return findings.empty() ? 0 : static_cast<int>(ErrorKind::check_failed);
}

int list_all_ops(const std::string& cost_folder, const std::string& format) {
  const auto library = library_of(cost_folder);
  if (!library) return report_error(library.error());
  const std::vector<std::string> findings = lint(*library);
  auto ops = list_ops(*library);
  if (!ops) return report_error(ops.error());
  const int code = print_to_stdout(render_ops({std::move(*ops), op_coverage(*library)}, format));
  if (code != 0) return code;
  for (const std::string& finding : findings) report_warning(finding);
  return findings.empty() ? 0 : static_cast<int>(ErrorKind::check_failed);
}

int list_all_reports() {
  TextRows table{{"report", "extension", "summary"}};
  for (const ReportFormat& format : report_formats()) {
    table.push_back({std::string(format.name), std::string(format.extension), std::string(format.summary)});
  }
  return print_to_stdout(print_table(table));
}

std::string number_text(const MachineNumber& number) {
  if (!number.value) return number.written;
  return number.unit == "us" ? fmt::format("{:g} us", *number.value) : quantity(*number.value, number.unit);
}

/// Each machine with every number and what it rests on.
int list_all_machines() {
  const auto machines = list_machines();
  if (!machines) return report_error(machines.error());
  std::string out;
  for (const MachineListing& machine : *machines) {
    out += fmt::format("{}{}\n  {}\n  source: {}\n", out.empty() ? "" : "\n", machine.name, machine.summary,
                       machine.source);
    TextRows table;
    for (const MachineNumber& number : machine.numbers) {
      table.push_back({"  " + number.what, number_text(number), number.source});
    }
    for (const NativeOperator& each : machine.operators) {
      table.push_back({"  " + each.op_type, each.native ? "native" : "not native", each.source});
    }
    out += print_table(table);
  }
  return print_to_stdout(out);
}

/// Each pass with what it promises of the outputs.
int list_all_passes() {
  TextRows table{{"pass", "kind", "accuracy", "default", "opset", "for", "summary"}};
  for (const Pass& pass : passes()) {
    table.push_back({std::string(pass.name), std::string(to_string(pass.kind)), std::string(to_string(pass.accuracy)),
                     pass.by_default ? "yes" : "no", fmt::format("{}", pass.min_opset),
                     pass.needs_target.empty() ? "any" : std::string(pass.needs_target), std::string(pass.summary)});
  }
  return print_to_stdout(print_table(table));
}

/// Each detector of what stands in graphs.
int list_all_patterns() {
  TextRows table{{"pattern", "summary"}};
  for (const Pattern& pattern : patterns()) {
    table.push_back({std::string(pattern.name), std::string(pattern.summary)});
  }
  return print_to_stdout(print_table(table));
}

}  // namespace

Runner declare_list(CLI::App& app) {
  struct ListArguments {
    std::string what;
    std::string cost_folder;
    std::string format = "text";
    bool check = false;
  };
  auto options = std::make_shared<ListArguments>();
  app.add_option("WHAT", options->what,
                 "ops (with the findings of the cost models' linter), passes, patterns, reports or machines")
      ->required()
      ->check(CLI::IsMember({"ops", "passes", "patterns", "reports", "machines"}));
  app.add_option("--costmodels", options->cost_folder,
                 "Use the cost models in this folder instead of the built-in ones")
      ->type_name("DIR");
  app.add_option("--report", options->format, "How to print the operators: text, csv, json or md")
      ->check(CLI::IsMember({"text", "csv", "json", "md"}))
      ->capture_default_str();
  app.add_flag(
      "--check", options->check,
      "Check the operators' cost models, at many sizes too, instead of listing them; exit code 1 with findings");
  return [options] {
    if (options->check && (options->what != "ops" || options->format != "text")) {
      return report_error({ErrorKind::usage, "list: --check is for 'list ops', as text"});
    }
    if (options->check) return check_all_ops(options->cost_folder);
    if (options->what == "ops") return list_all_ops(options->cost_folder, options->format);
    if (options->format != "text") {
      return report_error({ErrorKind::usage, "list: --report is for 'list ops' only; leave it out"});
    }
    if (options->what == "passes") return list_all_passes();
    if (options->what == "patterns") return list_all_patterns();
    return options->what == "reports" ? list_all_reports() : list_all_machines();
  };
}

}  // namespace costscan::cli
