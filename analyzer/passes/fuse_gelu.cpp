// GELU written in elementary operators → one operator: ONNX's (version 20), or the runtime's in models that may use its
// own.
#include "passes/finders.hpp"
#include "passes/fusible.hpp"
#include "patterns/detectors.hpp"

namespace costscan {

std::vector<Rewrite> find_fusible_gelu(const PassContext& context) {
  const GraphView& view = context.view;
  constexpr std::int64_t standard_since = 20;
  const bool standard = view.opset() >= standard_since;
  std::vector<Rewrite> found;
  for (const PatternMatch& match : find_gelu(view)) {
    if (match.variant == "op" || match.number("one_x") != 1.0 || !is_self_contained(view, match)) continue;
    const ValueId x = match.tensor("x");
    // The runtime's own kernels for the CPU compute in single precision only.
    if (!standard && view.dtype(x) != DType::float32) continue;
    RewriteBuilder builder(view, match.nodes);
    if (!standard && !may_use_runtime_ops(context)) builder.obstacle(needs_runtime_ops);
    const bool tanh = match.variant == "tanh";
    std::vector<Attribute> attributes;
    if (standard && tanh) attributes.push_back(make_attribute("approximate", std::string("tanh")));
    const char* op = !standard && tanh ? "FastGelu" : "Gelu";
    builder.replace(match.tensor("y"), builder.node(op, {x}, std::move(attributes), standard ? "" : "com.microsoft"));
    builder.note(match.variant + " form");
    found.push_back(builder.finish());
  }
  return found;
}

}  // namespace costscan
