// The worksheet of `costscan explain`: one value, filled once, printed as text and Markdown here, as JSON by the
// command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "costs/cost_library.hpp"
#include "costs/fast_memory.hpp"

namespace costscan {

/// A formula and what it comes to. `substituted` and `value` are there where the numbers are known.
struct WorksheetFigure {
  std::string quantity;     ///< "flops", "read_bytes", ...; unit: operations, or bytes where the name says so
  std::string formula;      ///< "4*rows*H"
  std::string substituted;  ///< "4*128*768"; empty where unknown
  std::optional<std::int64_t> value;
  std::string all_given;  ///< of a total: the form at a node that has every optional operand, where it differs
};

struct WorksheetTensor {
  std::string name;        ///< of the cost model: "X"
  std::string type;        ///< "float32[1,128,768]"; empty where unknown
  std::string value_name;  ///< of the graph: "/encoder/Add_output_0"; empty without one
  std::string role;        ///< "constant", "not given", ""
  bool optional = false;
  bool variadic = false;
};

struct WorksheetSymbol {
  std::string name;
  std::string formula;  ///< "prod(dims(X)[axis:])"
  std::string value;    ///< "768"; empty where unknown
  std::string origin;   ///< "shape of X; attribute axis", "--dim", "default"
  std::string meaning;  ///< of a dimension; else empty
};

struct WorksheetKernel {
  std::string name;
  std::string why;   ///< the operation, in words
  std::string when;  ///< the condition, or empty
  std::optional<bool> runs;
  std::string reference;  ///< the template that it comes from, or empty
  std::vector<WorksheetFigure> figures;
};

struct WorksheetArgument {
  std::string name;
  std::string meaning;
  std::string formula;
  std::string value;
  std::string why;
};

/// Use of a template: every parameter justified, and what the template computes from them.
struct WorksheetReference {
  std::string name;
  std::string path;
  std::string summary;
  std::string source;
  std::string kernels;  ///< what its kernels are called here, or empty
  std::string when;
  std::vector<WorksheetArgument> parameters;
  std::vector<WorksheetArgument> lets;
};

/// One of several code paths, with its own kernels and totals.
struct WorksheetPath {
  std::string name;
  std::string why;
  WorksheetFigure working_set;
  std::optional<bool> chosen;
  std::vector<WorksheetKernel> kernels;
  std::vector<WorksheetFigure> totals;
};

/// What a path costs beyond the first one.
struct WorksheetExtra {
  std::string path;
  std::string against;
  WorksheetFigure figure;       ///< quantity "moved_bytes" is read and write together
  std::optional<double> ratio;  ///< of the path's total to the first one's
};

/// A total as a function of the sizes that name the operands' dimensions.
struct WorksheetForm {
  std::string quantity;
  std::string formula;  ///< "8*B*S*H + 2*B*S"; empty where there is none
  std::string substituted;
  std::string holds;     ///< where; empty: everywhere
  std::string evidence;  ///< how it was found and checked, or why there is none
};

struct WorksheetNode {
  std::string model;
  std::string name;
  std::string subgraph;
  std::int64_t index = -1;  ///< in its own graph's file order
  std::int64_t executions = 1;
  std::vector<std::string> bindings;  ///< "batch = 1: default for a batch dimension"
};

struct Worksheet {
  std::string op;  ///< "LayerNormalization", "com.microsoft.BiasGelu"
  std::string id;  ///< "ai.onnx/LayerNormalization@17"
  std::string versions;
  std::string trust;
  std::string summary;
  std::optional<WorksheetNode> node;
  std::vector<WorksheetTensor> inputs;
  std::vector<WorksheetTensor> outputs;
  std::vector<std::pair<std::string, std::string>> attributes;  ///< of the node, as given
  std::optional<FastMemory> fast_memory;                        ///< where code paths ask for it
  std::vector<WorksheetSymbol> symbols;
  std::string view;  ///< where the op is free: "always", or the condition
  std::optional<bool> is_view;
  std::vector<WorksheetKernel> kernels;  ///< on every path
  std::vector<WorksheetPath> paths;
  std::vector<WorksheetReference> references;
  std::vector<WorksheetFigure> totals;  ///< of the kernels that run; of all without numbers
  std::vector<WorksheetExtra> extra;
  std::string forms_of;              ///< "the sizes of X float32[B,S,H], Scale float32[H]"
  std::vector<WorksheetForm> forms;  ///< totals in these names
  std::vector<std::string> notes;    ///< on how to read the forms above
  std::vector<std::string> assumptions;
  std::vector<std::string> versions_that_differ;
  std::string source;
  std::string unknown;  ///< why there is no cost at this node; empty otherwise
};

/// What stands behind the symbols. Without a node the sheet is symbolic.
struct ExplainOptions {
  const Scope* scope = nullptr;  ///< with `node`: its tensors and their types
  const Node* node = nullptr;
  std::vector<std::pair<std::string, std::int64_t>> bindings;  ///< dims and lets by name
  std::optional<FastMemory> fast_memory;                       ///< default: the generic machine's
  std::vector<std::string> assumptions;                        ///< of the caller: "elements are float32 ..."
};

/// An operand as the cost file names it.
struct OpOperand {
  std::string name;
  bool optional = false;
  bool variadic = false;
};

/// An operator's cost model for one version.
struct OpHandle {
  std::string domain;  ///< "" for ai.onnx
  std::string op;
  std::int64_t version = 0;
  std::vector<OpOperand> inputs;
  std::vector<OpOperand> outputs;
  bool has_paths = false;                              ///< fast memory decides between code paths
  std::optional<std::vector<std::string>> attributes;  ///< of the schema; nullopt where ONNX has none
  /// Inputs with names for sizes, for forms in those names: ("X", "float32[B,S,H]").
  std::vector<std::pair<std::string, std::string>> example;
};

/// Finds "LayerNormalization", "com.microsoft.BiasGelu", "Relu@6". Error (usage) with near names; (input) where the
/// cost file cannot be used.
[[nodiscard]] Result<OpHandle> find_op(const CostLibrary& library, std::string_view name);

/// Error (usage) for a binding that names no symbol of the op, for dims that are not bound where others are, and where
/// no code path fits; (input) where the cost file cannot be used.
[[nodiscard]] Result<Worksheet> make_worksheet(const CostLibrary& library, const OpHandle& op,
                                               const ExplainOptions& options = {});

/// The worksheet of one node: `node_index` into the scope's graph. A node that calls a body has no kernels but names
/// the body; one without a cost model says so in `unknown`.
[[nodiscard]] Result<Worksheet> explain_node(const CostLibrary& library, const ShapedModel& shaped, ScopeId scope,
                                             std::size_t node_index,
                                             const std::optional<FastMemory>& fast_memory = std::nullopt);

[[nodiscard]] std::string worksheet_text(const Worksheet& sheet);
[[nodiscard]] std::string worksheet_markdown(const Worksheet& sheet);

/// "786,432".
[[nodiscard]] std::string grouped(std::int64_t number);

/// Up to five of `candidates` that `wanted` may have meant, nearest first.
[[nodiscard]] std::vector<std::string> near_names(const std::vector<std::string>& candidates, std::string_view wanted);

}  // namespace costscan
