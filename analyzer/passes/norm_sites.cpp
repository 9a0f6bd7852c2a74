#include "passes/norm_sites.hpp"

#include <algorithm>

#include "passes/weights.hpp"

namespace costscan {
namespace {

bool is_norm_dtype(DType dtype) {
  // In float64 the operators keep statistics in float32, which would lose what the graph has.
  return dtype == DType::float32 || dtype == DType::float16 || dtype == DType::bfloat16;
}

/// The input of a Cast from `from` to `to` that makes `value`; no_value where there is none.
ValueId before_cast(const GraphView& view, ValueId value, DType from, DType to) {
  const Node* node = view.producer_node(value);
  if (node == nullptr || !is_op(*node, "Cast") || view.dtype(value) != to) return no_value;
  return view.dtype(node->inputs.front()) == from ? node->inputs.front() : no_value;
}

/// Settles what is x where the norm is computed in float32 between casts from and to a narrow type; false where the
/// casts are others.
bool settle_casts(const GraphView& view, const Norm& norm, NormSite& site) {
  std::vector<std::int32_t> casts;
  for (const std::int32_t node : norm.nodes) {
    if (!view.is_transparent(node) || is_op(view.node(node), "Identity") || is_op(view.node(node), "Dropout")) continue;
    if (!is_op(view.node(node), "Cast")) return false;
    casts.push_back(node);
  }
  site.x = norm.x;
  site.dtype = view.dtype(norm.x);
  if (casts.empty()) return view.dtype(norm.y) == site.dtype;
  const DType narrow = view.dtype(norm.y);
  if (casts.size() != 1 || view.input(casts.front(), 0) != norm.normalized || norm.normalized == no_value) return false;
  site.x = before_cast(view, norm.x, narrow, DType::float32);
  site.dtype = narrow;
  return site.x != no_value && view.dtype(view.output(casts.front(), 0)) == narrow;
}

}  // namespace

Holds has_last_dims(const GraphView& view, ValueId x, const Shape& lengths) {
  const auto shapes = view.shapes_by_binding(x);
  if (shapes.empty()) return Holds::this_binding;
  Holds holds = view.complete() ? Holds::every_binding : Holds::this_binding;
  for (const Shape& shape : shapes) {
    const bool same =
        shape.size() >= lengths.size() &&
        std::equal(lengths.begin(), lengths.end(), shape.end() - static_cast<std::ptrdiff_t>(lengths.size()));
    if (!same) holds = Holds::this_binding;
  }
  return holds;
}

std::optional<NormSite> norm_site(const GraphView& view, const Norm& norm) {
  const std::int64_t axes = trailing_axes(view, norm);
  if (norm.is_op || axes == 0 || !norm.one_x) return std::nullopt;
  NormSite site;
  if (!settle_casts(view, norm, site) || !is_norm_dtype(site.dtype)) return std::nullopt;
  if (interior_escapes(view, norm.nodes, {norm.y})) return std::nullopt;
  const double epsilon = norm.epsilon.value_or(0);
  site.epsilon = static_cast<float>(epsilon);
  const DType inner = view.dtype(norm.x);
  if (inner != DType::float32 && static_cast<double>(site.epsilon) != epsilon) return std::nullopt;
  if (!(site.epsilon >= 0)) return std::nullopt;
  const Shape& dims = *view.shape(norm.x);
  site.normalized.assign(dims.end() - static_cast<std::ptrdiff_t>(axes), dims.end());
  site.holds = has_last_dims(view, site.x, site.normalized);
  // What was read off the bound dimensions is true of all only where none is free.
  if (norm.by_binding_only && !view.shaped().bindings.empty()) site.holds = Holds::this_binding;
  site.gamma = norm.gamma;
  site.beta = norm.beta;
  site.y = norm.y;
  site.nodes = norm.nodes;
  return site;
}

ValueId affine_operand(RewriteBuilder& builder, const GraphView& view, const NormSite& site, ValueId value) {
  if (value == no_value) return builder.constant(filled_constant(site.dtype, site.normalized, 1));
  return with_dims(builder, view, value, site.normalized);
}

}  // namespace costscan
