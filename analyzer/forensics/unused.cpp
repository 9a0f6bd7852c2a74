// What nothing reads: nodes that reach no output, and initializers without a reader.
#include "forensics/findings.hpp"
#include "forensics/stored.hpp"

namespace costscan::forensics {
namespace {

bool has_reader(const Scene& scene, ValueId value, bool live_only) {
  if (scene.view().is_output(value)) return true;
  for (const ValueUse& use : scene.view().uses(value)) {
    if (!live_only || scene.is_live(use.node)) return true;
  }
  return false;
}

Sites unread_initializers(const Scene& scene, bool live_only) {
  const Graph& graph = scene.view().graph();
  Sites sites;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto value = static_cast<ValueId>(v);
    if (graph.values[v].initializer < 0 || has_reader(scene, value, live_only)) continue;
    Site site;
    site.removal = Removal::stored;
    site.initializers = {graph.values[v].name};
    site.stored_bytes = stored_bytes(graph, value);
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace

Sites dead_nodes(const Scene& scene) {
  Sites sites;
  for (std::int32_t index = 0; index < scene.view().node_count(); ++index) {
    if (scene.is_live(index)) continue;
    Site site;
    site.nodes = {index};
    site.removal = Removal::vanish;
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites unused_initializers(const Scene& scene) { return unread_initializers(scene, false); }
Sites unused_initializers_with_dead(const Scene& scene) { return unread_initializers(scene, true); }

}  // namespace costscan::forensics
