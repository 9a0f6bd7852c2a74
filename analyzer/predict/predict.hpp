// Work + machine rates → bound and predicted time (plain roofline), and peak activation memory from liveness.
#pragma once

#include <cstdint>
#include <optional>

#include "model/analysis.hpp"
#include "predict/machines.hpp"

namespace costscan {

/// max((flops + int_ops) / rate, compulsory bytes / bandwidth) + dispatch × executions for nodes and runtime rows by
/// `analysis.rates`; sets bound and predicted_us. Rows without a cost stay empty. Sets totals.predicted_us and
/// .predicted_runtime_us only where every row has a cost. May be called again after rates or rows changed.
void predict(Analysis& analysis);

/// Peak of live activation bytes over the main graph in file order: each tensor lives from its producer to its last
/// reader (graph inputs from the start, graph outputs to the end), views share their input's memory, constants are
/// apart, a body's own peak adds while its calling node runs. nullopt where a needed shape is unknown.
[[nodiscard]] std::optional<std::int64_t> peak_activation_bytes(const ShapedModel& shaped);

}  // namespace costscan
