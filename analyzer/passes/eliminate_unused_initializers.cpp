// Class 0: what nothing reads takes no part in computing an output.
#include <algorithm>

#include "passes/finders.hpp"

namespace costscan {

std::vector<Rewrite> find_unused_initializers(const PassContext& context) {
  constexpr std::int64_t defaults_since = 4;  // IR version: an initializer among the inputs is a default from there on
  const GraphView& view = context.view;
  const Graph& graph = view.graph();
  std::vector<Rewrite> found;
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto value = static_cast<ValueId>(v);
    if (graph.values[v].initializer < 0 || !view.uses(value).empty() || view.is_output(value)) continue;
    RewriteBuilder builder(view, {});
    builder.note("initializer " + graph.values[v].name);
    Rewrite rewrite = builder.finish();
    rewrite.dropped.push_back(value);
    const bool is_input = std::ranges::find(graph.inputs, value) != graph.inputs.end();
    if (is_input && view.model().ir_version >= defaults_since) {
      rewrite.obstacle = "it is the default of a graph input, part of the model's interface";
    }
    found.push_back(std::move(rewrite));
  }
  return found;
}

}  // namespace costscan
