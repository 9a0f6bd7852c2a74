// Decomposed layer normalisation → LayerNormalization, which ONNX has since version 17.
#include <fmt/format.h>

#include "passes/finders.hpp"
#include "passes/norm_sites.hpp"

namespace costscan {

std::vector<Rewrite> find_fusible_layer_norm(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (const Norm& norm : find_norms(view)) {
    if (!norm.centered) continue;
    const auto site = norm_site(view, norm);
    if (!site) continue;
    RewriteBuilder builder(view, site->nodes);
    const ValueId gamma = affine_operand(builder, view, *site, site->gamma);
    const ValueId beta = site->beta == no_value ? no_value : affine_operand(builder, view, *site, site->beta);
    const auto axis = -static_cast<std::int64_t>(site->normalized.size());
    builder.replace(site->y, builder.node("LayerNormalization", {site->x, gamma, beta},
                                          {make_attribute("axis", axis), make_attribute("epsilon", site->epsilon)}));
    builder.holds(site->holds);
    builder.note(fmt::format("epsilon {}", site->epsilon));
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
