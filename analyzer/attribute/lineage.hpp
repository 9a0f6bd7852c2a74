// The original model (or one body of it) as a flat graph of units, in which the runtime's tensors can be found again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/analysis.hpp"

namespace costscan {

/// Index into Lineage::producer. Tensors that a function call passes through are one tensor under both names.
using LineageTensor = std::int32_t;
inline constexpr LineageTensor no_tensor = -1;

/// A body of a control-flow unit: the runtime executes its nodes by themselves.
struct UnitBody {
  std::string attribute;  ///< "then_branch", "body", ...
  ScopeId scope = -1;
};

/// What the runtime executes as one node when it fuses nothing: a row, or a control-flow node apart from its bodies.
struct Unit {
  const Node* node = nullptr;
  ScopeId scope = -1;
  std::int32_t row = -1;  ///< index into Analysis::nodes
  std::vector<LineageTensor> inputs;
  std::vector<LineageTensor> outputs;
  std::vector<UnitBody> bodies;
  std::vector<std::int32_t> body_rows;  ///< rows of all bodies, however deep
  bool constant = false;                ///< computable from constants: the runtime folds it from level basic on
};

/// One call of a model-local function, or a branch whose condition is constant; the runtime inlines both under made-up
/// names.
struct FunctionCall {
  std::string function;  ///< a function's op type; "then_branch" or "else_branch"
  bool is_branch = false;
  std::unordered_map<std::string, LineageTensor>
      operands;                                            ///< the call's own inputs and outputs, by the caller's names
  std::unordered_map<std::string, LineageTensor> tensors;  ///< by name inside the function
};

struct Lineage {
  std::vector<Unit> units;                                 ///< topological within a graph
  std::vector<std::int32_t> producer;                      ///< by tensor: index into units, or -1
  std::vector<std::vector<std::int32_t>> readers;          ///< by tensor: units
  std::unordered_map<std::string, LineageTensor> by_name;  ///< the root graph's names, those that it captures included
  std::vector<FunctionCall> calls;                         ///< in file order, inner calls after the outer one
  std::unordered_map<std::string, std::vector<std::int32_t>> unit_by_node_name;
  std::unordered_map<LineageTensor, std::string> literals;  ///< type, dims and bytes of small constants
  /// By tensor: the first tensor that holds the same value by construction (equal ops on equal operands).
  std::vector<LineageTensor> same_as;
  std::unordered_map<LineageTensor, std::vector<LineageTensor>> alike;  ///< by `same_as`: all of them, where several
};

/// The main graph, or with `root` one body of it; function calls are looked into, bodies stay with their calling unit.
/// `executed` is what the runtime made of that graph: an If that is not in it any more was inlined, and is looked into.
[[nodiscard]] Lineage build_lineage(const Analysis& analysis, ScopeId root, const Graph& executed);

/// Sets `same_as` and `alike`. Random operators and control flow are alike with nothing.
void find_equal_tensors(Lineage& lineage);

}  // namespace costscan
