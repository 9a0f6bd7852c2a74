// The linear layers behind Q, K and V of one attention.
#include <set>

#include "forensics/findings.hpp"

namespace costscan::forensics {
namespace {

bool is_quantized_source(const QkvSource& source) {
  return source.q.quantized || source.k.quantized || source.v.quantized;
}

std::string shape_words(const GraphView& view, ValueId value) {
  const Shape* shape = view.shape(value);
  if (shape == nullptr) return "?";
  std::string out;
  for (const std::int64_t extent : *shape) out += (out.empty() ? "" : "x") + std::to_string(extent);
  return out;
}

bool has_equal_weights(const GraphView& view, const QkvSource& source) {
  const Shape* q = view.shape(source.q.weight);
  const Shape* k = view.shape(source.k.weight);
  const Shape* v = view.shape(source.v.weight);
  return q != nullptr && k != nullptr && v != nullptr && *q == *k && *k == *v;
}

/// A site for each source of a kind for which `test` holds; two attentions that share their layers are both counted.
template <class Test>
Sites sources_where(const Scene& scene, QkvKind kind, Test test) {
  const GraphView& view = scene.view();
  Sites sites;
  for (const QkvSource& source : scene.qkv_sources()) {
    if (source.kind != kind || !test(source)) continue;
    Site site;
    site.nodes = {source.q.node};
    if (kind != QkvKind::packed) site.nodes.insert(site.nodes.end(), {source.k.node, source.v.node});
    site.detail = "weights " + shape_words(view, source.q.weight);
    if (kind != QkvKind::packed) {
      site.detail += ", " + shape_words(view, source.k.weight) + ", " + shape_words(view, source.v.weight);
      site.removal = Removal::fuse;
    }
    if (kind == QkvKind::cross) site.removed = {source.k.node, source.v.node};
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace

Sites qkv_triples(const Scene& scene) {
  return sources_where(scene, QkvKind::triple, [](const QkvSource& source) { return !is_quantized_source(source); });
}

Sites qkv_triples_equal_weight_shapes(const Scene& scene) {
  return sources_where(scene, QkvKind::triple, [&](const QkvSource& source) {
    return !is_quantized_source(source) && has_equal_weights(scene.view(), source);
  });
}

Sites qkv_triples_quantized(const Scene& scene) { return sources_where(scene, QkvKind::triple, is_quantized_source); }

Sites packed_qkv(const Scene& scene) {
  return sources_where(scene, QkvKind::packed, [](const QkvSource& source) { return !is_quantized_source(source); });
}

Sites cross_attention_kv_pairs(const Scene& scene) {
  return sources_where(scene, QkvKind::cross, [](const QkvSource& source) { return !is_quantized_source(source); });
}

}  // namespace costscan::forensics
