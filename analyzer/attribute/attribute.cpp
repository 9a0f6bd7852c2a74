#include "attribute/attribute.hpp"

#include <algorithm>
#include <vector>

#include "attribute/join.hpp"

namespace costscan {
namespace {

/// A row's part of its region's time: its predicted time without the dispatch that fusion saved; views take none.
double weight_of(const NodeRow& row, const MachineRates& rates) {
  if (row.cost.view || row.cost.executions == 0) return 0;
  if (row.predicted_us) return std::max(0.0, *row.predicted_us - rates.dispatch_us);
  return static_cast<double>(row.cost.work.flops) + static_cast<double>(row.cost.compulsory_bytes);
}

/// Shares that sum to 1: by weight, or equal ones where nothing in the region has a weight.
std::vector<double> shares_of(const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  std::vector<double> shares;
  double total = 0;
  for (const std::int32_t row : rows) {
    shares.push_back(weight_of(analysis.nodes[static_cast<std::size_t>(row)], analysis.rates));
    total += shares.back();
  }
  for (double& share : shares) share = total > 0 ? share / total : 1.0 / static_cast<double>(rows.size());
  return shares;
}

void add_time(std::optional<double>& total, double part) { total = total.value_or(0) + part; }

void split_time(Analysis& analysis, std::int32_t runtime_index) {
  RuntimeRow& runtime = analysis.runtime[static_cast<std::size_t>(runtime_index)];
  runtime.shares = shares_of(analysis, runtime.rows);
  for (std::size_t i = 0; i < runtime.rows.size(); ++i) {
    NodeRow& row = analysis.nodes[static_cast<std::size_t>(runtime.rows[i])];
    row.runtime_nodes.push_back(runtime_index);
    if (!runtime.measured_us) continue;
    add_time(row.measured_us, runtime.shares[i] * *runtime.measured_us);
    if (runtime.measured_mad_us) add_time(row.measured_mad_us, runtime.shares[i] * *runtime.measured_mad_us);
  }
}

}  // namespace

void attribute(Analysis& analysis) { attribute(analysis, join_executed_nodes(analysis)); }

void attribute(Analysis& analysis, const std::vector<Join>& joins) {
  double joined_us = 0;
  for (std::size_t r = 0; r < analysis.runtime.size() && r < joins.size(); ++r) {
    RuntimeRow& runtime = analysis.runtime[r];
    runtime.join = joins[r].how;
    runtime.fusion = joins[r].fusion;
    runtime.rows = joins[r].rows;
    if (runtime.rows.empty()) continue;
    split_time(analysis, static_cast<std::int32_t>(r));
    joined_us += runtime.measured_us.value_or(0);
  }
  if (!analysis.measurement.latency.us.empty()) {
    analysis.totals.remainder_us = analysis.measurement.latency.median - joined_us;
  }
}

}  // namespace costscan
