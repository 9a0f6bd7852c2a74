// The `closed_forms` part of the document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "model/closed_form.hpp"

namespace costscan {

/// Null where no report asked for them. Points are bindings in the order of `dims`.
[[nodiscard]] nlohmann::ordered_json closed_forms_json(const std::optional<ClosedForms>& forms);

}  // namespace costscan
