#include "study/executed.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "assemble/rows.hpp"
#include "measure/machine.hpp"
#include "passes/price.hpp"
#include "predict/calibrated.hpp"
#include "predict/machines.hpp"
#include "predict/predict.hpp"

namespace costscan {
namespace {

/// A roofline knows neither kernels nor caches: a factor of two either way is usual.
constexpr double roofline_deviation = 0.7;

std::string signature_of(const Scope& scope, const Node& node) {
  std::string out = node.domain + ":" + node.op_type;
  const auto add = [&](const std::vector<ValueId>& values, bool with_constness) {
    for (const ValueId value : values) {
      if (value == no_value) {
        out += " -";
        continue;
      }
      const TensorInfo& info = scope.tensors[static_cast<std::size_t>(value)];
      out += fmt::format(" {}{}{}", static_cast<int>(info.dtype), with_constness && info.constant ? "c" : "v",
                         info.shape ? fmt::format("{}", fmt::join(*info.shape, "x")) : "?");
    }
    out += ';';
  };
  add(node.inputs, true);
  add(node.outputs, false);
  for (const Attribute& attribute : node.attributes) {
    if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&attribute.value))
      out += fmt::format(" {}={}", attribute.name, fmt::join(*ints, ","));
    if (const auto* one = std::get_if<std::int64_t>(&attribute.value))
      out += fmt::format(" {}={}", attribute.name, *one);
  }
  return out;
}

/// Constants decide it: it is computed before the first run, unless the runtime's optimiser is off.
bool is_folded(const Scope& scope, const Node& node) {
  return std::ranges::all_of(node.outputs, [&](ValueId value) {
    return value == no_value || scope.tensors[static_cast<std::size_t>(value)].constant;
  });
}

/// Predicted times of all nodes by [scope][node]; us of what has none is NaN.
using Times = std::vector<std::vector<ExecutedNode>>;

Times blank_times(const ShapedModel& shaped, PlanLevel level) {
  Times times;
  for (const Scope& scope : shaped.scopes) {
    auto& here = times.emplace_back();
    for (const Node& node : scope.graph->nodes) {
      ExecutedNode each;
      each.op_type = node.op_type;
      each.signature = signature_of(scope, node);
      each.us = level != PlanLevel::disabled && is_folded(scope, node) ? 0 : std::nan("");
      here.push_back(std::move(each));
    }
  }
  return times;
}

void add_roofline(Times& times, const std::shared_ptr<const ShapedModel>& shaped,
                  std::vector<std::vector<NodeCost>> costs, const MachineRates& rates) {
  Analysis analysis;
  analysis.shaped = shaped;
  analysis.rates = rates;
  analysis.nodes = build_rows(*shaped, std::move(costs));
  predict(analysis);
  for (const NodeRow& row : analysis.nodes) {
    ExecutedNode& each = times[static_cast<std::size_t>(row.scope_id)][static_cast<std::size_t>(row.graph_node)];
    if (!std::isnan(each.us) || !row.predicted_us) continue;
    each.us = *row.predicted_us;
    each.deviation = roofline_deviation;
    each.error_class = "roofline " + row.op_type;
  }
}

void add_calibrated(Times& times, const ShapedModel& shaped, const std::vector<std::vector<NodeCost>>& costs,
                    const Calibration& calibration) {
  const auto predicted = predict_nodes(shaped, costs, calibration);
  for (std::size_t s = 0; s < predicted.size() && s < times.size(); ++s) {
    for (std::size_t n = 0; n < predicted[s].size(); ++n) {
      ExecutedNode& each = times[s][n];
      if (!std::isnan(each.us) || !predicted[s][n]) continue;
      each.us = predicted[s][n]->us;
      each.deviation = predicted[s][n]->deviation;
      each.error_class = predicted[s][n]->rate_class;
    }
  }
}

/// Nodes that one side has and the other lacks.
struct OneSided {
  std::vector<const ExecutedNode*> before;
  std::vector<const ExecutedNode*> after;
  double common_us = 0;  ///< gain of the nodes that both have: caches hold other things around them
};

OneSided without_common(const std::vector<ExecutedNode>& before, const std::vector<ExecutedNode>& after) {
  std::map<std::string_view, std::vector<const ExecutedNode*>> left;
  for (const ExecutedNode& each : after) left[each.signature].push_back(&each);
  OneSided out;
  for (const ExecutedNode& each : before) {
    auto& same = left[each.signature];
    if (same.empty()) {
      out.before.push_back(&each);
      continue;
    }
    out.common_us += each.us - same.back()->us;
    same.pop_back();
  }
  for (const auto& [signature, nodes] : left) out.after.insert(out.after.end(), nodes.begin(), nodes.end());
  return out;
}

}  // namespace

Result<ExecutedModel> ExecutedModel::create(const std::string& machine, std::int32_t threads, PlanLevel level) {
  ExecutedModel model{CostLibrary::builtin()};
  auto rates = choose_rates(Measurement{}, machine);
  if (!rates) return tl::unexpected(rates.error());
  model.rates_ = *std::move(rates);
  model.level_ = level;
  model.machine_ = machine.empty() ? read_machine().cpu : machine;
  if (machine.empty()) model.calibration_ = find_calibration({model.machine_, "", threads});
  model.basis_ = model.calibration_
                     ? "rates calibrated on this machine"
                     : fmt::format(
                           "a plain roofline of machine '{}', which a factor of two either way has to be "
                           "allowed for (costscan calibrate measures this machine)",
                           model.rates_.name);
  return model;
}

std::optional<std::vector<ExecutedNode>> ExecutedModel::nodes(const ShapedModel& shaped) const {
  const auto plan = plan_execution(shaped, {.level = level_, .nchwc_block = native_nchwc_block()});
  if (!plan) return std::nullopt;
  const auto executed = infer_shapes(*plan, same_bindings(**plan, shaped));
  if (!executed) return std::nullopt;
  auto costs = cost_model(library_, **executed);
  Times times = blank_times(**executed, level_);
  if (calibration_) add_calibrated(times, **executed, costs, *calibration_);
  add_roofline(times, *executed, std::move(costs), rates_);
  std::vector<ExecutedNode> out;
  for (auto& scope : times) {
    for (ExecutedNode& each : scope) {
      if (std::isnan(each.us)) continue;  // no cost model: the same before and after, unless a pass says otherwise
      if (each.us > 0) out.push_back(std::move(each));
    }
  }
  return out;
}

double total_us(const std::vector<ExecutedNode>& nodes) {
  double total = 0;
  for (const ExecutedNode& each : nodes) total += each.us;
  return total;
}

ExecutedChange change_between(const std::vector<ExecutedNode>& before, const std::vector<ExecutedNode>& after) {
  const OneSided differing = without_common(before, after);
  ExecutedChange out;
  // Errors of one class go together in half of their variance: what is gone and what came of it cancel there.
  constexpr double shared = 0.5;
  std::map<std::string, double> net;
  double apart = 0;
  const auto add = [&](const ExecutedNode& each, int sign) {
    out.gain.us += sign * each.us;
    net[each.error_class] += sign * each.us * each.deviation;
    apart += std::pow(each.us * each.deviation, 2);
    OperatorChange& op = out.operators[each.op_type];
    op.nodes -= sign;
    op.us -= sign * each.us;
  };
  for (const ExecutedNode* each : differing.before) add(*each, 1);
  for (const ExecutedNode* each : differing.after) add(*each, -1);
  out.gain.us += differing.common_us;
  double together = std::pow(differing.common_us, 2);  // as uncertain as it is large
  for (const auto& [error_class, us] : net) together += shared * us * us;
  out.gain.deviation_us = std::sqrt(together + (1 - shared) * apart);
  return out;
}

std::string words_for(const ExecutedChange& change) {
  std::vector<std::pair<std::string, OperatorChange>> order;
  for (const auto& [op, each] : change.operators) {
    constexpr double smallest = 0.05;
    if (each.nodes != 0 || std::abs(each.us) > smallest) order.emplace_back(op, each);
  }
  if (order.empty()) return "the runtime executes the same nodes";
  std::ranges::stable_sort(order, std::greater<>(), [](const auto& each) { return std::abs(each.second.us); });
  constexpr std::size_t named = 4;
  std::string out;
  for (std::size_t i = 0; i < std::min(named, order.size()); ++i) {
    const auto& [op, each] = order[i];
    const std::string count = each.nodes == 0  ? fmt::format("{} of other sizes", op)
                              : each.nodes < 0 ? fmt::format("{} {} fewer", -each.nodes, op)
                                               : fmt::format("{} {} more", each.nodes, op);
    out += fmt::format("{}{} ({}{:.3g} µs)", i == 0 ? "" : ", ", count, each.us < 0 ? "-" : "+", std::abs(each.us));
  }
  if (order.size() > named) out += fmt::format(" and {} operators more", order.size() - named);
  return out;
}

}  // namespace costscan
