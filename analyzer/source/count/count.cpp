#include "source/count/count.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "source/count/function_count.hpp"
#include "source/count/taint.hpp"
#include "source/count/values.hpp"

namespace costscan::source {
namespace {

std::string without_arguments(const std::string& name) {
  const std::size_t at = name.find('<');
  return at == std::string::npos ? name : name.substr(0, at);
}

bool is_called(const Function& function, const std::string& asked) {
  return function.name == asked || without_arguments(function.name) == asked ||
         count::last_name(function.name) == asked || without_arguments(count::last_name(function.name)) == asked;
}

}  // namespace

Result<SourceReport> count_costs(const Program& program, const FunctionTable& table, const CountOptions& options) {
  const count::DataOperations operations = count::integer_data_operations(program);
  std::set<FunctionId> chosen;
  for (const std::string& asked : options.functions) {
    bool found = false;
    for (std::size_t i = 0; i < program.functions.size(); ++i) {
      if (!is_called(program.functions[i], asked)) continue;
      chosen.insert(static_cast<FunctionId>(i));
      found = true;
    }
    if (!found) {
      std::vector<std::string> names;
      for (const Function& function : program.functions) {
        if (function.listed) names.push_back(function.name);
      }
      return fail(ErrorKind::usage, fmt::format("{}: no function '{}'; it defines {}", program.file, asked,
                                                names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
    }
  }
  SourceReport report;
  report.file = program.file;
  for (std::size_t i = 0; i < program.functions.size(); ++i) {
    const auto id = static_cast<FunctionId>(i);
    if (options.functions.empty() ? !program.functions[i].listed : !chosen.contains(id)) continue;
    report.functions.push_back(count::count_function(program, table, operations, id, options.dims));
  }
  return report;
}

}  // namespace costscan::source
