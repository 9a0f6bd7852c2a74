// Findings about the cost files themselves; which checks a file is exempt from. `lint` itself: cost_library.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "costs/cost_file.hpp"
#include "costs/cost_library.hpp"

namespace costscan {

/// The exemptions of an operator's file; empty where there is no file.
[[nodiscard]] std::span<const Exemption> exemptions(const CostLibrary& library, std::string_view domain,
                                                    std::string_view op);

/// What a node of the scope has to write at least: the bytes of its outputs that its model says are touched, each
/// output once. nullopt where there is no model, or where it gives no number at this node.
[[nodiscard]] std::optional<std::int64_t> compulsory_output_bytes(const CostLibrary& library, const Scope& scope,
                                                                  const Node& node);

}  // namespace costscan
