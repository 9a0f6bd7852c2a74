#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "cli/dims.hpp"
#include "cli/explain_forms.hpp"
#include "cli/explain_json.hpp"
#include "cli/explain_node.hpp"
#include "cli/explain_operands.hpp"
#include "cli/operand_text.hpp"
#include "cli/output.hpp"
#include "cli/targets.hpp"
#include "load/load.hpp"
#include "model/text.hpp"
#include "shapes/infer.hpp"

namespace costscan::cli {
namespace {

struct ExplainArguments {
  std::string op;
  std::string model;
  std::string node;
  std::vector<std::string> dims;
  std::vector<std::string> inputs;
  std::vector<std::string> attributes;
  std::string dtype;
  std::string fast_memory;
  std::string machine;
  std::string report = "text";
  std::string output;
  std::string cost_folder;
};

/// --fast-memory, else the named machine's, else nothing: the generic machine stands in then.
Result<std::optional<FastMemory>> chosen_memory(const ExplainArguments& options) {
  if (!options.fast_memory.empty()) {
    const auto bytes = parse_size(options.fast_memory);
    if (!bytes) return fail(ErrorKind::usage, "--fast-memory: " + bytes.error().message);
    return FastMemory{*bytes, "given by --fast-memory"};
  }
  if (options.machine.empty()) return std::optional<FastMemory>();
  auto memory = machine_fast_memory(options.machine);
  if (!memory) return tl::unexpected(memory.error());
  return std::optional<FastMemory>(std::move(*memory));
}

Result<Worksheet> explain_model_node(const CostLibrary& library, const ExplainArguments& options) {
  auto dims = parse_dims(options.dims);
  if (!dims) return tl::unexpected(dims.error());
  auto memory = chosen_memory(options);
  if (!memory) return tl::unexpected(memory.error());
  auto model = load_model(options.model);
  if (!model) return tl::unexpected(model.error());
  ShapeOptions shapes;
  shapes.dims = *dims;
  const auto shaped = infer_shapes(*model, shapes);
  if (!shaped) return tl::unexpected(shaped.error());
  const auto found = find_node(**shaped, options.node);
  if (!found) return tl::unexpected(found.error());
  auto sheet = explain_node(library, **shaped, found->scope, found->node, *memory);
  if (sheet) add_node_forms(*sheet, library, **shaped, found->scope, found->node);
  return sheet;
}

/// Without numbers, but in the names of the sizes of `inputs` or, without any, of those that the cost file gives as an
/// example.
Result<Worksheet> symbolic_sheet(const CostLibrary& library, const OpHandle& op, const ExplainOptions& explain,
                                 OperandOptions operands) {
  auto sheet = make_worksheet(library, op, explain);
  const bool example = operands.inputs.empty();
  if (!sheet || (example && op.example.empty())) return sheet;
  if (example) {
    for (const auto& [name, type] : op.example) operands.inputs.push_back(name + "=" + type);
  }
  const auto stated = state_node(op, operands);
  if (!stated && example) {
    return fail(ErrorKind::input, fmt::format("{}: example: {}", sheet->id, stated.error().message));
  }
  if (!stated) return tl::unexpected(stated.error());
  add_forms(*sheet, library, *stated, operands.inputs, false);
  return sheet;
}

/// Whether --dim binds nothing but sizes of the example: then the example's operands are meant.
bool binds_example(const OpHandle& op, const Dims& dims) {
  std::vector<std::string> names;
  for (const auto& [input, type] : op.example) {
    const std::vector<std::string> of_type =
        identifiers(std::string_view(type).substr(std::min(type.find('['), type.size())));
    names.insert(names.end(), of_type.begin(), of_type.end());
  }
  return !dims.empty() &&
         std::ranges::all_of(dims, [&](const auto& dim) { return std::ranges::find(names, dim.first) != names.end(); });
}

/// A sheet of symbols that --dim gave numbers may know some totals and not others; one that knows none is of no use.
Result<void> check_known(Worksheet& sheet, const StatedNode& stated) {
  if (sheet.unknown.empty()) return {};
  if (!sheet.paths.empty()) return fail(ErrorKind::usage, sheet.unknown);
  if (stated.undescribed.empty()) {
    return fail(ErrorKind::usage,
                fmt::format("{}; describe its operands by --input and its attributes by --attr", sheet.unknown));
  }
  sheet.unknown += fmt::format("; add --input {}=DTYPE[DIMS]", fmt::join(stated.undescribed, "=DTYPE[DIMS] --input "));
  const bool some =
      std::ranges::any_of(sheet.totals, [](const WorksheetFigure& total) { return total.value.has_value(); });
  if (some && !stated.bindings.empty()) return {};
  return fail(ErrorKind::usage, sheet.unknown);
}

/// Whether the inputs name sizes, and --dim gives none of them a number.
bool only_names(const StatedNode& stated) {
  const auto given = [](const DimBinding& binding) { return binding.origin == BindingOrigin::given; };
  return !stated.shaped->bindings.empty() && std::ranges::none_of(stated.shaped->bindings, given);
}

Result<Worksheet> explain_operator(const CostLibrary& library, const ExplainArguments& options) {
  const auto op = find_op(library, options.op);
  if (!op) return tl::unexpected(op.error());
  OperandOptions operands;
  auto dims = parse_dims(options.dims);
  if (!dims) return tl::unexpected(dims.error());
  operands.dims = std::move(*dims);
  operands.inputs = options.inputs;
  operands.attributes = options.attributes;
  if (!options.dtype.empty()) {
    const auto dtype = dtype_from_string(options.dtype);
    if (!dtype || bits_per_element(*dtype) == 0) {
      return fail(ErrorKind::usage, fmt::format("--dtype: '{}' is no element type; for example float32, bfloat16, int8",
                                                printable(options.dtype)));
    }
    operands.dtype = *dtype;
  }
  auto memory = chosen_memory(options);
  if (!memory) return tl::unexpected(memory.error());
  if (*memory && !op->has_paths) report_warning(op->op + " has one code path; fast memory decides nothing");
  ExplainOptions explain;
  explain.fast_memory = std::move(*memory);
  if (operands.inputs.empty() && binds_example(*op, operands.dims)) {
    for (const auto& [name, type] : op->example) operands.inputs.push_back(name + "=" + type);
  }
  const bool symbolic = operands.dims.empty() && operands.inputs.empty() && operands.attributes.empty();
  if (symbolic) return symbolic_sheet(library, *op, explain, operands);
  const auto stated = state_node(*op, operands);
  if (!stated) return tl::unexpected(stated.error());
  if (only_names(*stated)) return symbolic_sheet(library, *op, explain, operands);
  explain.scope = &stated->scope();
  explain.node = &stated->node();
  explain.bindings = stated->bindings;
  explain.assumptions = stated->assumptions;
  auto sheet = make_worksheet(library, *op, explain);
  if (!sheet) return sheet;
  if (auto ok = check_known(*sheet, *stated); !ok) return tl::unexpected(ok.error());
  add_forms(*sheet, library, *stated, operands.inputs, true);
  return sheet;
}

Result<void> check_usage(const ExplainArguments& options) {
  if (!options.model.empty() && options.node.empty()) {
    return fail(ErrorKind::usage, "--model needs --node NAME or --node '#INDEX'");
  }
  if (options.model.empty() && !options.node.empty()) return fail(ErrorKind::usage, "--node needs --model FILE");
  if (options.model.empty() == options.op.empty()) {
    return fail(ErrorKind::usage,
                "name an operator, or a node by --model FILE --node NAME (see costscan explain --help)");
  }
  const bool operands = !options.inputs.empty() || !options.attributes.empty() || !options.dtype.empty();
  if (!options.model.empty() && operands) {
    return fail(ErrorKind::usage, "--input, --attr and --dtype describe an operator; a node has its own");
  }
  if (!options.fast_memory.empty() && !options.machine.empty()) {
    return fail(ErrorKind::usage, "--fast-memory and --machine both say how large fast memory is; give one");
  }
  if (options.output.empty() || options.output == "-") return {};
  if (auto ok = check_spared(options.output, {options.model}); !ok) return ok;
  return check_writable(options.output);
}

std::string rendered(const Worksheet& sheet, const std::string& report) {
  if (report == "json") return worksheet_json(sheet);
  return report == "md" ? worksheet_markdown(sheet) : worksheet_text(sheet);
}

int run_explain(const ExplainArguments& options) {
  if (auto ok = check_usage(options); !ok) return report_error(ok.error());
  const auto library = options.cost_folder.empty() ? Result<CostLibrary>(CostLibrary::builtin())
                                                   : CostLibrary::from_folder(options.cost_folder);
  if (!library) return report_error(library.error());
  const auto sheet =
      options.model.empty() ? explain_operator(*library, options) : explain_model_node(*library, options);
  if (!sheet) return report_error(sheet.error());
  const std::string bytes = rendered(*sheet, options.report);
  if (options.output.empty() || options.output == "-") return print_to_stdout(bytes);
  const auto written = write_file(options.output, bytes);
  return written ? 0 : report_error(written.error());
}

void declare_numbers(CLI::App& app, ExplainArguments& options) {
  const char* group = "Numbers";
  app.add_option("--dim", options.dims,
                 "Bind a symbol of the worksheet, a name in an --input's shape, or the model's free dimension "
                 "(repeatable)")
      ->type_name("NAME=N")
      ->allow_extra_args(false)
      ->take_all()
      ->group(group);
  app.add_option("--input", options.inputs,
                 "Type of an operand: X=float32[1,128,768], X=float32[B,S,H], K='int64[1] = 5' (repeatable)")
      ->type_name("NAME=TYPE")
      ->allow_extra_args(false)
      ->take_all()
      ->group(group);
  app.add_option("--attr", options.attributes, "Attribute: axis=-1, pads=[1,1,1,1] (repeatable)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->take_all()
      ->group(group);
  app.add_option("--dtype", options.dtype, "Element type of operands that no --input describes (float32)")
      ->type_name("TYPE")
      ->group(group);
  app.add_option("--fast-memory", options.fast_memory,
                 "Fast memory of one core, which chooses code paths: 512KiB, 1MiB")
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--machine", options.machine, "Take fast memory from this machine: see costscan list machines")
      ->type_name("NAME")
      ->group(group);
}

}  // namespace

Runner declare_explain(CLI::App& app) {
  auto options = std::make_shared<ExplainArguments>();
  app.add_option("OP", options->op, "Operator: LayerNormalization, com.microsoft.BiasGelu, Softmax@11");
  app.add_option("--model", options->model, "Explain a node of this model instead")->type_name("FILE");
  app.add_option("--node", options->node,
                 "The node: its name, '#INDEX' in file order, SUBGRAPH/NAME, or an output's name")
      ->type_name("NAME");
  app.add_option("--report", options->report, "Format")
      ->check(CLI::IsMember({"text", "md", "json"}))
      ->capture_default_str();
  app.add_option("-o,--output", options->output, "File to write to instead of standard output")->type_name("PATH");
  app.add_option("--costmodels", options->cost_folder,
                 "Use the cost models in this folder instead of the built-in ones")
      ->type_name("DIR");
  declare_numbers(app, *options);
  return [options] { return run_explain(*options); };
}

}  // namespace costscan::cli
