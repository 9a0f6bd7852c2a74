// x Sigmoid(a x) → one operator: ONNX's Swish (version 24), or the runtime's QuickGelu in models that may use its own.
#include <fmt/format.h>

#include "passes/finders.hpp"
#include "passes/fusible.hpp"
#include "patterns/detectors.hpp"

namespace costscan {

std::vector<Rewrite> find_fusible_silu(const PassContext& context) {
  const GraphView& view = context.view;
  constexpr std::int64_t standard_since = 24;
  const bool standard = view.opset() >= standard_since;
  std::vector<PatternMatch> matches = find_silu(view);
  for (PatternMatch& match : find_quick_gelu(view)) matches.push_back(std::move(match));
  std::vector<Rewrite> found;
  for (const PatternMatch& match : matches) {
    if (match.variant == "op" || match.number("one_x") != 1.0 || !is_self_contained(view, match)) continue;
    const ValueId x = match.tensor("x");
    if (!standard && view.dtype(x) != DType::float32) continue;
    const auto alpha = static_cast<float>(match.number("alpha").value_or(1));
    RewriteBuilder builder(view, match.nodes);
    if (!standard && !may_use_runtime_ops(context)) builder.obstacle(needs_runtime_ops);
    builder.replace(match.tensor("y"), builder.node(standard ? "Swish" : "QuickGelu", {x},
                                                    {make_attribute("alpha", alpha)}, standard ? "" : "com.microsoft"));
    builder.note(fmt::format("alpha {}", alpha));
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
