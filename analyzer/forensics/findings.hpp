// Every finding: name, family, one line of words, and the function that finds its sites. findings.cpp lists them; the
// functions stand by family in files of their own. Definitions: docs/forensics.md.
#pragma once

#include <span>
#include <string_view>

#include "forensics/scene.hpp"

namespace costscan {

struct FindingKind {
  std::string_view name;
  std::string_view family;
  std::string_view summary;
  Sites (*find)(const Scene&);
};

/// In the order in which reports print them.
[[nodiscard]] std::span<const FindingKind> finding_kinds() noexcept;

namespace forensics {

// noops.cpp
[[nodiscard]] Sites noop_transpose_identity(const Scene& scene);
[[nodiscard]] Sites noop_transpose_size1(const Scene& scene);
[[nodiscard]] Sites noop_reshape(const Scene& scene);
[[nodiscard]] Sites expand_identity(const Scene& scene);
[[nodiscard]] Sites noop_identity(const Scene& scene);
[[nodiscard]] Sites noop_dropout(const Scene& scene);
[[nodiscard]] Sites noop_slice(const Scene& scene);
[[nodiscard]] Sites noop_pad(const Scene& scene);
[[nodiscard]] Sites noop_concat(const Scene& scene);
[[nodiscard]] Sites noop_concat_empty(const Scene& scene);
[[nodiscard]] Sites noop_tile(const Scene& scene);
[[nodiscard]] Sites expand_add(const Scene& scene);

// consecutive.cpp
[[nodiscard]] Sites consecutive_transpose(const Scene& scene);
[[nodiscard]] Sites consecutive_transpose_cancel(const Scene& scene);
[[nodiscard]] Sites consecutive_transpose_compose(const Scene& scene);
[[nodiscard]] Sites consecutive_transpose_cancel_by_shape(const Scene& scene);
[[nodiscard]] Sites transpose_reshape_transpose(const Scene& scene);
[[nodiscard]] Sites consecutive_reshape(const Scene& scene);
[[nodiscard]] Sites consecutive_view(const Scene& scene);
[[nodiscard]] Sites consecutive_cast(const Scene& scene);
[[nodiscard]] Sites redundant_cast(const Scene& scene);

// products.cpp
[[nodiscard]] Sites matmul_rank3_plus(const Scene& scene);
[[nodiscard]] Sites matmul_add_rank3(const Scene& scene);
[[nodiscard]] Sites matmul_add_rank3_through_qdq(const Scene& scene);
[[nodiscard]] Sites matmul_rank2_weight(const Scene& scene);
[[nodiscard]] Sites gemm_weight(const Scene& scene);

// attention_findings.cpp
[[nodiscard]] Sites attention_patterns(const Scene& scene);
[[nodiscard]] Sites attention_ops(const Scene& scene);
[[nodiscard]] Sites attention_blocks(const Scene& scene);
[[nodiscard]] Sites attention_other_forms(const Scene& scene);
[[nodiscard]] Sites attention_scale(const Scene& scene);
[[nodiscard]] Sites attention_reshapes(const Scene& scene);
[[nodiscard]] Sites grouped_query_attention(const Scene& scene);
[[nodiscard]] Sites kv_cache_concat(const Scene& scene);

// qkv_findings.cpp
[[nodiscard]] Sites qkv_triples(const Scene& scene);
[[nodiscard]] Sites qkv_triples_equal_weight_shapes(const Scene& scene);
[[nodiscard]] Sites qkv_triples_quantized(const Scene& scene);
[[nodiscard]] Sites packed_qkv(const Scene& scene);
[[nodiscard]] Sites cross_attention_kv_pairs(const Scene& scene);

// constants.cpp
[[nodiscard]] Sites constant_given_initializers(const Scene& scene);
[[nodiscard]] Sites constant_when_bound(const Scene& scene);
[[nodiscard]] Sites constant_nodes(const Scene& scene);

// shape_chains.cpp
[[nodiscard]] Sites shape_chain(const Scene& scene);
[[nodiscard]] Sites shape_chain_from_shape(const Scene& scene);

// duplicates.cpp
[[nodiscard]] Sites duplicate_initializers(const Scene& scene);
[[nodiscard]] Sites duplicate_constants(const Scene& scene);
[[nodiscard]] Sites duplicate_subexpressions(const Scene& scene);
[[nodiscard]] Sites duplicate_subexpressions_by_name(const Scene& scene);
[[nodiscard]] Sites duplicate_subexpressions_by_value(const Scene& scene);

// unused.cpp
[[nodiscard]] Sites dead_nodes(const Scene& scene);
[[nodiscard]] Sites unused_initializers(const Scene& scene);
[[nodiscard]] Sites unused_initializers_with_dead(const Scene& scene);

// pattern_findings.cpp
[[nodiscard]] Sites layernorm_patterns(const Scene& scene);
[[nodiscard]] Sites rmsnorm_patterns(const Scene& scene);
[[nodiscard]] Sites layernorms(const Scene& scene);
[[nodiscard]] Sites rmsnorms(const Scene& scene);
[[nodiscard]] Sites norm_other_forms(const Scene& scene);
[[nodiscard]] Sites groupnorm_patterns(const Scene& scene);
[[nodiscard]] Sites gelu(const Scene& scene);
[[nodiscard]] Sites silu(const Scene& scene);
[[nodiscard]] Sites silu_other_forms(const Scene& scene);
[[nodiscard]] Sites swiglu(const Scene& scene);
[[nodiscard]] Sites geglu(const Scene& scene);
[[nodiscard]] Sites rope(const Scene& scene);
[[nodiscard]] Sites rope_other_forms(const Scene& scene);
[[nodiscard]] Sites conv_bn(const Scene& scene);
[[nodiscard]] Sites conv_activation(const Scene& scene);
[[nodiscard]] Sites conv_activation_decomposed(const Scene& scene);
[[nodiscard]] Sites squeeze_excite(const Scene& scene);

}  // namespace forensics
}  // namespace costscan
