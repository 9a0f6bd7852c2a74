// The runtime's graph transformers, one file each; plan.cpp runs them in the runtime's order. All return whether they
// changed the graph.
#pragma once

#include "plan/plan.hpp"
#include "plan/plan_graph.hpp"

namespace costscan::plan {

struct Context {
  std::int64_t nchwc_block = 0;
  int level = 1;               ///< of the runtime's three: what a transformer that is registered twice may do
  bool keep_attention = true;  ///< MatMulAddFusion leaves what AttentionFusion looks for
};

using Transformer = bool (*)(PlanGraph&, const Context&);

// Level 1 rewrite rules look at one node each (rules.cpp runs them).
using Rule = bool (*)(PlanGraph&, NodeId);
bool eliminate_identity(PlanGraph& graph, NodeId id);
bool eliminate_slice(PlanGraph& graph, NodeId id);
bool eliminate_dropout(PlanGraph& graph, NodeId id);
bool eliminate_expand(PlanGraph& graph, NodeId id);
bool eliminate_cast(PlanGraph& graph, NodeId id);
bool eliminate_pre_shape(PlanGraph& graph, NodeId id);
bool eliminate_noop(PlanGraph& graph, NodeId id);
bool fold_unsqueeze(PlanGraph& graph, NodeId id);
bool fuse_div_mul(PlanGraph& graph, NodeId id);
bool fuse_relu_clip(PlanGraph& graph, NodeId id);
bool fuse_gemm_sum(PlanGraph& graph, NodeId id);
bool fuse_gemm_transpose(PlanGraph& graph, NodeId id);
bool fuse_not_where(PlanGraph& graph, NodeId id);
bool fuse_conv_add(PlanGraph& graph, NodeId id);
bool fuse_conv_mul(PlanGraph& graph, NodeId id);
bool fuse_conv_bn(PlanGraph& graph, NodeId id);
bool fuse_pad(PlanGraph& graph, NodeId id);
bool fuse_matmul_bn(PlanGraph& graph, NodeId id);
bool fuse_quantised_activation(PlanGraph& graph, NodeId id);

bool rules_level1(PlanGraph& graph, const Context& context);
bool rules_level2(PlanGraph& graph, const Context& context);

// Whole-graph transformers.
bool remove_double_qdq(PlanGraph& graph, const Context& context);
bool share_constants(PlanGraph& graph, const Context& context);
bool eliminate_common_subexpressions(PlanGraph& graph, const Context& context);
bool fold_constants(PlanGraph& graph, const Context& context);
bool fuse_matmul_add(PlanGraph& graph, const Context& context);
bool fuse_reshape(PlanGraph& graph, const Context& context);
bool fuse_gelu(PlanGraph& graph, const Context& context);
bool fuse_layer_norm(PlanGraph& graph, const Context& context);
bool fuse_simplified_layer_norm(PlanGraph& graph, const Context& context);
bool propagate_qdq(PlanGraph& graph, const Context& context);
bool ensure_unique_dq(PlanGraph& graph, const Context& context);
bool optimize_transposes(PlanGraph& graph, const Context& context);
bool make_activations_unsigned(PlanGraph& graph, const Context& context);
bool select_qdq(PlanGraph& graph, const Context& context);
bool fuse_gemm_activation(PlanGraph& graph, const Context& context);
bool fuse_matmul_integer_to_float(PlanGraph& graph, const Context& context);
bool fuse_dynamic_quantize_matmul(PlanGraph& graph, const Context& context);
bool fuse_conv_activation(PlanGraph& graph, const Context& context);
bool fuse_gather_to_split(PlanGraph& graph, const Context& context);
bool fuse_gather_to_slice(PlanGraph& graph, const Context& context);
bool fuse_matmul_transpose(PlanGraph& graph, const Context& context);
bool fuse_bias_gelu(PlanGraph& graph, const Context& context);
bool fuse_skip_layer_norm(PlanGraph& graph, const Context& context);
bool fuse_fast_gelu(PlanGraph& graph, const Context& context);
bool fuse_quick_gelu(PlanGraph& graph, const Context& context);
bool fuse_matmul_scale(PlanGraph& graph, const Context& context);
bool transform_to_nchwc(PlanGraph& graph, const Context& context);
bool transform_to_nhwc(PlanGraph& graph, const Context& context);
bool fuse_conv_add_activation(PlanGraph& graph, const Context& context);
bool inline_functions(PlanGraph& graph, const Context& context);
bool fuse_float16_initializers(PlanGraph& graph, const Context& context);
bool insert_float16_casts(PlanGraph& graph, const Context& context);
bool remove_duplicate_casts(PlanGraph& graph, const Context& context);

}  // namespace costscan::plan
