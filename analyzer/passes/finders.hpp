// One function per pass, each in a file of its own name: what passes.cpp registers.
#pragma once

#include <vector>

#include "passes/pass.hpp"

namespace costscan {

[[nodiscard]] std::vector<Rewrite> find_dead_nodes(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_identity_ops(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_unused_initializers(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_duplicate_constants(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_common_subexpressions(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_redundant_transposes(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_transposes_across_sums(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_noop_transposes(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_noop_reshapes(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_expand_identity(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_foldable_constants(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_cast_chains(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_shape_chains(const PassContext& context);

// Fusions and lowerings.
[[nodiscard]] std::vector<Rewrite> find_conv_batchnorm(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_matmul_add(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_attention_qkv(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_attention_cleanups(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_matmul_add_3d(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_fusible_layer_norm(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_decomposable_layer_norm(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_fusible_rms_norm(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_lowerable_rms_norm(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_fusible_gelu(const PassContext& context);
[[nodiscard]] std::vector<Rewrite> find_fusible_silu(const PassContext& context);

}  // namespace costscan
