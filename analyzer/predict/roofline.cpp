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

/// Time of all executions of one node. Integer operations run at the floating-point rate: a stated simplification.
Estimate estimate(const NodeCost& cost, const MachineRates& rates) {
  if (cost.trust == Trust::unknown) return {};
  const double operations = static_cast<double>(cost.work.flops) + static_cast<double>(cost.work.int_ops);
  const auto bytes = static_cast<double>(cost.compulsory_bytes);
  if (cost.view || cost.executions <= 0 || (operations <= 0 && bytes <= 0)) return {Bound::free, 0.0};
  if (rates.flops_per_second <= 0 || rates.bytes_per_second <= 0) return {};

  constexpr double us_per_second = 1e6;
  const double compute_us = operations / rates.flops_per_second * us_per_second;
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

/// Sets bound and time of every row; their sum, or nullopt where a row has none.
template <class Rows>
std::optional<double> predict_rows(Rows& rows, const MachineRates& rates) {
  std::optional<double> total = 0.0;
  for (auto& row : rows) {
    const bool free = is_folded(row) && row.cost.trust != Trust::unknown;
    const Estimate found = free ? Estimate{Bound::free, 0.0} : estimate(row.cost, rates);
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
  analysis.totals.predicted_us = predict_rows(analysis.nodes, analysis.rates);
  const std::optional<double> executed = predict_rows(analysis.runtime, analysis.rates);
  analysis.totals.predicted_runtime_us = analysis.runtime.empty() ? std::nullopt : executed;
}

}  // namespace costscan
