#include "passes/price.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "assemble/rows.hpp"
#include "measure/machine.hpp"
#include "model/checked_math.hpp"
#include "plan/plan.hpp"
#include "predict/calibrated.hpp"
#include "predict/machines.hpp"
#include "predict/predict.hpp"
#include "shapes/bindings.hpp"

namespace costscan {
namespace {

constexpr double unknown_time = std::numeric_limits<double>::quiet_NaN();

/// By scope: the node of the main graph that (through others) calls it; -1 for the main graph itself.
std::vector<std::int32_t> main_callers(const ShapedModel& shaped) {
  std::vector<std::int32_t> callers;
  for (const Scope& scope : shaped.scopes) {
    const auto parent = static_cast<std::size_t>(std::max(scope.parent, 0));
    const bool is_main = scope.parent < 0;
    callers.push_back(is_main ? -1 : scope.parent == 0 ? scope.calling_node : callers[parent]);
  }
  return callers;
}

/// Sums saturate: a price is for comparing.
void add_to(std::int64_t& sum, std::int64_t term) {
  sum = checked_add(sum, term).value_or(std::numeric_limits<std::int64_t>::max());
}

}  // namespace

Result<Pricer> Pricer::create(const std::string& machine, std::int32_t threads) {
  Pricer pricer{CostLibrary::builtin()};
  auto rates = choose_rates(Measurement{}, machine);
  if (!rates) return tl::unexpected(rates.error());
  pricer.rates_ = *std::move(rates);
  if (machine.empty()) pricer.calibration_ = find_calibration({read_machine().cpu, "", threads});
  const std::string plain = fmt::format("plain roofline of machine '{}'", pricer.rates_.name);
  pricer.basis_ = pricer.calibration_ ? "rates calibrated on this machine (as written: " + plain + ")" : plain;
  return pricer;
}

Pricer::Times Pricer::roofline(const std::shared_ptr<const ShapedModel>& shaped,
                               const std::vector<std::vector<NodeCost>>& costs) const {
  std::vector<std::vector<double>> out;
  for (const auto& scope : costs) out.emplace_back(scope.size(), unknown_time);
  Analysis analysis;
  analysis.shaped = shaped;
  analysis.rates = rates_;
  analysis.nodes = build_rows(*shaped, costs);
  predict(analysis);
  for (const NodeRow& row : analysis.nodes) {
    double& us = out[static_cast<std::size_t>(row.scope_id)][static_cast<std::size_t>(row.graph_node)];
    if (row.predicted_us) us = *row.predicted_us;
  }
  return out;
}

Pricer::Times Pricer::best(const std::shared_ptr<const ShapedModel>& shaped,
                           const std::vector<std::vector<NodeCost>>& costs) const {
  Times out = roofline(shaped, costs);
  if (!calibration_) return out;
  const auto predicted = predict_nodes(*shaped, costs, *calibration_);
  for (std::size_t s = 0; s < predicted.size(); ++s) {
    const Scope& scope = shaped->scopes[s];
    for (std::size_t n = 0; n < predicted[s].size(); ++n) {
      // What constants alone decide is computed before the first run.
      const auto& outputs = scope.graph->nodes[n].outputs;
      const bool folded = std::ranges::all_of(
          outputs, [&](ValueId v) { return v == no_value || scope.tensors[static_cast<std::size_t>(v)].constant; });
      if (predicted[s][n]) out[s][n] = folded ? 0 : predicted[s][n]->us;
    }
  }
  return out;
}

GraphPrice Pricer::price(const std::shared_ptr<const ShapedModel>& shaped) const {
  const auto costs = cost_model(library_, *shaped);
  const auto us = roofline(shaped, costs);
  const auto callers = main_callers(*shaped);
  GraphPrice total;
  total.nodes = static_cast<std::int64_t>(shaped->scopes.front().graph->nodes.size());
  for (const Node& node : shaped->scopes.front().graph->nodes) {
    total.constant_nodes += node.op_type == "Constant" && node.domain.empty() ? 1 : 0;
  }
  total.initializers = static_cast<std::int64_t>(shaped->scopes.front().graph->initializers.size());
  total.by_node.resize(static_cast<std::size_t>(total.nodes));
  for (std::size_t s = 0; s < costs.size(); ++s) {
    for (std::size_t n = 0; n < costs[s].size(); ++n) {
      NodePrice& node = total.by_node[callers[s] < 0 ? n : static_cast<std::size_t>(callers[s])];
      const NodeCost& cost = costs[s][n];
      if (cost.trust == Trust::unknown || std::isnan(us[s][n])) {
        node.known = false;
        ++total.unknown_nodes;
        continue;
      }
      for (const auto& [sum, term] :
           {std::pair(&node.flops, cost.work.flops), std::pair(&total.flops, cost.work.flops),
            std::pair(&node.bytes, cost.compulsory_bytes), std::pair(&total.bytes, cost.compulsory_bytes)}) {
        add_to(*sum, term);
      }
      node.us += us[s][n];
      total.written_us += us[s][n];
    }
  }
  total.executed_us = executed_us(*shaped);
  return total;
}

std::optional<double> Pricer::executed_us(const ShapedModel& shaped) const {
  const auto plan = plan_execution(shaped, {.level = PlanLevel::all, .nchwc_block = native_nchwc_block()});
  if (!plan) return std::nullopt;
  const auto executed = infer_shapes(*plan, same_bindings(**plan, shaped));
  if (!executed) return std::nullopt;
  const auto us = best(*executed, cost_model(library_, **executed));
  double total = 0;
  for (const auto& scope : us) {
    for (const double each : scope) total += std::isnan(each) ? 0 : each;
  }
  return total;
}

ShapeOptions same_bindings(const Model& model, const ShapedModel& shaped) {
  ShapeOptions options;
  const auto free = bind_dims(model, {});
  if (!free) return options;
  for (const DimBinding& binding : shaped.bindings) {
    if (binding.origin == BindingOrigin::derived) continue;
    const bool named = std::ranges::find(free->list, binding.name, &DimBinding::name) != free->list.end();
    if (named) options.dims.emplace_back(binding.name, binding.value);
  }
  return options;
}

}  // namespace costscan
