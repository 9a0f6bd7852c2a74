// What a missing weight or an input is used for, and so what made-up contents keep the model valid and its activations
// finite. Never reads weight bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/fill.hpp"
#include "measure/uses.hpp"
#include "model/result.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// Contents for one tensor that the file lacks, by the tensor's (or its Constant node's output's) name.
struct WeightPlan {
  std::string name;
  Fill fill;
};

/// One graph input that has to be fed.
struct InputPlan {
  std::string name;
  DType dtype = DType::undefined;
  Shape shape;
  Fill fill;
  std::string note;  ///< for Measurement::input_notes: "input_ids: token ids below 30522"
};

/// Plans for every initializer and Constant, at every depth, whose bytes are missing.
[[nodiscard]] std::vector<WeightPlan> plan_weights(const UseIndex& uses);

/// Plans for every input without a default, in order. Error (measurement) for an input that cannot be made: not a
/// tensor, or of unknown shape.
[[nodiscard]] Result<std::vector<InputPlan>> plan_inputs(const UseIndex& uses);

/// Contents for a tensor used in this way; shared with the tests.
[[nodiscard]] Fill weight_fill(const UseIndex& uses, ScopedValue value, DType dtype);

/// The smallest length of a dimension that this value's elements index (Gather and its kin); nullopt where it indexes
/// none.
[[nodiscard]] std::optional<std::int64_t> index_bound(const UseIndex& uses, ScopedValue value);

}  // namespace costscan
