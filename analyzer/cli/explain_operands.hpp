// Operands from the command line (`--input X=float32[1,128,768]`, `--attr axis=-1`) as a model of one node.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "costs/explain.hpp"
#include "model/shaped_model.hpp"

namespace costscan::cli {

struct OperandOptions {
  std::vector<std::string> inputs;      ///< NAME=DTYPE[dims], then optionally " = [contents]" or " const"
  std::vector<std::string> attributes;  ///< NAME=VALUE
  DType dtype = DType::float32;         ///< of operands that no `inputs` entry describes
  std::vector<std::pair<std::string, std::int64_t>> dims;
};

/// The node with its tensors, kept alive together.
struct StatedNode {
  std::shared_ptr<const ShapedModel> shaped;
  std::vector<std::pair<std::string, std::int64_t>> bindings;  ///< dims that name no dimension of an input
  std::vector<std::string> assumptions;
  std::vector<std::string> undescribed;  ///< required inputs without a type

  [[nodiscard]] const Scope& scope() const { return shaped->scopes.front(); }
  [[nodiscard]] const Node& node() const { return scope().graph->nodes.front(); }
};

/// Where all required inputs are described, shape inference gives the outputs. Error (usage) for what cannot be read,
/// an input that the operator does not have, and shapes that contradict each other.
[[nodiscard]] Result<StatedNode> state_node(const OpHandle& op, const OperandOptions& options);

}  // namespace costscan::cli
