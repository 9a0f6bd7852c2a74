// Every detector: one file each, named as the pattern. patterns.cpp lists them.
#pragma once

#include <vector>

#include "patterns/pattern.hpp"

namespace costscan {

[[nodiscard]] std::vector<PatternMatch> find_attention(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_qkv(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_layer_norm(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_rms_norm(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_gelu(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_silu(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_quick_gelu(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_conv_bn(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_rope(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_swiglu(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_geglu(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_conv_activation(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_squeeze_excite(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_inverted_residual(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_patch_embedding(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_moe_routing(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_kv_cache_append(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_qdq_islands(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_hard_swish(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_mish(const GraphView& view);
[[nodiscard]] std::vector<PatternMatch> find_group_norm(const GraphView& view);

}  // namespace costscan
