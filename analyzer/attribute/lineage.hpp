// The original model as one flat graph of units, in which the runtime's tensors can be found again.
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

/// What the runtime executes as one node when it fuses nothing: a row, or a control-flow node with everything inside
/// it.
struct Unit {
  std::string op_type;
  std::vector<std::int32_t> rows;  ///< indices into Analysis::nodes; the calling node first
  std::vector<LineageTensor> inputs;
  std::vector<LineageTensor> outputs;
  bool constant = false;  ///< computable from constants: the runtime folds it from level basic on
};

struct Lineage {
  std::vector<Unit> units;                                 ///< topological within a graph
  std::vector<std::int32_t> producer;                      ///< by tensor: index into units, or -1
  std::vector<std::vector<std::int32_t>> readers;          ///< by tensor: units
  std::unordered_map<std::string, LineageTensor> by_name;  ///< main graph's names
  /// Names inside functions: "<function>\n<tensor>" → that tensor in each call, in call order.
  std::unordered_map<std::string, std::vector<LineageTensor>> in_functions;
  std::unordered_map<std::string, std::vector<std::int32_t>> unit_by_node_name;
  /// Rows inside bodies of If, Loop and Scan, which the runtime executes under their own names.
  std::unordered_map<std::string, std::vector<std::int32_t>> body_rows_by_name;
};

[[nodiscard]] Lineage build_lineage(const Analysis& analysis);

}  // namespace costscan
