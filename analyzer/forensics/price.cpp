#include "forensics/price.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "model/checked_math.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

template <class T>
void add_to(std::optional<T>& sum, const std::optional<T>& part) {
  if (sum && part) {
    *sum += *part;
  } else {
    sum.reset();
  }
}

template <>
void add_to(std::optional<std::int64_t>& sum, const std::optional<std::int64_t>& part) {
  sum = sum && part ? checked_add(*sum, *part) : std::nullopt;
}

Savings no_savings() { return {0, 0, 0, 0.0, 0.0}; }

void add_savings(Savings& sum, const Savings& part) {
  add_to(sum.flops, part.flops);
  add_to(sum.bytes, part.bytes);
  add_to(sum.weight_bytes, part.weight_bytes);
  add_to(sum.us, part.us);
  add_to(sum.runtime_us, part.runtime_us);
}

/// Whether an executed node does more than the rows that it was joined to: a fused product that only its Transpose
/// could be told of.
bool works_beyond_rows(const Analysis& analysis, const RuntimeRow& run) {
  std::int64_t flops = 0;
  for (const std::int32_t row : run.rows) {
    const auto sum = checked_add(flops, analysis.nodes[static_cast<std::size_t>(row)].cost.work.flops);
    if (!sum) return true;
    flops = *sum;
  }
  return run.cost.trust == Trust::unknown || run.cost.work.flops > flops;
}

const std::vector<std::int32_t>& removed_nodes(const Site& site) {
  return site.removed.empty() ? site.nodes : site.removed;
}

}  // namespace

FindingPricer::FindingPricer(const Analysis& analysis, const std::vector<std::optional<double>>& written_us,
                             const GraphView& view, ScopeId scope)
    : analysis_(analysis),
      written_us_(written_us),
      view_(view),
      row_of_(static_cast<std::size_t>(view.node_count()), -1) {
  for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
    const NodeRow& row = analysis.nodes[r];
    const bool here = row.scope_id == scope && row.graph_node >= 0 && row.graph_node < view.node_count();
    if (here) row_of_[static_cast<std::size_t>(row.graph_node)] = static_cast<std::int32_t>(r);
  }
}

const NodeRow* FindingPricer::row(std::int32_t node) const noexcept {
  const std::int32_t index = row_of_[static_cast<std::size_t>(node)];
  return index < 0 ? nullptr : &analysis_.nodes[static_cast<std::size_t>(index)];
}

std::optional<std::int64_t> FindingPricer::moved_bytes(const std::vector<std::int32_t>& nodes) const {
  std::optional<std::int64_t> sum = 0;
  for (const std::int32_t node : nodes) {
    const NodeRow* found = row(node);
    if (found == nullptr || found->cost.trust == Trust::unknown) return std::nullopt;
    add_to(sum, checked_add(found->cost.work.read_bytes, found->cost.work.write_bytes));
  }
  return sum;
}

Savings FindingPricer::vanished(const std::vector<std::int32_t>& nodes) const {
  Savings sum = no_savings();
  sum.bytes = moved_bytes(nodes);
  sum.runtime_us = vanished_runtime_us(nodes);
  for (const std::int32_t node : nodes) {
    const NodeRow* found = row(node);
    const bool known = found != nullptr && found->cost.trust != Trust::unknown;
    add_to(sum.flops, known ? std::optional(found->cost.work.flops) : std::nullopt);
    const auto index = static_cast<std::size_t>(row_of_[static_cast<std::size_t>(node)]);
    add_to(sum.us, found == nullptr ? std::nullopt : written_us_[index]);
  }
  return sum;
}

/// Executed nodes that do nothing but what is removed. One that also does something that stays takes its time all the
/// same; views take none either way.
std::optional<double> FindingPricer::vanished_runtime_us(const std::vector<std::int32_t>& nodes) const {
  if (analysis_.executed == nullptr) return std::nullopt;
  std::set<std::int32_t> rows;
  std::set<std::int32_t> executed;
  for (const std::int32_t node : nodes) {
    const NodeRow* found = row(node);
    if (found == nullptr) return std::nullopt;
    rows.insert(row_of_[static_cast<std::size_t>(node)]);
    executed.insert(found->runtime_nodes.begin(), found->runtime_nodes.end());
  }
  std::optional<double> sum = 0.0;
  for (const std::int32_t index : executed) {
    const RuntimeRow& run = analysis_.runtime[static_cast<std::size_t>(index)];
    const bool whole = std::ranges::all_of(run.rows, [&](std::int32_t each) {
      return rows.contains(each) || analysis_.nodes[static_cast<std::size_t>(each)].cost.view;
    });
    if (whole && !works_beyond_rows(analysis_, run)) add_to(sum, run.predicted_us);
  }
  return sum;
}

std::optional<std::int64_t> FindingPricer::bytes_of(ValueId value) const {
  const TensorInfo& info = view_.info(value);
  if (!info.shape) return std::nullopt;
  const auto elements = element_count(*info.shape);
  return elements ? packed_bytes(*elements, info.dtype) : std::nullopt;
}

/// Each distinct tensor that comes in or goes out, once; a small operand counts for nothing much either way.
std::optional<std::int64_t> FindingPricer::boundary_bytes(const std::vector<std::int32_t>& nodes) const {
  const std::unordered_set<std::int32_t> inside(nodes.begin(), nodes.end());
  std::set<ValueId> boundary;
  for (const std::int32_t node : nodes) {
    for (const ValueId in : view_.node(node).inputs) {
      if (in != no_value && !inside.contains(view_.producer(in))) boundary.insert(in);
    }
    for (const ValueId out : view_.node(node).outputs) {
      if (out == no_value) continue;
      const auto readers = view_.uses(out);
      const bool leaves = view_.is_output(out) ||
                          std::ranges::any_of(readers, [&](const ValueUse& use) { return !inside.contains(use.node); });
      if (leaves) boundary.insert(out);
    }
  }
  std::optional<std::int64_t> sum = 0;
  for (const ValueId value : boundary) add_to(sum, bytes_of(value));
  return sum;
}

/// What the executed nodes that stand for `nodes` would save: nothing where one of them does all already.
std::optional<double> FindingPricer::fused_runtime_us(const std::vector<std::int32_t>& nodes,
                                                      std::optional<double> traffic_us) const {
  if (analysis_.executed == nullptr || !traffic_us) return std::nullopt;
  std::set<std::int32_t> executed;
  std::optional<double> share = 0.0;
  for (const std::int32_t node : nodes) {
    const NodeRow* found = row(node);
    if (found == nullptr) return std::nullopt;
    for (const std::int32_t each : found->runtime_nodes) {
      if (!analysis_.runtime[static_cast<std::size_t>(each)].cost.view) executed.insert(each);
    }
    add_to(share, found->predicted_us);
  }
  if (!share) return std::nullopt;
  if (executed.size() <= 1 || nodes.size() < 2) return 0.0;
  // Of what separate kernels pass one another, the part that the runtime's still separate kernels do.
  const double still = static_cast<double>(executed.size() - 1) / static_cast<double>(nodes.size() - 1);
  return std::min(*share, *traffic_us * std::min(still, 1.0));
}

Savings FindingPricer::fused(const std::vector<std::int32_t>& nodes) const {
  Savings saved;
  saved.flops = 0;  // the work stays
  saved.weight_bytes = 0;
  const auto moved = moved_bytes(nodes);
  const auto boundary = boundary_bytes(nodes);
  if (moved && boundary) saved.bytes = std::max<std::int64_t>(0, *moved - *boundary);
  std::optional<double> whole = 0.0;
  std::int64_t kernels = 0;
  for (const std::int32_t node : nodes) {
    const NodeRow* found = row(node);
    if (found == nullptr) return saved;
    add_to(whole, written_us_[static_cast<std::size_t>(row_of_[static_cast<std::size_t>(node)])]);
    if (!found->cost.view) ++kernels;
  }
  const MachineRates& rates = analysis_.rates;
  if (!saved.bytes || !whole || rates.bytes_per_second <= 0) return saved;
  const double traffic_us = static_cast<double>(*saved.bytes) / rates.bytes_per_second * 1e6 +
                            static_cast<double>(std::max<std::int64_t>(0, kernels - 1)) * rates.dispatch_us;
  saved.us = std::min(*whole, traffic_us);
  saved.runtime_us = fused_runtime_us(nodes, saved.us);
  return saved;
}

Savings FindingPricer::price(const Site& site) const {
  switch (site.removal) {
    case Removal::none: return {};
    case Removal::vanish: return vanished(removed_nodes(site));
    case Removal::fuse: return fused(removed_nodes(site));
    case Removal::stored: break;
  }
  Savings saved = no_savings();
  saved.weight_bytes = site.stored_bytes;
  return saved;
}

Savings FindingPricer::price_together(const Sites& sites) const {
  Savings sum = no_savings();
  if (sites.empty()) return sum;
  std::set<std::int32_t> vanishing;
  bool any = false;
  for (const Site& site : sites) {
    if (site.removal == Removal::none) continue;
    any = true;
    if (site.removal == Removal::vanish) {
      vanishing.insert(removed_nodes(site).begin(), removed_nodes(site).end());
    } else {
      add_savings(sum, price(site));
    }
  }
  if (!any) return {};
  if (!vanishing.empty()) add_savings(sum, vanished({vanishing.begin(), vanishing.end()}));
  return sum;
}

}  // namespace costscan
