// Normalisations that are one operator: of the standard and of the runtime.
#include <algorithm>
#include <array>
#include <string_view>

#include "patterns/norms.hpp"

namespace costscan {
namespace {

struct NormOp {
  std::string_view op_type;
  bool centered;
  std::size_t gamma;  ///< input slots
  std::size_t beta;   ///< as large as none: absent
};

constexpr std::size_t no_slot = 99;
constexpr std::array<NormOp, 8> norm_ops{{
    {"LayerNormalization", true, 1, 2},
    {"SkipLayerNormalization", true, 2, 3},
    {"EmbedLayerNormalization", true, 5, 6},
    {"QOrderedLayerNormalization", true, 2, 3},
    {"RMSNormalization", false, 1, no_slot},
    {"SimplifiedLayerNormalization", false, 1, no_slot},
    {"SkipSimplifiedLayerNormalization", false, 2, no_slot},
    {"GatedRMSNorm", false, 1, no_slot},
}};

}  // namespace

std::optional<Norm> norm_op(const GraphView& view, std::int32_t index) {
  const Node& node = view.node(index);
  const auto* op = std::ranges::find(norm_ops, node.op_type, &NormOp::op_type);
  if (op == norm_ops.end() || !(node.domain.empty() || node.domain == "com.microsoft")) return std::nullopt;
  Norm norm;
  norm.is_op = true;
  norm.centered = op->centered;
  norm.x = view.input(index, 0);
  norm.gamma = view.input(index, op->gamma);
  norm.beta = view.input(index, op->beta);
  norm.y = view.output(index, 0);
  const bool joined = node.op_type.starts_with("Skip") || node.op_type.starts_with("Embed");
  norm.epsilon = float_attribute(node, "epsilon").value_or(joined ? 1e-12F : 1e-5F);
  norm.nodes = {index};
  const std::int64_t rank = view.rank(norm.y);
  std::int64_t axis = int_attribute(node, "axis").value_or(-1);
  axis += axis < 0 ? rank : 0;
  for (; rank >= 0 && axis >= 0 && axis < rank; ++axis) norm.axes.push_back(axis);
  return norm;
}

}  // namespace costscan
