#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <optional>

#include "fingerprint/gather.hpp"
#include "fingerprint/op_classes.hpp"

namespace costscan {
namespace {

using ByClass = std::array<double, 10>;

void store_shares(FeatureSet& features, std::string_view quantity, const ByClass& sums) {
  double total = 0;
  for (const double each : sums) total += each;
  if (total <= 0) return;  // nothing is known: not zero
  for (const OpClass each : op_classes()) {
    features.set(fmt::format("{}_{}", quantity, to_string(each)), sums[static_cast<std::size_t>(each)] / total);
  }
}

}  // namespace

void gather_shares(const GatherContext& context) {
  const Totals& totals = context.analysis.totals;
  FeatureSet& features = context.features;
  features.set("parameters", static_cast<double>(totals.parameters));
  features.set("weight_bytes", static_cast<double>(totals.weight_bytes));
  if (totals.covered_nodes > 0) {
    features.set("flops", static_cast<double>(totals.work.flops));
    features.set("compulsory_bytes", static_cast<double>(totals.compulsory_bytes));
    if (totals.compulsory_bytes > 0) {
      features.set("arithmetic_intensity",
                   static_cast<double>(totals.work.flops) / static_cast<double>(totals.compulsory_bytes));
    }
  }
  ByClass work{};
  ByClass bytes{};
  ByClass time{};
  double products = 0;
  double on_sequences = 0;
  for (const NodeRow& row : context.analysis.nodes) {
    const auto at = static_cast<std::size_t>(op_class(row));
    time[at] += row.predicted_us.value_or(0);
    if (row.cost.trust == Trust::unknown) continue;
    const double done = static_cast<double>(row.cost.work.flops) + static_cast<double>(row.cost.work.int_ops);
    work[at] += done;
    bytes[at] += static_cast<double>(row.cost.compulsory_bytes);
    if (product_kind(row) == ProductKind::none) continue;
    products += done;
    const Shape* x = operand_shape(row, 0);
    if (x != nullptr && x->size() <= 3) on_sequences += done;
  }
  store_shares(features, "flops", work);
  store_shares(features, "bytes", bytes);
  store_shares(features, "time", time);
  if (products > 0) features.set("sequence_share", on_sequences / products);
}

}  // namespace costscan
