#include "compare/folded_norms.hpp"

#include <cstddef>
#include <optional>

namespace costscan {
namespace {

const NodeRow& row_of(const Analysis& analysis, std::int32_t row) {
  return analysis.nodes[static_cast<std::size_t>(row)];
}

/// The only row of that operator in the group; nullptr where there is none or several, or where it is in a body.
const NodeRow* only(const Analysis& analysis, const std::vector<std::int32_t>& rows, std::string_view op_type) {
  const NodeRow* found = nullptr;
  for (const std::int32_t index : rows) {
    const NodeRow& row = row_of(analysis, index);
    if (row.op_type != op_type || row.scope_id != 0) continue;
    if (found != nullptr) return nullptr;
    found = &row;
  }
  return found;
}

/// The constant operand in that place; empty where there is none.
std::string constant_operand(const NodeRow& row, std::size_t slot) {
  return slot < row.inputs.size() && row.inputs[slot].present && row.inputs[slot].constant ? row.inputs[slot].name
                                                                                           : std::string();
}

double epsilon_of(const Analysis& analysis, const NodeRow& norm) {
  const Graph& graph = *analysis.shaped->scopes.front().graph;
  constexpr float schema_default = 1e-5F;
  return float_attribute(graph.nodes[static_cast<std::size_t>(norm.graph_node)], "epsilon").value_or(schema_default);
}

std::optional<FoldedNorm> folded_norm(const Analysis& a, const Analysis& b, const NodeGroup& group) {
  const NodeRow* conv_a = only(a, group.a, "Conv");
  const NodeRow* norm = only(a, group.a, "BatchNormalization");
  const NodeRow* conv_b = only(b, group.b, "Conv");
  if (conv_a == nullptr || norm == nullptr || conv_b == nullptr) return std::nullopt;
  if (only(b, group.b, "BatchNormalization") != nullptr || norm->inputs.size() != 5) return std::nullopt;
  if (conv_a->outputs.empty() || norm->inputs.front().name != conv_a->outputs.front().name) return std::nullopt;
  FoldedNorm out;
  out.weight_a = constant_operand(*conv_a, 1);
  out.bias_a = constant_operand(*conv_a, 2);
  out.scale = constant_operand(*norm, 1);
  out.shift = constant_operand(*norm, 2);
  out.mean = constant_operand(*norm, 3);
  out.variance = constant_operand(*norm, 4);
  out.epsilon = epsilon_of(a, *norm);
  out.weight_b = constant_operand(*conv_b, 1);
  out.bias_b = constant_operand(*conv_b, 2);
  if (conv_b->dtype != DType::float32 || conv_b->inputs.size() < 2 || !conv_b->inputs[1].shape) return std::nullopt;
  out.rank = static_cast<std::int64_t>(conv_b->inputs[1].shape->size());
  for (const std::string* name : {&out.weight_a, &out.scale, &out.shift, &out.mean, &out.variance, &out.weight_b}) {
    if (name->empty()) return std::nullopt;
  }
  return out;
}

}  // namespace

std::vector<FoldedNorm> find_folded_norms(const Analysis& a, const Analysis& b, const std::vector<NodeGroup>& groups) {
  std::vector<FoldedNorm> out;
  for (const NodeGroup& group : groups) {
    if (auto norm = folded_norm(a, b, group)) out.push_back(*std::move(norm));
  }
  return out;
}

}  // namespace costscan
