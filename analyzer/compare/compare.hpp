// Two models side by side: both analysed, their nodes aligned, both run in turn.
#pragma once

#include <filesystem>

#include "model/comparison.hpp"
#include "model/result.hpp"
#include "pipeline.hpp"

namespace costscan {

/// `options` holds for both; a dimension in `options.shapes.dims` binds in each model that has it, and free dimensions
/// of inputs that both have are bound alike. Only at Depth::measured are they run. Only an unusable model or wrong
/// options fail; a failed measurement is part of the Comparison.
[[nodiscard]] Result<Comparison> compare_models(const std::filesystem::path& a, const std::filesystem::path& b,
                                                const AnalyzeOptions& options = {});

}  // namespace costscan
