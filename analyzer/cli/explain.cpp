#include <memory>

#include "cli/command.hpp"
#include "cli/output.hpp"
#include "costs/cost_library.hpp"

namespace costscan::cli {
namespace {

struct ExplainOptions {
  std::string op;
  std::string cost_folder;
};

Result<CostLibrary> open_library(const std::string& folder) {
  return folder.empty() ? Result<CostLibrary>(CostLibrary::builtin()) : CostLibrary::from_folder(folder);
}

int run_explain(const ExplainOptions& options) {
  const auto library = open_library(options.cost_folder);
  if (!library) return report_error(library.error());
  const auto text = explain_op(*library, options.op);
  return text ? print_to_stdout(*text) : report_error(text.error());
}

}  // namespace

Runner declare_explain(CLI::App& app) {
  auto options = std::make_shared<ExplainOptions>();
  app.add_option("OP", options->op, "Operator: LayerNormalization, com.microsoft.BiasGelu")->required();
  app.add_option("--costmodels", options->cost_folder,
                 "Use the cost models in this folder instead of the built-in ones")
      ->type_name("DIR");
  return [options] { return run_explain(*options); };
}

}  // namespace costscan::cli
