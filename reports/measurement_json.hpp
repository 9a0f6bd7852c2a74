// The measurement in the JSON document: samples as they were taken, the machine's conditions, the rates.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/analysis.hpp"

namespace costscan {

[[nodiscard]] nlohmann::ordered_json measurement_json(const Measurement& measurement);

/// Null without samples.
[[nodiscard]] nlohmann::ordered_json samples_json(const Samples& samples);

/// Null where nobody looked at the machine (--static).
[[nodiscard]] nlohmann::ordered_json machine_json(const MachineInfo& machine);

/// Null where nothing was predicted.
[[nodiscard]] nlohmann::ordered_json rates_json(const MachineRates& rates);

}  // namespace costscan
