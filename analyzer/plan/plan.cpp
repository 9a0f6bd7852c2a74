#include "plan/plan.hpp"

#include <array>

#include "plan/import.hpp"
#include "plan/transformers.hpp"

namespace costscan {
namespace plan {
namespace {

struct Step {
  std::string_view name;  ///< as the runtime's log calls it
  Transformer apply;
  bool once = false;  ///< not again when the level is repeated
  bool keep_attention = true;
};

// ONNX Runtime 1.31's order (its log at severity 0 lists it). docs/static-plan.md says what is left out.
constexpr std::array required = {
    Step{"EnsureUniqueDQForNodeUnit", ensure_unique_dq},
};

constexpr std::array level1 = {
    Step{"Level1_RuleBasedTransformer", rules_level1},
    Step{"DoubleQDQPairsRemover", remove_double_qdq},
    Step{"ConstantSharing", share_constants, true},
    Step{"CommonSubexpressionElimination", eliminate_common_subexpressions},
    Step{"ConstantFolding", fold_constants},
    Step{"MatMulAddFusion", fuse_matmul_add},
    Step{"ReshapeFusion", fuse_reshape},
    Step{"GeluFusionL1", fuse_gelu},
    Step{"LayerNormFusionL1", fuse_layer_norm},
    Step{"QDQPropagationTransformer", propagate_qdq},
    Step{"EnsureUniqueDQForNodeUnit", ensure_unique_dq},
    Step{"TransposeOptimizer", optimize_transposes, true},
};

constexpr std::array level2 = {
    Step{"Level2_RuleBasedTransformer", rules_level2},
    Step{"TransposeOptimizer_CPUExecutionProvider", optimize_transposes, true},
    Step{"QDQS8ToU8Transformer", make_activations_unsigned},
    Step{"QDQSelectorActionTransformer", select_qdq},
    Step{"GemmActivationFusion", fuse_gemm_activation},
    Step{"MatMulIntegerToFloatFusion", fuse_matmul_integer_to_float},
    Step{"DynamicQuantizeMatMulFusion", fuse_dynamic_quantize_matmul},
    Step{"ConvActivationFusion", fuse_conv_activation},
    Step{"GeluFusionL2", fuse_gelu},
    Step{"LayerNormFusionL2", fuse_layer_norm},
    Step{"SimplifiedLayerNormFusion", fuse_simplified_layer_norm},
    Step{"GatherSliceToSplitFusion", fuse_gather_to_split},
    Step{"GatherToSliceFusion", fuse_gather_to_slice},
    Step{"MatmulTransposeFusion", fuse_matmul_transpose},
    Step{"BiasGeluFusion", fuse_bias_gelu},
    Step{"MatMulAddFusion", fuse_matmul_add, false, false},
    Step{"SkipLayerNormFusion", fuse_skip_layer_norm},
    Step{"FastGeluFusion", fuse_fast_gelu},
    Step{"QuickGeluFusion", fuse_quick_gelu},
    Step{"MatMulScaleFusion", fuse_matmul_scale},
};

constexpr std::array level3 = {
    Step{"NchwcTransformer", transform_to_nchwc},
    Step{"NhwcTransformer", transform_to_nhwc},
    Step{"ConvAddActivationFusion", fuse_conv_add_activation},
};

constexpr std::array partitioning = {
    Step{"function inlining", inline_functions},
};

constexpr std::array casts = {
    Step{"CastFloat16Transformer", insert_float16_casts},
    Step{"RemoveDuplicateCastTransformer", remove_duplicate_casts},
};

constexpr std::array level4 = {
    Step{"FuseFp16InitializerToFp32NodeTransformer", fuse_float16_initializers},
};

/// A level repeats while something changes, at most as often as the runtime does; true where anything changed.
template <std::size_t N>
bool run_level(PlanGraph& graph, const std::array<Step, N>& steps, Context context, int repeats) {
  for (int round = 0; round < repeats; ++round) {
    bool changed = false;
    for (const Step& step : steps) {
      if (step.once && round > 0) continue;
      context.keep_attention = step.keep_attention;
      changed = step.apply(graph, context) || changed;
    }
    if (!changed) return round > 0;
  }
  return true;
}

}  // namespace
}  // namespace plan

PlanLevel plan_level(std::string_view name) noexcept {
  if (name == "disabled") return PlanLevel::disabled;
  if (name == "basic") return PlanLevel::basic;
  if (name == "extended") return PlanLevel::extended;
  return PlanLevel::all;
}

std::int64_t native_nchwc_block() noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) return 16;
  if (__builtin_cpu_supports("avx")) return 8;
  return 0;
#elif defined(__aarch64__)
  return 16;
#else
  return 0;
#endif
}

Result<std::shared_ptr<const Model>> plan_execution(const ShapedModel& shaped, const PlanOptions& options) {
  constexpr int most_repeats = 10;  // kMaxNumGraphTransformationSteps
  plan::PlanGraph graph = plan::import_graph(shaped);
  plan::Context context;
  context.nchwc_block = options.nchwc_block;
  plan::run_level(graph, plan::required, context, 1);
  if (options.level >= PlanLevel::basic) plan::run_level(graph, plan::level1, context, most_repeats);
  plan::run_level(graph, plan::partitioning, context, 1);
  // Operators without a kernel for float16 belong to no provider until casts surround them. Only at the last level,
  // where their constants become float32 too, the runtime then runs levels 2 and 3 once more.
  const bool cast = plan::run_level(graph, plan::casts, context, 1);
  if (options.level == PlanLevel::all) plan::run_level(graph, plan::level4, context, 1);
  const bool later_levels = !cast || options.level == PlanLevel::all;
  context.level = 2;
  if (options.level >= PlanLevel::extended && later_levels) plan::run_level(graph, plan::level2, context, most_repeats);
  context.level = 3;
  if (options.level >= PlanLevel::all && later_levels) plan::run_level(graph, plan::level3, context, 1);
  return plan::export_model(graph, shaped);
}

}  // namespace costscan
