// The rule-based transformers: for every node, in order of execution, the rules for its operator.
#include <array>
#include <string_view>

#include "plan/transformers.hpp"

namespace costscan::plan {
namespace {

struct Entry {
  std::string_view op_type;  ///< the rule looks at nodes of this operator; "" at any
  Rule rule;
};

// In the runtime's order of registration: the first rule that removes a node ends its turn.
constexpr std::array rewrites1 = {
    Entry{"Identity", eliminate_identity},
    Entry{"Slice", eliminate_slice},
    Entry{"Unsqueeze", fold_unsqueeze},
    Entry{"Dropout", eliminate_dropout},
    Entry{"Expand", eliminate_expand},
    Entry{"Cast", eliminate_cast},
    Entry{"Cast", eliminate_pre_shape},
    Entry{"", eliminate_noop},
    Entry{"Div", fuse_div_mul},
    Entry{"Relu", fuse_relu_clip},
    Entry{"Gemm", fuse_gemm_sum},
    Entry{"Gemm", fuse_gemm_transpose},
    Entry{"Where", fuse_not_where},
    Entry{"Conv", fuse_conv_add},
    Entry{"Conv", fuse_conv_mul},
    Entry{"Conv", fuse_conv_bn},
    Entry{"Pad", fuse_pad},
    Entry{"MatMul", fuse_matmul_bn},
};

constexpr std::array rewrites2 = {
    Entry{"Clip", fuse_quantised_activation},
    Entry{"Relu", fuse_quantised_activation},
    Entry{"Gemm", fuse_gemm_transpose},
};

template <std::size_t N>
bool apply_each(PlanGraph& graph, const std::array<Entry, N>& entries) {
  bool changed = false;
  const std::vector<NodeId> order = graph.execution_order();
  for (const NodeId id : order) {
    for (const Entry& entry : entries) {
      if (!graph.alive(id)) break;
      if (!entry.op_type.empty() && graph.node(id).op_type != entry.op_type) continue;
      changed = entry.rule(graph, id) || changed;
    }
  }
  return changed;
}

}  // namespace

bool rules_level1(PlanGraph& graph, const Context&) { return apply_each(graph, rewrites1); }

bool rules_level2(PlanGraph& graph, const Context&) { return apply_each(graph, rewrites2); }

}  // namespace costscan::plan
