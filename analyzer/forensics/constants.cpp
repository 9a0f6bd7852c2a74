// What could be computed once: from the weights alone, or once the free dimensions are bound.
#include <algorithm>
#include <map>
#include <numeric>

#include "forensics/findings.hpp"
#include "forensics/randomness.hpp"

namespace costscan::forensics {
namespace {

/// What a value depends on.
enum class Known : std::uint8_t {
  no,
  this_binding,   ///< on the sizes that the free dimensions are bound to
  every_binding,  ///< on no free dimension
  weights,        ///< on initializers and Constant nodes alone
};

bool reads_shape(const Node& node) { return is_op(node, "Shape") || is_op(node, "Size"); }

/// A shape that is known: the same under all sizes, or only under the bound ones.
Known known_shape(const GraphView& view, ValueId value) {
  const Shape* bound = view.shape(value);
  if (bound == nullptr || view.info(value).data_dependent) return Known::no;
  const auto shapes = view.shapes_by_binding(value);
  const bool always = view.complete() && !shapes.empty() &&
                      std::ranges::all_of(shapes, [&](const Shape& shape) { return shape == *bound; });
  return always ? Known::every_binding : Known::this_binding;
}

/// Small contents that are the same under every size, whatever they are computed from.
bool same_contents(const GraphView& view, ValueId value) {
  const auto all = view.ints_by_binding(value);
  return view.complete() && !all.empty() &&
         std::ranges::all_of(all, [&](const auto& contents) { return contents == all.front(); });
}

Known known_of_operands(const GraphView& view, std::int32_t index, const std::vector<Known>& known) {
  const Node& node = view.node(index);
  std::size_t operands = node.inputs.size();
  if (is_op(node, "CastLike")) operands = std::min<std::size_t>(operands, 1);
  Known worst = Known::weights;
  bool any = false;
  const auto take = [&](ValueId value) {
    if (value == no_value) return;
    any = true;
    worst = std::min(worst, known[static_cast<std::size_t>(value)]);
  };
  for (std::size_t i = 0; i < operands; ++i) take(node.inputs[i]);
  for (const ValueId value : view.captured(index)) take(value);
  return any ? worst : Known::no;
}

/// Of every node, by what a folder has to know to compute it.
std::vector<Known> known_nodes(const Scene& scene) {
  const GraphView& view = scene.view();
  const Graph& graph = view.graph();
  std::vector<Known> values(graph.values.size(), Known::no);
  for (std::size_t v = 0; v < values.size(); ++v) {
    const auto value = static_cast<ValueId>(v);
    const Node* maker = view.producer_node(value);
    const bool stated = maker == nullptr || is_op(*maker, "Constant");  // the others follow below
    if (stated && view.is_constant(value)) values[v] = Known::weights;
  }
  Randomness randomness(view.model());
  std::vector<Known> nodes(graph.nodes.size(), Known::no);
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const Node& node = view.node(index);
    if (is_op(node, "Constant") && scene.counts_constants()) nodes[static_cast<std::size_t>(index)] = Known::weights;
    if (is_op(node, "Constant") || randomness.draws(node)) continue;
    if (is_op(node, "Dropout") && !view.is_inference_dropout(index)) continue;
    Known known = known_of_operands(view, index, values);
    if (known != Known::weights && reads_shape(node)) known = std::max(known, known_shape(view, view.input(index, 0)));
    nodes[static_cast<std::size_t>(index)] = known;
    for (const ValueId out : node.outputs) {
      if (out == no_value || known == Known::no) continue;
      Known& of_value = values[static_cast<std::size_t>(out)];
      of_value = known == Known::this_binding && same_contents(view, out) ? Known::every_binding : known;
      if (out == view.output(index, 0)) nodes[static_cast<std::size_t>(index)] = of_value;
    }
  }
  return nodes;
}

/// A part of the graph that constants decide, joined by data edges.
struct Component {
  std::vector<std::int32_t> nodes;
  std::int64_t frontier_nodes = 0;
  std::int64_t frontier_tensors = 0;
  bool every_binding = true;
};

std::int32_t find_root(std::vector<std::int32_t>& parent, std::int32_t node) {
  while (parent[static_cast<std::size_t>(node)] != node) {
    node = parent[static_cast<std::size_t>(node)] =
        parent[static_cast<std::size_t>(parent[static_cast<std::size_t>(node)])];
  }
  return node;
}

/// A folder must keep an output that leaves the graph, or that a node outside reads.
void count_frontier(const GraphView& view, std::int32_t index, const std::vector<Known>& known, Known least,
                    Component& component) {
  std::int64_t kept = 0;
  for (const ValueId out : view.node(index).outputs) {
    if (out == no_value) continue;
    const auto readers = view.uses(out);
    const bool read_outside = std::ranges::any_of(
        readers, [&](const ValueUse& use) { return known[static_cast<std::size_t>(use.node)] < least; });
    if (read_outside || view.is_output(out)) ++kept;
  }
  component.frontier_tensors += kept;
  if (kept > 0) ++component.frontier_nodes;
}

Sites constant_components(const Scene& scene, Known least) {
  const GraphView& view = scene.view();
  const std::vector<Known> known = known_nodes(scene);
  const auto belongs = [&](std::int32_t node) { return node >= 0 && known[static_cast<std::size_t>(node)] >= least; };
  std::vector<std::int32_t> parent(known.size());
  std::iota(parent.begin(), parent.end(), 0);
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!belongs(index)) continue;
    for (const ValueId in : view.node(index).inputs) {
      const std::int32_t maker = view.producer(in);
      if (belongs(maker)) parent[static_cast<std::size_t>(find_root(parent, maker))] = find_root(parent, index);
    }
  }
  std::map<std::int32_t, Component> components;  // by root
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!belongs(index)) continue;
    Component& component = components[find_root(parent, index)];
    component.nodes.push_back(index);
    component.every_binding = component.every_binding && known[static_cast<std::size_t>(index)] >= Known::every_binding;
    count_frontier(view, index, known, least, component);
  }
  Sites sites;
  for (auto& [root, component] : components) {
    Site site;
    site.count = static_cast<std::int64_t>(component.nodes.size());
    site.removal = Removal::vanish;
    site.holds = component.every_binding ? Holds::every_binding : Holds::this_binding;
    site.detail = std::to_string(component.nodes.size()) + " nodes, " + std::to_string(component.frontier_tensors) +
                  " tensors of " + std::to_string(component.frontier_nodes) + " nodes to keep";
    site.nodes = std::move(component.nodes);
    sites.push_back(std::move(site));
  }
  std::ranges::sort(sites, {}, [](const Site& site) { return site.nodes.front(); });
  return sites;
}

}  // namespace

Sites constant_given_initializers(const Scene& scene) { return constant_components(scene, Known::weights); }
Sites constant_when_bound(const Scene& scene) { return constant_components(scene, Known::this_binding); }

Sites constant_nodes(const Scene& scene) {
  Sites sites;
  for (std::int32_t index = 0; index < scene.view().node_count(); ++index) {
    if (!is_op(scene.view().node(index), "Constant")) continue;
    Site site;
    site.nodes = {index};
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace costscan::forensics
