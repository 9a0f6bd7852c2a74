// Products with weights: of which rank, and with what behind them.
#include "forensics/findings.hpp"
#include "patterns/conv_chain.hpp"
#include "patterns/trace.hpp"

namespace costscan::forensics {
namespace {

std::int64_t product_rank(const GraphView& view, std::int32_t node) {
  return std::max(view.rank(view.input(node, 0)), view.rank(view.input(node, 1)));
}

/// The constant operand of a MatMul that has exactly one; no_value otherwise.
ValueId weight_of(const GraphView& view, std::int32_t node) {
  const ValueId a = view.input(node, 0);
  const ValueId b = view.input(node, 1);
  if (a == no_value || b == no_value || view.is_constant(a) == view.is_constant(b)) return no_value;
  return view.is_constant(a) ? a : b;
}

/// How the weight comes about: as it is stored, or through a node that a folder could run once.
std::string weight_via(const GraphView& view, ValueId weight) {
  const Node* maker = view.producer_node(view.source(weight));
  const Node* direct = view.producer_node(weight);
  if (direct == nullptr || is_op(*direct, "Constant")) return "initializer";
  if (direct->op_type == "DequantizeLinear") return "dequantize";
  if (maker != nullptr && is_op(*maker, "Transpose")) return "transpose";
  return direct->op_type;
}

template <class Visit>
void each_weight_matmul(const GraphView& view, bool rank3, Visit visit) {
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "MatMul")) continue;
    const ValueId weight = weight_of(view, index);
    if (weight == no_value || product_rank(view, index) < 0) continue;
    if ((product_rank(view, index) >= 3) == rank3) visit(index, weight);
  }
}

Sites weight_matmuls(const Scene& scene, bool rank3) {
  Sites sites;
  each_weight_matmul(scene.view(), rank3, [&](std::int32_t index, ValueId weight) {
    Site site;
    site.nodes = {index};
    site.detail = "weight via " + weight_via(scene.view(), weight);
    sites.push_back(std::move(site));
  });
  return sites;
}

/// The Add of a bias that alone reads the product; -1 for none.
std::int32_t bias_add(const GraphView& view, std::int32_t product, bool canonical) {
  std::optional<ValueUse> use;
  if (canonical) {
    use = only_use(view, view.output(product, 0));
  } else if (const std::int32_t user = view.sole_user(product); user >= 0) {
    use = view.uses(view.output(product, 0)).front();
  }
  if (!use || !is_op(view.node(use->node), "Add")) return -1;
  const ValueId other = view.input(use->node, use->slot == 0 ? 1 : 0);
  return view.is_constant(other) && view.rank(other) == 1 ? use->node : -1;
}

Sites biased_products(const Scene& scene, bool canonical) {
  Sites sites;
  each_weight_matmul(scene.view(), true, [&](std::int32_t index, ValueId) {
    const std::int32_t add = bias_add(scene.view(), index, canonical);
    if (add < 0) return;
    Site site;
    site.nodes = {index, add};
    site.removal = Removal::fuse;
    sites.push_back(std::move(site));
  });
  return sites;
}

}  // namespace

Sites matmul_rank3_plus(const Scene& scene) { return weight_matmuls(scene, true); }
Sites matmul_rank2_weight(const Scene& scene) { return weight_matmuls(scene, false); }
Sites matmul_add_rank3(const Scene& scene) { return biased_products(scene, false); }
Sites matmul_add_rank3_through_qdq(const Scene& scene) { return biased_products(scene, true); }

Sites gemm_weight(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_op(view.node(index), "Gemm")) continue;
    const ValueId weight = weight_of(view, index);
    if (weight == no_value) continue;
    Site site;
    site.nodes = {index};
    site.detail = "weight via " + weight_via(view, weight);
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace costscan::forensics
