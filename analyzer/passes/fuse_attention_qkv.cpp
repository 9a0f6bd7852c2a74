// The products that make Q, K and V of one activation → one product with their weights side by side, and a Split.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "passes/finders.hpp"
#include "passes/linear_layer.hpp"
#include "passes/opset_ops.hpp"
#include "patterns/attention_core.hpp"

namespace costscan {
namespace {

using QkvLayers = std::array<LinearLayer, 3>;

std::optional<QkvLayers> qkv_layers(const GraphView& view, const QkvSource& source) {
  if (source.kind != QkvKind::triple) return std::nullopt;
  const auto q = linear_layer(view, source.q.node);
  const auto k = linear_layer(view, source.k.node);
  const auto v = linear_layer(view, source.v.node);
  if (!q || !k || !v) return std::nullopt;
  if (q->product == k->product || q->product == v->product || k->product == v->product) return std::nullopt;
  for (const LinearLayer* layer : {&*k, &*v}) {
    if (layer->x != q->x || layer->gemm != q->gemm || layer->weight.dtype != q->weight.dtype ||
        layer->weight.dims[0] != q->weight.dims[0])
      return std::nullopt;
  }
  return QkvLayers{*q, *k, *v};
}

/// Biases side by side; zeros where a layer has none.
ValueId joined_bias(RewriteBuilder& builder, const QkvLayers& layers, std::int64_t outputs) {
  const bool any = std::ranges::any_of(layers, [](const LinearLayer& layer) { return layer.bias.has_value(); });
  if (!any) return no_value;
  return builder.constant(computed_constant(
      layers[0].weight.dtype, {outputs}, [layers](const ReadWeight& read) -> Result<std::vector<double>> {
        std::vector<double> all;
        for (const LinearLayer& layer : layers) {
          std::vector<double> own(static_cast<std::size_t>(layer.weight.dims[1]), 0);
          if (layer.bias) {
            auto given = read_floats(*layer.bias, read);
            if (!given) return given;
            own = *std::move(given);
          }
          all.insert(all.end(), own.begin(), own.end());
        }
        return all;
      }));
}

Rewrite joined(const GraphView& view, const QkvLayers& layers) {
  std::vector<std::int32_t> site;
  std::vector<std::int64_t> sizes;
  std::int64_t outputs = 0;
  for (const LinearLayer& layer : layers) {
    append_nodes(site, layer);
    sizes.push_back(layer.weight.dims[1]);
    outputs += layer.weight.dims[1];
  }
  std::ranges::sort(site);
  RewriteBuilder builder(view, std::move(site));
  NewConstant weight;
  weight.dtype = layers[0].weight.dtype;
  weight.dims = {layers[0].weight.dims[0], outputs};
  weight.bytes = [layers](const ReadWeight& read) {
    const std::array<WeightSource, 3> parts{layers[0].weight, layers[1].weight, layers[2].weight};
    return concatenate_columns(parts, read);
  };
  const ValueId all =
      add_linear_layer(builder, layers[0], builder.constant(std::move(weight)), joined_bias(builder, layers, outputs));
  const std::int64_t last = view.rank(layers[0].y) - 1;
  const std::vector<ValueId> parts = add_split(builder, view.opset(), all, last, sizes);
  for (std::size_t i = 0; i < layers.size(); ++i) builder.replace(layers[i].y, parts[i]);
  builder.note(fmt::format("{} inputs, {} + {} + {} outputs", layers[0].weight.dims[0], sizes[0], sizes[1], sizes[2]));
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_attention_qkv(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  std::set<std::int32_t> taken;
  for (const AttentionCore& core : attention_cores(view)) {
    const auto layers = qkv_layers(view, qkv_source(view, core));
    if (!layers || view.rank((*layers)[0].y) < 1 || !taken.insert((*layers)[0].product).second) continue;
    found.push_back(joined(view, *layers));
  }
  return found;
}

}  // namespace costscan
