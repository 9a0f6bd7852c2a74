// MatMulAddFusion: MatMul + bias becomes Gemm, between reshapes where the left side is no matrix.
#include <algorithm>
#include <set>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

/// Attention as AttentionFusion looks for it: three MatMuls and one Add after a LayerNormalization. The runtime leaves
/// its four MatMul + Add pairs alone.
class AttentionPairs {
 public:
  bool contain(const PlanGraph& graph, const Node& matmul, NodeId add) {
    const NodeId norm = parent(graph, matmul, 0);
    if (norms_.contains(norm) || adds_.contains(add)) return true;
    if (norm == no_node || graph.node(norm).op_type != "LayerNormalization") return false;
    const NodeId residual = residual_add(graph, norm);
    if (residual == no_node) return false;
    const ValueId out = output(graph.node(norm), 0);
    const ValueId projected = other_input(graph.node(residual), out);
    const NodeId attention_add = projected == no_value ? no_node : graph.value(projected).producer;
    if (attention_add == no_node || graph.node(attention_add).op_type != "Add") return false;
    norms_.insert(norm);
    adds_.insert(attention_add);
    return true;
  }

 private:
  static NodeId residual_add(const PlanGraph& graph, NodeId norm) {
    std::size_t adds = 0;
    std::size_t matmuls = 0;
    std::size_t shapes = 0;
    std::size_t edges = 0;
    NodeId residual = no_node;
    for (const ValueId out : graph.node(norm).outputs) {
      if (out == no_value) continue;
      for (const Use& use : graph.value(out).uses) {
        const std::string& op_type = graph.node(use.node).op_type;
        ++edges;
        if (op_type == "Add") {
          residual = use.node;
          ++adds;
        }
        matmuls += op_type == "MatMul" ? 1 : 0;
        shapes += op_type == "Shape" ? 1 : 0;
      }
    }
    return adds == 1 && matmuls == 3 && shapes + 4 == edges ? residual : no_node;
  }

  std::set<NodeId> norms_;
  std::set<NodeId> adds_;
};

/// Softmax -> MatMul -> Transpose -> Reshape feeds the projection of an attention that may be fused whole.
bool projects_attention(const PlanGraph& graph, const Node& matmul) {
  const NodeId before = parent(graph, matmul, 0);
  if (before == no_node) return false;
  const std::string& op_type = graph.node(before).op_type;
  if (op_type == "Attention" || op_type == "MultiHeadAttention") return true;
  return false;
}

bool is_gemm_type(DType dtype) {
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

bool is_gemm_bias(const Shape& bias, const Shape& left, std::int64_t columns, bool reshaped) {
  if (bias.size() == 1) return bias[0] == columns;
  if (reshaped || bias.size() != 2) return false;
  if (bias[0] == 1 && bias[1] == columns) return true;
  return bias[0] == left[0] && (bias[1] == 1 || bias[1] == columns);
}

struct Pair {
  NodeId matmul = no_node;
  NodeId add = no_node;
  ValueId bias = no_value;
  Shape left;
  Shape right;
};

std::optional<Pair> matching_pair(const PlanGraph& graph, NodeId id, AttentionPairs& attention, bool keep_attention) {
  const Node& matmul = graph.node(id);
  if (!is_op(matmul, "MatMul")) return std::nullopt;
  const NodeId add = sole_consumer(graph, matmul);
  if (add == no_node || !is_op(graph.node(add), "Add")) return std::nullopt;
  const ValueId bias = other_input(graph.node(add), output(matmul, 0));
  if (dtype(graph, input(matmul, 0)) != dtype(graph, input(graph.node(add), 0))) return std::nullopt;
  if (!is_gemm_type(dtype(graph, input(matmul, 0)))) return std::nullopt;
  const Shape* left = planned_shape(graph, input(matmul, 0));
  const Shape* right = planned_shape(graph, input(matmul, 1));
  const Shape* added = planned_shape(graph, bias);
  if (left == nullptr || right == nullptr || right->size() != 2 || added == nullptr || left->empty())
    return std::nullopt;
  const bool reshaped = left->size() != 2;
  if (reshaped) {
    if (projects_attention(graph, matmul)) return std::nullopt;
    if (keep_attention && attention.contain(graph, matmul, add)) return std::nullopt;
    if (!all_known(*left) || !all_known(*right)) return std::nullopt;
  }
  if (!is_gemm_bias(*added, *left, right->back(), reshaped)) return std::nullopt;
  return Pair{id, add, bias, *left, *right};
}

std::int64_t rows_of(const Shape& left) {
  std::int64_t rows = 1;
  for (std::size_t i = 0; i + 1 < left.size(); ++i) rows *= left[i];
  return rows;
}

void replace(PlanGraph& graph, const Pair& pair) {
  const Node matmul = graph.node(pair.matmul);
  const ValueId out = output(graph.node(pair.add), 0);
  graph.remove(pair.matmul);
  graph.remove(pair.add);
  ValueId in = matmul.inputs[0];
  ValueId gemm_out = out;
  const bool reshaped = pair.left.size() != 2;
  if (reshaped) {
    const Shape rows_in{rows_of(pair.left), pair.right[0]};
    const Shape rows_out{rows_in[0], pair.right[1]};
    const ValueId in_shape = graph.add_ints("gemm_input_shape", rows_in);
    in = graph.add_value("gemm_input_reshape_arg", with_shape(type_of(graph, matmul.inputs[0]), rows_in, rows_in));
    graph.add_node(make_node("gemm_input_reshape", "Reshape", onnx_domain, {matmul.inputs[0], in_shape}, {in}));
    Shape full = pair.left;
    full.back() = pair.right[1];
    const ValueId out_shape = graph.add_ints("gemm_output_shape", full);
    gemm_out = graph.add_value("gemm_output_reshape_arg", with_shape(type_of(graph, out), rows_out, rows_out));
    graph.add_node(make_node("gemm_output_reshape", "Reshape", onnx_domain, {gemm_out, out_shape}, {out}));
  }
  graph.add_node(
      make_node(matmul.name + "/MatMulAddFusion", "Gemm", onnx_domain, {in, matmul.inputs[1], pair.bias}, {gemm_out}));
}

}  // namespace

bool fuse_matmul_add(PlanGraph& graph, const Context& context) {
  AttentionPairs attention;
  bool changed = false;
  const std::vector<NodeId> order = graph.execution_order();
  for (const NodeId id : order) {
    if (!graph.alive(id)) continue;
    const auto pair = matching_pair(graph, id, attention, context.keep_attention);
    if (!pair) continue;
    replace(graph, *pair);
    changed = true;
  }
  return changed;
}

}  // namespace costscan::plan
