// Attention: how often, in which form, and what stands around it.
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "forensics/findings.hpp"
#include "forensics/shape_facts.hpp"
#include "patterns/trace.hpp"

namespace costscan::forensics {
namespace {

Site attention_site(const Scene& scene, const AttentionCore& core) {
  Site site;
  site.nodes = core.nodes;
  site.removal = core.is_op() ? Removal::none : Removal::fuse;
  const HeadCounts heads = head_counts(scene.view(), core);
  if (core.is_op()) site.detail = scene.view().node(core.op).op_type;
  if (heads.query) site.detail += (site.detail.empty() ? "" : ", ") + std::to_string(*heads.query) + " heads";
  if (heads.width) site.detail += " of " + std::to_string(*heads.width);
  if (is_causal(scene.view(), core)) site.detail += ", causal";
  return site;
}

Sites attention_sites(const Scene& scene, bool with_patterns, bool with_ops) {
  Sites sites;
  for (const AttentionCore& core : scene.attentions()) {
    if (core.is_op() ? with_ops : with_patterns) sites.push_back(attention_site(scene, core));
  }
  return sites;
}

/// The extent that Q and K are multiplied over.
std::optional<double> head_width(const GraphView& view, const AttentionCore& core) {
  const Shape* q = view.shape(core.q);
  if (q == nullptr || q->empty() || q->back() < 1) return std::nullopt;
  return static_cast<double>(q->back());
}

/// A factor of 1/√d, or of its root, which Q and K each get one of. Half-precision constants are rounded.
bool is_attention_factor(double factor, double width) {
  constexpr double tolerance = 0.01;
  if (!(factor > 0)) return false;
  const double whole = 1 / std::sqrt(width);
  return std::abs(factor - whole) <= tolerance * whole ||
         std::abs(factor - std::sqrt(whole)) <= tolerance * std::sqrt(whole);
}

/// A scalar that shape arithmetic or the exporter has spread over a tensor: the scalar itself; no_value where there is
/// none.
ValueId spread_scalar(const GraphView& view, ValueId value) {
  while (value != no_value && !has_one_element(view, value)) {
    const std::int32_t node = view.source_node(value);
    if (node < 0 || !is_op(view.node(node), "Expand")) return no_value;
    value = view.input(node, 0);
  }
  return value;
}

/// What a Mul or Div multiplies the other operand by; nullopt where no operand is a known scalar.
std::optional<double> scale_factor(const GraphView& view, std::int32_t node) {
  const bool divides = is_op(view.node(node), "Div");
  if (!divides && !is_op(view.node(node), "Mul")) return std::nullopt;
  for (const std::size_t slot : {std::size_t{1}, std::size_t{0}}) {
    if (divides && slot == 0) break;
    const ValueId scalar = spread_scalar(view, view.input(node, slot));
    const auto value = scalar == no_value ? std::nullopt : known_scalar(view, view.source(scalar));
    if (value && *value != 0) return divides ? 1 / *value : *value;
  }
  return std::nullopt;
}

/// Nodes on the ways of Q, K and the scores.
std::vector<std::int32_t> scaling_places(const AttentionCore& core, const QkvSource& source) {
  std::vector<std::int32_t> places = core.scoring;
  for (const Projection* from : {&source.from_q, &source.from_k}) {
    const auto& way = from->linears.empty() ? from->on_the_way : from->between;
    places.insert(places.end(), way.begin(), way.end());
  }
  sort_unique(places);
  return places;
}

/// From an attention's result to the layer that projects it: Reshape and Transpose nodes on the way.
void add_output_reshapes(const GraphView& view, ValueId value, std::vector<std::int32_t>& found) {
  constexpr int longest = 12;
  std::vector<std::int32_t> way;
  for (int step = 0; step < longest; ++step) {
    std::int32_t next = -1;
    for (const ValueUse& use : view.canonical_uses(value)) {
      if (use.slot >= 0 && as_linear(view, use.node)) {
        found.insert(found.end(), way.begin(), way.end());
        return;
      }
      const Node& node = view.node(use.node);
      const bool moves = is_view_op(node) || is_op(node, "Transpose") || is_op(node, "Slice");
      if (use.slot == 0 && moves && next < 0) next = use.node;
    }
    if (next < 0) return;
    if (is_op(view.node(next), "Reshape") || is_op(view.node(next), "Transpose")) way.push_back(next);
    value = view.output(next, 0);
  }
}

void add_reshapes(const GraphView& view, const std::vector<std::int32_t>& nodes, std::vector<std::int32_t>& found) {
  for (const std::int32_t node : nodes) {
    if (is_op(view.node(node), "Reshape") || is_op(view.node(node), "Transpose")) found.push_back(node);
  }
}

std::vector<std::int32_t> reshapes_of(const GraphView& view, const AttentionCore& core, const QkvSource& source) {
  std::vector<std::int32_t> found;
  for (const Projection* from : {&source.from_q, &source.from_k, &source.from_v}) {
    add_reshapes(view, from->linears.empty() ? from->on_the_way : from->between, found);
  }
  add_reshapes(view, core.nodes, found);
  add_output_reshapes(view, core.y, found);
  sort_unique(found);
  return found;
}

/// Expands and Tiles that repeat the heads of K and V.
std::vector<std::int32_t> repeating_nodes(const GraphView& view, const QkvSource& source) {
  std::vector<std::int32_t> found;
  for (const Projection* from : {&source.from_k, &source.from_v}) {
    for (const std::int32_t node : from->linears.empty() ? from->on_the_way : from->between) {
      if (is_op(view.node(node), "Expand") || is_op(view.node(node), "Tile")) found.push_back(node);
    }
  }
  sort_unique(found);
  return found;
}

}  // namespace

Sites attention_patterns(const Scene& scene) { return attention_sites(scene, true, false); }
Sites attention_ops(const Scene& scene) { return attention_sites(scene, false, true); }
Sites attention_blocks(const Scene& scene) { return attention_sites(scene, true, true); }

Sites attention_scale(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  std::unordered_set<std::int32_t> seen;
  for (std::size_t i = 0; i < scene.attentions().size(); ++i) {
    const AttentionCore& core = scene.attentions()[i];
    const auto width = head_width(view, core);
    if (core.is_op() || !width) continue;
    for (const std::int32_t node : scaling_places(core, scene.qkv_sources()[i])) {
      const auto factor = scale_factor(view, node);
      if (!factor || !is_attention_factor(*factor, *width) || !seen.insert(node).second) continue;
      Site site;
      site.nodes = {node};
      site.removal = Removal::vanish;
      site.detail = "times " + number_text(*factor);
      sites.push_back(std::move(site));
    }
  }
  return sites;
}

Sites attention_reshapes(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  std::unordered_set<std::int32_t> seen;
  for (std::size_t i = 0; i < scene.attentions().size(); ++i) {
    Site site;
    for (const std::int32_t node : reshapes_of(view, scene.attentions()[i], scene.qkv_sources()[i])) {
      if (seen.insert(node).second) site.nodes.push_back(node);
    }
    if (site.nodes.empty()) continue;
    site.count = static_cast<std::int64_t>(site.nodes.size());
    site.removal = Removal::vanish;
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites grouped_query_attention(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  for (std::size_t i = 0; i < scene.attentions().size(); ++i) {
    const AttentionCore& core = scene.attentions()[i];
    const HeadCounts heads = head_counts(view, core);
    if (heads.repeat <= 1) continue;
    Site site;
    site.nodes = core.nodes;
    site.detail = "repeat " + std::to_string(heads.repeat);
    site.removed = repeating_nodes(view, scene.qkv_sources()[i]);
    if (!site.removed.empty()) site.removal = Removal::vanish;
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites kv_cache_concat(const Scene& scene) {
  Sites sites;
  for (const PatternMatch& match : scene.matches("kv_cache_append")) {
    if (match.variant != "concat") continue;
    Site site;
    site.nodes = match.nodes;
    site.removal = Removal::vanish;
    site.detail = "a cache written in place copies nothing";
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace costscan::forensics
