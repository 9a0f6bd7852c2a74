// The linear layers that make Q, K and V of one attention: three of one activation, one for all, or K and V of another.
#include <utility>

#include "patterns/attention_core.hpp"
#include "patterns/detectors.hpp"

namespace costscan {
namespace {

std::string_view qkv_variant(QkvKind kind) {
  switch (kind) {
    case QkvKind::triple: return "triple";
    case QkvKind::packed: return "packed";
    case QkvKind::cross: return "cross";
    case QkvKind::none: break;
  }
  return "";
}

bool equal_weight_shapes(const GraphView& view, const QkvSource& source) {
  const Shape* q = view.shape(source.q.weight);
  const Shape* k = view.shape(source.k.weight);
  const Shape* v = view.shape(source.v.weight);
  return q != nullptr && k != nullptr && v != nullptr && *q == *k && *q == *v;
}

}  // namespace

std::vector<PatternMatch> find_qkv(const GraphView& view) {
  std::vector<PatternMatch> matches;
  std::vector<AttentionCore> cores = attention_cores(view);
  for (AttentionCore& other : other_attention_cores(view, cores)) cores.push_back(std::move(other));
  for (const AttentionCore& core : cores) {
    QkvSource source = core.form.empty() ? qkv_source(view, core) : QkvSource{};
    if (source.kind == QkvKind::none) source = qkv_source(view, core, true);
    if (source.kind == QkvKind::none) continue;
    PatternMatch match;
    match.pattern = "qkv";
    match.variant = std::string(qkv_variant(source.kind));
    match.nodes = {source.q.node, source.k.node, source.v.node};  // in this order: Q, K, V
    if (source.kind == QkvKind::packed) match.nodes.resize(1);
    match.tensors = {{"x", source.q.activation}};
    if (source.kind == QkvKind::cross) match.tensors.emplace_back("x_kv", source.k.activation);
    match.tensors.insert(match.tensors.end(), {{"q_weight", source.q.weight},
                                               {"k_weight", source.k.weight},
                                               {"v_weight", source.v.weight},
                                               {"q", view.output(source.q.node, 0)},
                                               {"k", view.output(source.k.node, 0)},
                                               {"v", view.output(source.v.node, 0)}});
    const bool equal = source.kind != QkvKind::packed && equal_weight_shapes(view, source);
    match.numbers = {{"equal_weight_shapes", equal ? 1.0 : 0.0},
                     {"quantized", source.q.quantized || source.k.quantized || source.v.quantized ? 1.0 : 0.0}};
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
