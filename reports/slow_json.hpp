// Achieved rates, efficiency and gaps in the JSON document.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "model/slow.hpp"
#include "reports/row_writer.hpp"

namespace costscan {

/// Null where nothing was measured.
[[nodiscard]] nlohmann::ordered_json slow_json(const Analysis& analysis);

/// The same fields for a node of the file and for an executed node.
void append_achieved(RowFields& fields, const Achieved& achieved);

}  // namespace costscan
