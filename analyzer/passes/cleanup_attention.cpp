// The scale of attention scores goes into the weights of Q or K, or two scales become one; a mask of zeros is not
// added.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/checked_math.hpp"
#include "passes/attention_paths.hpp"
#include "passes/finders.hpp"
#include "passes/packed_operand.hpp"

namespace costscan {
namespace {

/// Scales between the layers of Q and K and the softmax, on paths that only this attention reads.
struct AttentionScales {
  OperandPath q;
  OperandPath k;
  std::vector<ConstantScale> all;  ///< of Q, then K, then the scores
  double factor = 1;
};

AttentionScales attention_scales(const GraphView& view, const AttentionCore& core) {
  AttentionScales found{operand_path(view, core.q), operand_path(view, core.k), {}, 1};
  found.all = found.q.scales;
  found.all.insert(found.all.end(), found.k.scales.begin(), found.k.scales.end());
  std::int32_t next = view.sole_user(core.scores);
  while (const auto scale = constant_scale(view, next)) {
    found.all.push_back(*scale);
    next = view.sole_user(next);
  }
  for (const ConstantScale& scale : found.all) found.factor *= scale.factor;
  return found;
}

/// What is left of a value when these scales are gone.
ValueId without(const std::vector<ConstantScale>& scales, ValueId value) {
  for (bool again = true; again;) {
    again = false;
    for (const ConstantScale& scale : scales) {
      if (scale.out != value) continue;
      value = scale.in;
      again = true;
    }
  }
  return value;
}

std::vector<std::int32_t> site_of(const AttentionScales& scales, const LinearLayer* layer) {
  std::vector<std::int32_t> site;
  for (const ConstantScale& scale : scales.all) site.push_back(scale.node);
  if (layer != nullptr) append_nodes(site, *layer);
  std::ranges::sort(site);
  return site;
}

bool is_power_of_two(double factor) {
  int exponent = 0;
  return std::abs(std::frexp(factor, &exponent)) == 0.5;
}

/// `factors`: one for each output of the layer, the last axis of its weight and bias.
ValueId scaled_constant(RewriteBuilder& builder, const WeightSource& source, const Shape& dims,
                        const std::vector<double>& factors) {
  return builder.constant(
      computed_constant(source.dtype, dims, [source, factors](const ReadWeight& read) -> Result<std::vector<double>> {
        auto elements = read_floats(source, read);
        if (!elements) return elements;
        for (std::size_t i = 0; i < elements->size(); ++i) (*elements)[i] *= factors[i % factors.size()];
        return elements;
      }));
}

std::vector<double> factors_of(const LinearLayer& layer, double factor, const std::vector<std::int32_t>* columns) {
  const auto outputs = static_cast<std::size_t>(layer.weight.dims[1]);
  if (columns == nullptr) return std::vector<double>(outputs, factor);
  std::vector<double> factors(outputs, 1);
  for (const std::int32_t column : *columns) factors[static_cast<std::size_t>(column)] = factor;
  return factors;
}

/// `columns`: outputs of the layer that are scaled; nullptr: all.
Rewrite scaled_layer(const GraphView& view, const AttentionScales& scales, const LinearLayer& layer, const char* what,
                     const std::vector<std::int32_t>* columns = nullptr) {
  RewriteBuilder builder(view, site_of(scales, &layer));
  const std::vector<double> factors = factors_of(layer, scales.factor, columns);
  const ValueId weight = scaled_constant(builder, layer.weight, layer.weight.dims, factors);
  const ValueId bias = layer.bias ? scaled_constant(builder, *layer.bias, {layer.weight.dims[1]}, factors) : no_value;
  const ValueId y = add_linear_layer(builder, layer, weight, bias);
  builder.replace(layer.y, y);
  for (const ConstantScale& scale : scales.all) {
    const ValueId left = without(scales.all, scale.out);
    builder.replace(scale.out, left == layer.y ? y : left);
  }
  builder.note(fmt::format("{} into the weights of {}{}", scales.factor, what,
                           is_power_of_two(scales.factor) ? ": a power of two, so exact" : ""));
  return builder.finish();
}

/// The scale that works on the fewest elements takes in the others.
Rewrite one_scale(const GraphView& view, const AttentionScales& scales) {
  const auto elements = [&](const ConstantScale& scale) {
    const Shape* dims = view.shape(scale.in);
    return dims == nullptr ? INT64_MAX : element_count(std::span<const std::int64_t>(*dims)).value_or(INT64_MAX);
  };
  const ConstantScale& kept = *std::ranges::min_element(scales.all, {}, elements);
  std::vector<ConstantScale> gone = scales.all;
  std::erase_if(gone, [&](const ConstantScale& scale) { return scale.node == kept.node; });
  RewriteBuilder builder(view, site_of(scales, nullptr));
  const ValueId scaled =
      builder.node("Mul", {without(gone, kept.in), builder.scalar(view.dtype(kept.in), scales.factor)});
  builder.replace(kept.out, scaled);
  for (const ConstantScale& scale : gone) {
    const ValueId left = without(gone, scale.out);
    builder.replace(scale.out, left == kept.out ? scaled : left);
  }
  builder.note(fmt::format("{} scales into one by {}", scales.all.size(), scales.factor));
  return builder.finish();
}

bool one_dtype(const GraphView& view, const AttentionScales& scales, const LinearLayer* layer) {
  const DType dtype = view.dtype(scales.all.front().in);
  const bool same =
      std::ranges::all_of(scales.all, [&](const ConstantScale& scale) { return view.dtype(scale.in) == dtype; });
  return same && is_floating(dtype) && (layer == nullptr || layer->weight.dtype == dtype);
}

/// Adds of zeros between the scores and the softmax.
void find_zero_masks(const GraphView& view, const AttentionCore& core, std::vector<Rewrite>& found) {
  for (const std::int32_t node : core.scoring) {
    if (!is_op(view.node(node), "Add")) continue;
    for (const std::size_t slot : {std::size_t{0}, std::size_t{1}}) {
      const auto mask = view.floats(view.input(node, slot));
      const ValueId rest = view.input(node, 1 - slot);
      if (!mask || std::ranges::any_of(*mask, [](double each) { return each != 0; })) continue;
      const Holds holds = view.same_shape(rest, view.output(node, 0));
      if (holds == Holds::no) continue;
      RewriteBuilder builder(view, {node});
      builder.replace(view.output(node, 0), rest);
      builder.holds(holds);
      builder.note("a mask of zeros");
      found.push_back(builder.finish());
      break;
    }
  }
}

}  // namespace

std::vector<Rewrite> find_attention_cleanups(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (const AttentionCore& core : attention_cores(view)) {
    if (core.is_op()) continue;
    find_zero_masks(view, core, found);
    const AttentionScales scales = attention_scales(view, core);
    if (scales.all.empty()) continue;
    // In order of preference: where the weights of one cannot be read, the next still can be applied.
    if (scales.q.layer && one_dtype(view, scales, &*scales.q.layer))
      found.push_back(scaled_layer(view, scales, *scales.q.layer, "Q"));
    const auto packed = scales.q.layer ? std::nullopt : packed_operand(view, core.q);
    if (packed && one_dtype(view, scales, &packed->layer))
      found.push_back(scaled_layer(view, scales, packed->layer, "Q", &packed->columns));
    if (scales.k.layer && one_dtype(view, scales, &*scales.k.layer))
      found.push_back(scaled_layer(view, scales, *scales.k.layer, "K"));
    if (scales.all.size() > 1 && one_dtype(view, scales, nullptr)) found.push_back(one_scale(view, scales));
  }
  return found;
}

}  // namespace costscan
