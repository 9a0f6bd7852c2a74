// The `memory` part of the document.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/memory.hpp"
#include "reports/document.hpp"

namespace costscan {

/// Null for a null timeline (a shape is unknown). `steps`, `buffers` and `at_peak` come in the form asked for.
[[nodiscard]] nlohmann::ordered_json memory_json(const MemoryTimeline* timeline, Rows rows);

}  // namespace costscan
