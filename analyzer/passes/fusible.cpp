#include "passes/fusible.hpp"

#include "patterns/terms.hpp"

namespace costscan {

bool may_use_runtime_ops(const PassContext& context) noexcept {
  return context.runtime_ops || opset_version(context.view.model().opset_imports, "com.microsoft").has_value();
}

bool is_self_contained(const GraphView& view, const PatternMatch& match) {
  const ValueId y = match.tensor("y");
  const DType dtype = view.dtype(match.tensor("x"));
  if (!is_floating(dtype) || view.dtype(y) != dtype) return false;
  for (const std::int32_t node : match.nodes) {
    if (view.is_transparent(node) || view.dtype(view.output(node, 0)) != dtype) return false;
  }
  return !interior_escapes(view, match.nodes, {y});
}

}  // namespace costscan
