// Root mean square normalisation by way of LayerNormalization, for machines that have only that: x and -x joined have
// mean 0 and the mean square of x, so the first half of their layer normalisation is what is wanted.
#include <fmt/format.h>

#include "passes/finders.hpp"
#include "passes/norm_sites.hpp"
#include "passes/opset_ops.hpp"
#include "passes/weights.hpp"

namespace costscan {
namespace {

/// A site with the further results of the runtime's operator that adds a residual first.
struct LoweredSite {
  NormSite site;
  ValueId skip = no_value;
  ValueId skip_bias = no_value;
  ValueId sum = no_value;  ///< output that gives x + skip + bias
};

bool is_read(const GraphView& view, ValueId value) {
  return value != no_value && (view.is_output(value) || !view.uses(value).empty());
}

std::optional<LoweredSite> operator_site(const GraphView& view, const Norm& norm) {
  const std::int32_t index = norm.nodes.front();
  const Node& node = view.node(index);
  const bool skip = is_op(node, "SkipSimplifiedLayerNormalization", "com.microsoft");
  if (!skip && !is_op(node, "RMSNormalization") && node.op_type != "SimplifiedLayerNormalization") return std::nullopt;
  const Shape* dims = view.shape(norm.x);
  const std::int64_t axes = trailing_axes(view, norm);
  if (dims == nullptr || axes == 0 || norm.gamma == no_value) return std::nullopt;
  // The inverse deviation as a second result has no counterpart that costs less than computing it anew.
  if (is_read(view, view.output(index, 1)) || is_read(view, view.output(index, 2))) return std::nullopt;
  LoweredSite found;
  found.site = {norm.x,
                norm.gamma,
                no_value,
                norm.y,
                Shape(dims->end() - static_cast<std::ptrdiff_t>(axes), dims->end()),
                view.dtype(norm.x),
                static_cast<float>(norm.epsilon.value_or(0)),
                Holds::every_binding,
                norm.nodes};
  found.site.holds = has_last_dims(view, norm.x, found.site.normalized);
  if (skip) {
    found.skip = view.input(index, 1);
    found.skip_bias = view.input(index, 3);
    found.sum = view.output(index, 3);
  } else if (is_read(view, view.output(index, 3))) {
    return std::nullopt;
  }
  return found;
}

std::optional<LoweredSite> lowered_site(const GraphView& view, const Norm& norm) {
  if (norm.centered) return std::nullopt;
  if (norm.is_op) return operator_site(view, norm);
  auto site = norm_site(view, norm);
  return site ? std::optional(LoweredSite{*std::move(site), no_value, no_value, no_value}) : std::nullopt;
}

Rewrite lowered(const GraphView& view, const LoweredSite& from) {
  const NormSite& site = from.site;
  RewriteBuilder builder(view, site.nodes);
  ValueId x = site.x;
  if (from.skip != no_value) x = builder.node("Add", {x, from.skip});
  if (from.skip_bias != no_value) x = builder.node("Add", {x, from.skip_bias});
  if (is_read(view, from.sum)) builder.replace(from.sum, x);
  const ValueId negative = builder.node("Neg", {x});
  const ValueId joined = builder.node("Concat", {x, negative}, {make_attribute("axis", std::int64_t{-1})});
  Shape twice = site.normalized;
  twice.back() *= 2;
  const ValueId ones = builder.constant(filled_constant(site.dtype, twice, 1));
  const auto axis = -static_cast<std::int64_t>(twice.size());
  const ValueId both = builder.node("LayerNormalization", {joined, ones},
                                    {make_attribute("axis", axis), make_attribute("epsilon", site.epsilon)});
  ValueId y = add_slice(builder, view.opset(), both, -1, 0, site.normalized.back());
  if (site.gamma != no_value) {
    const DType scaled = view.dtype(site.gamma);
    if (scaled != site.dtype) y = add_cast(builder, y, scaled);
    y = builder.node("Mul", {y, site.gamma});
  }
  builder.replace(site.y, y);
  builder.holds(site.holds);
  builder.note(fmt::format("{} elements, epsilon {}", site.normalized.back(), site.epsilon));
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_lowerable_rms_norm(const PassContext& context) {
  std::vector<Rewrite> found;
  if (context.target.empty() || !context.target_lacks_rms_norm) return found;
  for (const Norm& norm : find_norms(context.view)) {
    if (const auto site = lowered_site(context.view, norm)) found.push_back(lowered(context.view, *site));
  }
  return found;
}

}  // namespace costscan
