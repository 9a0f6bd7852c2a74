// Softmax attention: scores of Q and K, scale, mask, softmax, product with V; or the op that does all of it.
#include <algorithm>
#include <utility>

#include "patterns/attention_core.hpp"
#include "patterns/detectors.hpp"

namespace costscan {
namespace {

std::string attention_variant(const AttentionCore& core, const HeadCounts& heads) {
  if (core.is_op()) return "op";
  if (!core.form.empty()) return std::string(core.form);
  if (heads.repeat <= 1) return "multi_head";
  return heads.key == 1 ? "multi_query" : "grouped_query";
}

}  // namespace

std::vector<PatternMatch> find_attention(const GraphView& view) {
  std::vector<PatternMatch> matches;
  std::vector<AttentionCore> cores = attention_cores(view);
  for (AttentionCore& other : other_attention_cores(view, cores)) cores.push_back(std::move(other));
  std::ranges::stable_sort(cores, {}, [](const AttentionCore& core) { return core.is_op() ? core.op : core.softmax; });
  for (const AttentionCore& core : cores) {
    const HeadCounts heads = head_counts(view, core);
    PatternMatch match;
    match.pattern = "attention";
    match.variant = attention_variant(core, heads);
    match.nodes = core.nodes;
    match.tensors = {{"q", core.q}, {"k", core.k}, {"v", core.v}, {"y", core.y}};
    for (const ValueId mask : core.masks) match.tensors.emplace_back("mask", mask);
    if (heads.query) match.numbers.emplace_back("heads", static_cast<double>(*heads.query));
    if (heads.key) match.numbers.emplace_back("kv_heads", static_cast<double>(*heads.key));
    if (heads.width) match.numbers.emplace_back("head_width", static_cast<double>(*heads.width));
    match.numbers.emplace_back("repeat", static_cast<double>(heads.repeat));
    match.numbers.emplace_back("causal", is_causal(view, core) ? 1.0 : 0.0);
    const AttentionFactors factors = attention_factors(view, core, heads);
    if (factors.scores != 0) match.numbers.emplace_back("scale", factors.scores);
    if (factors.mask != 1) match.numbers.emplace_back("mask_scale", factors.mask);
    if (factors.output != 1) match.numbers.emplace_back("output_scale", factors.output);
    if (!core.form.empty()) match.numbers.emplace_back("other_form", 1.0);
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
