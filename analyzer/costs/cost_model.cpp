// Costs of all scopes, multiplied by how often each runs.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "costs/library_impl.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

constexpr std::int64_t saturated = rational_limit;

std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
  return std::min(checked_add(a, b).value_or(saturated), saturated);
}
std::int64_t saturating_mul(std::int64_t a, std::int64_t b) noexcept {
  return std::min(checked_mul(a, b).value_or(saturated), saturated);
}

/// How dear one execution of a scope is, everything below it included. Nodes without a cost weigh most: choosing the
/// other branch would hide them.
struct Dearness {
  std::int64_t unknown_nodes = 0;
  std::int64_t flops = 0;
  std::int64_t int_ops = 0;
  std::int64_t bytes = 0;

  friend auto operator<=>(const Dearness&, const Dearness&) = default;

  void add(const Dearness& other, std::int64_t times) noexcept {
    unknown_nodes = saturating_add(unknown_nodes, saturating_mul(other.unknown_nodes, times));
    flops = saturating_add(flops, saturating_mul(other.flops, times));
    int_ops = saturating_add(int_ops, saturating_mul(other.int_ops, times));
    bytes = saturating_add(bytes, saturating_mul(other.bytes, times));
  }
};

Dearness own_dearness(const std::vector<NodeCost>& costs) {
  Dearness sum;
  for (const NodeCost& cost : costs) {
    sum.add({cost.trust == Trust::unknown ? 1 : 0, cost.work.flops, cost.work.int_ops, cost.compulsory_bytes}, 1);
  }
  return sum;
}

/// Branches of one If whose condition is not known: several are executed "at most once".
bool is_undecided_branch(const Scope& scope) noexcept {
  return scope.kind == ScopeKind::branch && scope.trips_upper_bound && scope.trips > 0;
}

/// For each scope whether it counts: all do, but of undecided branches only the dearest.
std::vector<bool> chosen_scopes(const ShapedModel& shaped, const std::vector<std::vector<NodeCost>>& costs) {
  const std::size_t count = shaped.scopes.size();
  std::vector<bool> chosen(count, true);
  std::vector<Dearness> dearness(count);
  for (std::size_t i = 0; i < count; ++i) dearness[i] = own_dearness(costs[i]);
  for (std::size_t i = count; i-- > 0;) {  // children stand behind their parents
    const Scope& scope = shaped.scopes[i];
    std::map<std::int32_t, std::size_t> dearest;  // by calling node
    for (const ScopeId child_id : scope.children) {
      const auto child = static_cast<std::size_t>(child_id);
      if (!is_undecided_branch(shaped.scopes[child])) continue;
      const auto [best, first] = dearest.try_emplace(shaped.scopes[child].calling_node, child);
      if (first) continue;
      const bool dearer = dearness[child] > dearness[best->second];
      chosen[dearer ? best->second : child] = false;
      if (dearer) best->second = child;
    }
    for (const ScopeId child_id : scope.children) {
      const auto child = static_cast<std::size_t>(child_id);
      if (chosen[child]) dearness[i].add(dearness[child], shaped.scopes[child].trips);
    }
  }
  return chosen;
}

bool scale(std::int64_t& count, std::int64_t times) noexcept {
  const auto product = checked_mul(count, times);
  if (!product || *product > rational_limit) return false;
  count = *product;
  return true;
}

void become_unknown(NodeCost& cost, std::string reason) {
  cost = {};
  cost.unknown_reason = std::move(reason);
}

struct Executions {
  std::optional<std::int64_t> count;  ///< nullopt: beyond 2^62
  bool upper_bound = false;
};

void apply(NodeCost& cost, const Executions& executions) {
  static const auto not_executed = std::make_shared<const CostModelText>(CostModelText{
      "not executed", "Stands in a branch or body that is not executed.", {}, "trip counts of the shapes step"});
  if (!executions.count) return become_unknown(cost, "executions of the enclosing bodies: overflow beyond 2^62");
  const std::int64_t times = *executions.count;
  cost.executions = times;
  if (times == 0) {
    if (cost.trust == Trust::unknown) cost.model = not_executed;
    cost.trust = cost.trust == Trust::unknown ? Trust::exact : cost.trust;
    cost.unknown_reason.clear();
    cost.work = {};
    cost.compulsory_bytes = 0;
    cost.weight_bytes = 0;
  }
  if (cost.trust == Trust::unknown) return;
  if (executions.upper_bound && !cost.view) cost.trust = Trust::upper_bound;
  Work& work = cost.work;
  const bool fits = scale(work.flops, times) && scale(work.macs, times) && scale(work.transcendentals, times) &&
                    scale(work.int_ops, times) && scale(work.read_bytes, times) && scale(work.write_bytes, times) &&
                    scale(cost.compulsory_bytes, times);
  if (!fits) become_unknown(cost, fmt::format("{} executions: overflow beyond 2^62", times));
}

}  // namespace

std::vector<std::vector<NodeCost>> cost_model(const CostLibrary& library, const ShapedModel& shaped,
                                              const CostOptions& options) {
  std::vector<std::vector<NodeCost>> costs;
  costs.reserve(shaped.scopes.size());
  for (std::size_t i = 0; i < shaped.scopes.size(); ++i) {
    costs.push_back(cost_scope(library, shaped, static_cast<ScopeId>(i), options));
  }
  const std::vector<bool> chosen = chosen_scopes(shaped, costs);
  std::vector<Executions> executions(shaped.scopes.size());
  for (std::size_t i = 0; i < shaped.scopes.size(); ++i) {
    const Scope& scope = shaped.scopes[i];
    const std::int64_t trips = chosen[i] ? scope.trips : 0;
    if (scope.parent < 0) {
      executions[i] = {trips, scope.trips_upper_bound};
    } else {
      const Executions& outer = executions[static_cast<std::size_t>(scope.parent)];
      executions[i].count = trips == 0 ? 0 : outer.count ? checked_mul(*outer.count, trips) : std::nullopt;
      if (executions[i].count && *executions[i].count > rational_limit) executions[i].count.reset();
      executions[i].upper_bound = outer.upper_bound || scope.trips_upper_bound;
    }
    if (executions[i].count == 1 && !executions[i].upper_bound) continue;
    for (NodeCost& cost : costs[i]) apply(cost, executions[i]);
  }
  return costs;
}

}  // namespace costscan
