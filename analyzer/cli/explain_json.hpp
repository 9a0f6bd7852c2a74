// The worksheet of `costscan explain` as JSON: docs/explain.md.
#pragma once

#include <string>

#include "costs/explain.hpp"

namespace costscan::cli {

/// One object; unknown numbers are null, absent texts are left out.
[[nodiscard]] std::string worksheet_json(const Worksheet& sheet);

}  // namespace costscan::cli
