// Work + machine rates → bound and predicted time (plain roofline), and peak activation memory from liveness.
#pragma once

#include <string_view>
#include <vector>

#include "model/analysis.hpp"
#include "model/result.hpp"

namespace costscan {

/// Rates of a named machine from costmodels/machines/NAME.yaml (built in).
[[nodiscard]] Result<MachineRates> machine_rates(std::string_view name);

struct MachineListing {
  std::string name;
  std::string summary;
  std::string source;
};
[[nodiscard]] Result<std::vector<MachineListing>> list_machines();

/// The rates for this analysis: measured roofs where the measurement has them, else the named or the generic machine.
[[nodiscard]] Result<MachineRates> choose_rates(const Measurement& measurement, std::string_view machine_name);

/// max(flops / rate, compulsory bytes / bandwidth) + dispatch for nodes and runtime rows; sets bound and predicted_us.
/// Rows without a cost stay empty. Sets totals.predicted_us only where every row has a cost.
void predict(Analysis& analysis);

/// Peak of live activation bytes over the main graph in file order: each tensor lives from its producer to its last
/// reader, views share their input's memory, constants are apart. nullopt where a needed shape is unknown.
[[nodiscard]] std::optional<std::int64_t> peak_activation_bytes(const ShapedModel& shaped);

}  // namespace costscan
