// Both models in ONNX Runtime on ordinary and hostile inputs, against what the fired passes promise.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "passes/child_job.hpp"
#include "passes/judgement.hpp"
#include "passes/optimize.hpp"

namespace costscan {

/// What the passes that changed something promise.
[[nodiscard]] Promise promise_of(const OptimizeResult& result);

/// The model in `before` against the file `after`, under the sizes of `before` and, for ordinary inputs, of `others`.
/// Ordinary, large, tiny, constant and mean-shifted floating inputs, such with NaN and infinity, and masks that let
/// nothing through.
[[nodiscard]] Verification verify_models(const ShapedModel& before,
                                         const std::vector<std::shared_ptr<const ShapedModel>>& others,
                                         const std::filesystem::path& after, const Promise& promise,
                                         const MeasureOptions& options);

}  // namespace costscan
