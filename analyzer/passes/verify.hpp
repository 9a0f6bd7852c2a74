// Both models in ONNX Runtime on ordinary and hostile inputs, against what the fired passes promise.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "passes/child_job.hpp"
#include "passes/optimize.hpp"

namespace costscan {

/// What a run promises of its outputs: the weakest promise of the passes that changed something.
struct Promise {
  AccuracyClass accuracy = AccuracyClass::lossless;
  std::vector<std::string> passes;  ///< those that do not promise the same bits
  std::vector<std::int64_t> sites;  ///< places where each of these changed something
};
[[nodiscard]] Promise promise_of(const OptimizeResult& result);

/// The model in `before` against the file `after`, under the sizes of `before` and, for ordinary inputs, of `others`.
/// Ordinary, large, tiny, constant and mean-shifted floating inputs, and such with NaN and infinity.
[[nodiscard]] Verification verify_models(const ShapedModel& before,
                                         const std::vector<std::shared_ptr<const ShapedModel>>& others,
                                         const std::filesystem::path& after, const Promise& promise,
                                         const MeasureOptions& options);

}  // namespace costscan
