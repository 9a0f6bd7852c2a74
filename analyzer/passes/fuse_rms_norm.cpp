// Decomposed root mean square normalisation → RMSNormalization (ONNX version 23), or the runtime's older
// SimplifiedLayerNormalization in models that have it already or may use the runtime's operators: it stands in ONNX's
// domain without being part of it.
#include <fmt/format.h>

#include <algorithm>

#include "passes/finders.hpp"
#include "passes/fusible.hpp"
#include "passes/norm_sites.hpp"

namespace costscan {

std::vector<Rewrite> find_fusible_rms_norm(const PassContext& context) {
  const GraphView& view = context.view;
  constexpr std::int64_t standard_since = 23;
  const bool standard = view.opset() >= standard_since;
  const bool runtime = context.runtime_ops || std::ranges::any_of(view.graph().nodes, [](const Node& node) {
                         return is_op(node, "SimplifiedLayerNormalization");
                       });
  std::vector<Rewrite> found;
  for (const Norm& norm : find_norms(view)) {
    if (norm.centered) continue;
    const auto site = norm_site(view, norm);
    if (!site || (!standard && site->dtype == DType::bfloat16)) continue;  // the runtime's has no kernel for the CPU
    RewriteBuilder builder(view, site->nodes);
    if (!standard && !runtime) builder.obstacle(needs_runtime_ops);
    const ValueId gamma = affine_operand(builder, view, *site, site->gamma);
    const auto axis = -static_cast<std::int64_t>(site->normalized.size());
    builder.replace(site->y,
                    builder.node(standard ? "RMSNormalization" : "SimplifiedLayerNormalization", {site->x, gamma},
                                 {make_attribute("axis", axis), make_attribute("epsilon", site->epsilon)}));
    builder.holds(site->holds);
    builder.note(fmt::format("epsilon {}", site->epsilon));
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
