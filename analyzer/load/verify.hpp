// Checks that need more than one graph: operator sets, and calls of model-local functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "load/convert_context.hpp"
#include "load/parsed.hpp"
#include "model/graph.hpp"

namespace costscan {

/// Versions in range, no domain imported in two versions. In lenient mode the newer of two versions stays.
[[nodiscard]] Parsed<void> check_imports(std::vector<OpsetImport>& imports, bool lenient,
                                         std::vector<std::string>& warnings);

/// Every domain that nodes use is imported: an error for ONNX's own, a warning for others (unless lenient). Domains
/// that model-local functions define need no import.
[[nodiscard]] Parsed<void> check_domains(const std::map<std::string, Tally>& used,
                                         const std::vector<OpsetImport>& imports,
                                         const std::vector<Function>& functions, bool lenient,
                                         std::vector<std::string>& warnings);

/// Functions are unique and do not call themselves, not even through others; calls fit their parameters.
[[nodiscard]] Parsed<void> check_functions(const Model& model);

}  // namespace costscan
