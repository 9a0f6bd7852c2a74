// The plain roofline: one compute roof, one memory roof and a fixed cost per executed node. It knows nothing of caches,
// kernels or dtypes; calibrated rates per op class replace it where they exist.
#include <algorithm>
#include <optional>

#include "predict/predict.hpp"

namespace costscan {
namespace {

struct Estimate {
  Bound bound = Bound::unknown;
  std::optional<double> us;
};

/// Time of all executions of one node. Where no rate of the element type is known, all types run at the fp32 rate.
Estimate estimate(const NodeCost& cost, const MachineRates& rates, const ComputeTypes& types) {
  if (cost.trust == Trust::unknown) return {};
  const double operations = static_cast<double>(cost.work.flops) + static_cast<double>(cost.work.int_ops);
  const auto bytes = static_cast<double>(cost.compulsory_bytes);
  if (cost.view || cost.executions <= 0 || (operations <= 0 && bytes <= 0)) return {Bound::free, 0.0};
  if (rates.flops_per_second <= 0 || rates.bytes_per_second <= 0) return {};

  constexpr double us_per_second = 1e6;
  const double compute_us = compute_seconds(cost.work, rates, types) * us_per_second;
  const double memory_us = bytes / rates.bytes_per_second * us_per_second;
  const double roof_us = std::max(compute_us, memory_us);
  const double dispatch_us = rates.dispatch_us * static_cast<double>(cost.executions);
  const Bound side = compute_us >= memory_us ? Bound::compute : Bound::memory;
  return {roof_us < dispatch_us ? Bound::dispatch : side, roof_us + dispatch_us};
}

/// A node whose outputs come from constants alone: the runtime computes it once, before the first run.
bool is_folded(const NodeRow& row) {
  return !row.outputs.empty() && std::ranges::all_of(row.outputs, [](const TensorColumn& output) {
    return !output.present || output.constant;
  });
}

bool is_folded(const RuntimeRow&) { return false; }

/// Sets bound and time of every row; their sum, or nullopt where a row has none. `types` gives each row's by its index.
template <class Rows, class Types>
std::optional<double> predict_rows(Rows& rows, const MachineRates& rates, Types types) {
  std::optional<double> total = 0.0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& row = rows[i];
    const bool free = is_folded(row) && row.cost.trust != Trust::unknown;
    const Estimate found = free ? Estimate{Bound::free, 0.0} : estimate(row.cost, rates, types(i));
    row.bound = found.bound;
    row.predicted_us = found.us;
    if (total && found.us) {
      *total += *found.us;
    } else {
      total.reset();
    }
  }
  return total;
}

}  // namespace

void predict(Analysis& analysis) {
  const bool by_type = !analysis.rates.type_rates.empty();
  const auto row_types = [&](std::size_t i) { return by_type ? compute_types(analysis.nodes[i]) : ComputeTypes{}; };
  const auto run_types = [&](std::size_t i) { return by_type ? compute_types(analysis, i) : ComputeTypes{}; };
  analysis.totals.predicted_us = predict_rows(analysis.nodes, analysis.rates, row_types);
  const std::optional<double> executed = predict_rows(analysis.runtime, analysis.rates, run_types);
  analysis.totals.predicted_runtime_us = analysis.runtime.empty() ? std::nullopt : executed;
}

}  // namespace costscan
