#include <algorithm>
#include <array>

#include "passes/finders.hpp"
#include "passes/pass.hpp"

namespace costscan {
namespace {

using Names = std::span<const std::string_view>;

constexpr auto lossless = AccuracyClass::lossless;
constexpr auto bounded = AccuracyClass::bounded;
constexpr auto elimination = PassKind::elimination;
constexpr auto folding = PassKind::folding;
constexpr auto fusion = PassKind::fusion;
constexpr auto lowering = PassKind::lowering;

/// Machine trait, as messages name it.
constexpr std::string_view without_rms_norm = "LayerNormalization but no RMSNormalization";

constexpr std::array<std::string_view, 1> after_shape_chains{"simplify_shape_chains"};
constexpr std::array<std::string_view, 1> after_folding{"fold_constants"};
constexpr std::array<std::string_view, 1> after_rms_norm{"fuse_rms_norm"};
constexpr std::array<std::string_view, 1> after_duplicates{"eliminate_duplicate_constants"};
constexpr std::array<std::string_view, 1> after_noop_transposes{"eliminate_noop_transposes"};
constexpr std::array<std::string_view, 1> after_dead_nodes{"eliminate_dead_nodes"};
constexpr std::array<std::string_view, 1> after_transposes{"eliminate_redundant_transposes"};

// Fields: name, summary, kind, accuracy, by_default, after, min_opset, needs_target, find.
constexpr std::array table{
    Pass{"eliminate_dead_nodes", "Nodes that reach no output", elimination, lossless, true, Names{}, 1, "",
         find_dead_nodes},
    Pass{"eliminate_identity_ops",
         "Identity, inference Dropout, Casts to the type at hand, and what changes nothing: Slice of all, Pad by 0, "
         "Concat of one, Tile by 1, times 1",
         elimination, lossless, true, Names{}, 1, "", find_identity_ops},
    Pass{"eliminate_unused_initializers", "Initializers that nothing reads", elimination, lossless, true,
         after_dead_nodes, 1, "", find_unused_initializers},
    Pass{"eliminate_duplicate_constants", "Initializers and Constant nodes equal in type, shape and bytes", elimination,
         lossless, true, Names{}, 1, "", find_duplicate_constants},
    Pass{"eliminate_common_subexpressions", "Nodes that repeat an earlier one on the same inputs", elimination,
         lossless, true, after_duplicates, 1, "", find_common_subexpressions},
    Pass{"eliminate_redundant_transposes",
         "Transposes that cancel or compose, also across operators between them that only move elements or work "
         "one by one",
         elimination, lossless, true, Names{}, 1, "", find_redundant_transposes},
    Pass{"move_transposes_across_sums",
         "Transposes that cancel or compose across Softmax, sums and means, where that costs nothing", elimination,
         bounded, true, after_transposes, 1, "", find_transposes_across_sums},
    Pass{"eliminate_noop_transposes", "Transposes that move only axes of size 1, or none", elimination, lossless, true,
         Names{}, 1, "", find_noop_transposes},
    Pass{"eliminate_noop_reshapes", "Reshape, Flatten, Squeeze, Unsqueeze to the same shape, or one after another",
         elimination, lossless, true, after_noop_transposes, 1, "", find_noop_reshapes},
    Pass{"eliminate_expand_identity", "Expand to the same shape, or where all readers broadcast by themselves",
         elimination, lossless, true, after_shape_chains, 1, "", find_expand_identity},
    Pass{"fold_constants", "Nodes that constants alone decide, computed once", folding, lossless, true, Names{}, 1, "",
         find_foldable_constants},
    Pass{"fold_cast_chains", "Casts after casts, where the first loses nothing", folding, lossless, true, Names{}, 1,
         "", find_cast_chains},
    Pass{"simplify_shape_chains",
         "Shapes, bounds and sizes computed at run time that are constants, or 0 and -1, for every size", folding,
         lossless, true, after_folding, 1, "", find_shape_chains},
    Pass{"fuse_conv_batchnorm", "BatchNormalization of constants into the weights of the Conv before it", fusion,
         bounded, true, after_folding, 1, "", find_conv_batchnorm},
    Pass{"fuse_matmul_add", "MatMul of matrices and Add into Gemm", fusion, bounded, true, after_folding, 7, "",
         find_matmul_add},
    Pass{"fuse_matmul_add_3d",
         "MatMul of a stack and Add: as a Gemm between Reshapes, or the bias into what follows, whichever is faster",
         fusion, bounded, false, after_folding, 7, "", find_matmul_add_3d},
    Pass{"fuse_attention_qkv", "The products of Q, K and V into one, with a Split", fusion, AccuracyClass::empirical,
         false, after_folding, 1, "", find_attention_qkv},
    Pass{"cleanup_attention", "Scales of attention scores into the weights or into one; masks of zeros", fusion,
         bounded, true, after_folding, 1, "", find_attention_cleanups},
    Pass{"fuse_layernorm", "Decomposed layer normalisation into LayerNormalization", fusion, bounded, true,
         after_folding, 17, "", find_fusible_layer_norm, 1},
    Pass{"decompose_layernorm", "LayerNormalization into elementary operators", lowering, bounded, false, Names{}, 17,
         "", find_decomposable_layer_norm},
    Pass{"fuse_rms_norm", "Decomposed root mean square normalisation into RMSNormalization, or the runtime's operator",
         fusion, bounded, true, after_folding, 1, "", find_fusible_rms_norm},
    Pass{"lower_rms_norm_to_layer_norm", "Root mean square normalisation by LayerNormalization of x and -x", lowering,
         AccuracyClass::target_only, true, after_rms_norm, 17, without_rms_norm, find_lowerable_rms_norm},
    Pass{"fuse_gelu", "GELU in elementary operators into one", fusion, bounded, true, after_folding, 1, "",
         find_fusible_gelu},
    Pass{"fuse_silu", "x Sigmoid(a x) into one operator", fusion, bounded, true, after_folding, 1, "",
         find_fusible_silu},
};

}  // namespace

std::string_view to_string(PassKind kind) noexcept {
  switch (kind) {
    case PassKind::elimination: return "elimination";
    case PassKind::folding: return "folding";
    case PassKind::fusion: return "fusion";
    case PassKind::lowering: break;
  }
  return "lowering";
}

std::string_view to_string(AccuracyClass accuracy) noexcept {
  switch (accuracy) {
    case AccuracyClass::lossless: return "lossless";
    case AccuracyClass::bounded: return "bounded";
    case AccuracyClass::empirical: return "empirical";
    case AccuracyClass::target_only: break;
  }
  return "target_only";
}

std::span<const Pass> passes() noexcept { return table; }

const Pass* find_pass(std::string_view name) noexcept {
  const auto found = std::ranges::find(table, name, &Pass::name);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace costscan
