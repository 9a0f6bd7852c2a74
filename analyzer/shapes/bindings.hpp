// Free dimensions of a model's inputs, and the numbers that they are bound to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/graph.hpp"
#include "model/result.hpp"
#include "model/shaped_model.hpp"
#include "shapes/dim_expr.hpp"

namespace costscan {

struct Bindings {
  std::vector<DimBinding> list;  ///< in order of appearance in the graph inputs, as the report prints them
  SymbolValues symbols;          ///< all of `list` by name
  std::unordered_map<ValueId, Shape> input_shapes;  ///< of every graph input that declares its rank
  std::vector<std::string> warnings;                ///< odd but possible: a `total` that is not past + seq
  /// Contents of integer or bool graph inputs that decide sizes: all elements of the input, row by row.
  std::unordered_map<ValueId, std::vector<std::int64_t>> input_values;
};

/// Binds every free dimension of `model`'s graph inputs: `given` first, then what follows from dimension expressions
/// (`past + seq`) and from names (`total` = past + seq), then a default by role. Unnamed dimensions are called
/// `<input>_dim_<axis>`. Integer and bool inputs of one element that decide sizes or trips bind by the input's name,
/// and longer ones by `<input>[<index>]`. Fails (usage) where `given` names nothing, is out of range or contradicts the
/// model.
[[nodiscard]] Result<Bindings> bind_dims(const Model& model,
                                         const std::vector<std::pair<std::string, std::int64_t>>& given);

/// The value of a declared dimension under the bindings; nullopt where it stays open.
[[nodiscard]] std::optional<std::int64_t> resolve_dim(const DeclaredDim& dim, const SymbolValues& symbols);

/// The declared shape under the bindings; nullopt unless every dimension has a value.
[[nodiscard]] std::optional<Shape> resolve_shape(const DeclaredType& type, const SymbolValues& symbols);

}  // namespace costscan
