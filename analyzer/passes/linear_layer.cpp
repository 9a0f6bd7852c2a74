#include "passes/linear_layer.hpp"

#include <utility>

namespace costscan {
namespace {

/// The source with its two axes exchanged.
WeightSource exchanged(WeightSource source) {
  if (source.perm.empty()) source.perm = {0, 1};
  std::swap(source.perm[0], source.perm[1]);
  std::swap(source.dims[0], source.dims[1]);
  return source;
}

bool is_row(const WeightSource& source, std::int64_t outputs) {
  return source.dims == Shape{outputs} || source.dims == Shape{1, outputs} || source.dims == Shape{1, 1, outputs};
}

std::optional<LinearLayer> gemm_layer(const GraphView& view, std::int32_t product) {
  const Node& node = view.node(product);
  if (int_attribute(node, "transA").value_or(0) != 0 || float_attribute(node, "alpha").value_or(1) != 1.0F ||
      float_attribute(node, "beta").value_or(1) != 1.0F)
    return std::nullopt;
  auto weight = weight_source(view, view.input(product, 1));
  if (!weight || weight->dims.size() != 2) return std::nullopt;
  if (int_attribute(node, "transB").value_or(0) != 0) weight = exchanged(*std::move(weight));
  LinearLayer layer{product, -1, view.input(product, 0), view.output(product, 0), *std::move(weight), {}, true};
  if (view.input(product, 2) == no_value) return layer;
  layer.bias = weight_source(view, view.input(product, 2));
  if (!layer.bias || layer.bias->dims != Shape{layer.weight.dims[1]}) return std::nullopt;
  return layer;
}

}  // namespace

std::optional<LinearLayer> linear_layer(const GraphView& view, std::int32_t product) {
  if (product < 0) return std::nullopt;
  if (is_op(view.node(product), "Gemm")) return gemm_layer(view, product);
  if (!is_op(view.node(product), "MatMul") || view.is_constant(view.input(product, 0))) return std::nullopt;
  auto weight = weight_source(view, view.input(product, 1));
  if (!weight || weight->dims.size() != 2) return std::nullopt;
  LinearLayer layer{product, -1, view.input(product, 0), view.output(product, 0), *std::move(weight), {}, false};
  const std::int32_t add = view.sole_user(product);
  if (add < 0 || !is_op(view.node(add), "Add")) return layer;
  const std::size_t slot = view.input(add, 0) == layer.y ? 1 : 0;
  auto bias = weight_source(view, view.input(add, slot));
  // A longer shape than the product's would change that.
  if (!bias || !is_row(*bias, layer.weight.dims[1]) ||
      static_cast<std::int64_t>(bias->dims.size()) > view.rank(layer.y))
    return layer;
  layer.bias = *std::move(bias);
  layer.add = add;
  layer.y = view.output(add, 0);
  return layer;
}

ValueId add_linear_layer(RewriteBuilder& builder, const LinearLayer& layer, ValueId weight, ValueId bias) {
  if (layer.gemm) return builder.node("Gemm", {layer.x, weight, bias});
  const ValueId product = builder.node("MatMul", {layer.x, weight});
  return bias == no_value ? product : builder.node("Add", {product, bias});
}

void append_nodes(std::vector<std::int32_t>& site, const LinearLayer& layer) {
  site.push_back(layer.product);
  if (layer.add >= 0) site.push_back(layer.add);
}

}  // namespace costscan
