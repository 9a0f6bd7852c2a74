// Model + dimension bindings → a concrete shape and dtype for every tensor of every graph instance.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/result.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// A shape seen in a run, by tensor name: refines data-dependent bounds and types that no schema gives.
using ObservedShapes = std::unordered_map<std::string, std::pair<DType, Shape>>;

struct ShapeOptions {
  std::vector<std::pair<std::string, std::int64_t>> dims;  ///< `--dim NAME=N`; also binds scalar integer inputs by name
  ObservedShapes observed;
};

/// Binds every free dimension (given, derived from dimension expressions, else a default whose reason is stated), then
/// infers node by node with known small values. Fails (usage) where `dims` contradicts the model or names nothing in
/// it, and (input) where the graph contradicts itself. A tensor that stays unknown has no shape and a warning says why.
[[nodiscard]] Result<std::shared_ptr<const ShapedModel>> infer_shapes(std::shared_ptr<const Model> model,
                                                                      const ShapeOptions& options = {});

}  // namespace costscan
