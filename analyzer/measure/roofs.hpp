// The rates that this runtime reaches on this machine now: roofs of the roofline.
#pragma once

#include "measure/session.hpp"
#include "model/measurement.hpp"
#include "model/result.hpp"

namespace costscan {

/// Times a few tiny models and a memory copy with `threads` threads, in about a second.
[[nodiscard]] Result<MeasuredRoofs> measure_roofs(const Runtime& runtime, std::int32_t threads);

}  // namespace costscan
