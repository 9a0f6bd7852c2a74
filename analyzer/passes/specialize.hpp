// A model as the passes are to see it: with given dimensions as numbers, with defaults as constants.
#pragma once

#include <memory>

#include "model/result.hpp"
#include "shapes/infer.hpp"

namespace costscan {

/// The declared inputs and outputs with every dimension that follows from `dims` alone written as a number. Error
/// (usage): a name that the model does not have.
[[nodiscard]] Result<std::shared_ptr<const Model>> with_fixed_dims(
    const std::shared_ptr<const Model>& model, const std::vector<std::pair<std::string, std::int64_t>>& dims);

/// Initializers that are graph inputs, too (since IR version 4: defaults that a caller may override).
[[nodiscard]] std::vector<ValueId> overridable_initializers(const Model& model);

/// The model without them among its inputs: constants.
[[nodiscard]] std::shared_ptr<const Model> without_overridable(const std::shared_ptr<const Model>& model);

}  // namespace costscan
