// Shared by `list ops` and `explain`: how operators and their versions are called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costs/cost_file.hpp"
#include "costs/explain.hpp"
#include "costs/program.hpp"

namespace costscan {

/// since_versions that a file serves: ONNX's, or 1 where ONNX has no schema.
[[nodiscard]] std::vector<std::int64_t> served_versions(const CostFile& file);

/// "1, 6, 13-".
[[nodiscard]] std::string versions_text(const CostFile& file);

/// "onnx/Conv.yaml" → "Conv", "com.microsoft/BiasGelu.yaml" → "com.microsoft.BiasGelu".
[[nodiscard]] std::string display_name(const std::string& path);

/// The expression that names this slot of the program.
[[nodiscard]] Expression symbol_of(const Program& program, const Slot& slot);

/// Error (usage) for a binding that names no symbol or is negative, and, at a node, for dims that have no number and
/// for symbols of an operator of sizes that have no value.
[[nodiscard]] Result<void> check_bindings(const Program& program, const OpHandle& op, const ExplainOptions& options);

[[nodiscard]] std::string joined(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace costscan
