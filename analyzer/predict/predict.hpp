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

/// The rates for this analysis: the named machine; with an empty name measured roofs where there are any, else the
/// generic machine. Error (usage) for a name that no file has.
[[nodiscard]] Result<MachineRates> choose_rates(const Measurement& measurement, std::string_view machine_name);

/// max((flops + int_ops) / rate, compulsory bytes / bandwidth) + dispatch × executions for nodes and runtime rows by
/// `analysis.rates`; sets bound and predicted_us. Rows without a cost stay empty. Sets totals.predicted_us and
/// .predicted_runtime_us only where every row has a cost. May be called again after rates or rows changed.
void predict(Analysis& analysis);

/// Peak of live activation bytes over the main graph in file order: each tensor lives from its producer to its last
/// reader (graph inputs from the start, graph outputs to the end), views share their input's memory, constants are
/// apart, a body's own peak adds while its calling node runs. nullopt where a needed shape is unknown.
[[nodiscard]] std::optional<std::int64_t> peak_activation_bytes(const ShapedModel& shaped);

}  // namespace costscan
