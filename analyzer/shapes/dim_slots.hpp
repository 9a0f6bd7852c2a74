// What binding dimensions works on: the dimensions of graph inputs as expressions, their symbols, and what must hold
// between them. Internal to shapes/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "model/graph.hpp"
#include "model/shaped_model.hpp"
#include "shapes/default_dims.hpp"
#include "shapes/dim_expr.hpp"

namespace costscan {

/// One dimension of one graph input, as an expression over symbols (a plain number for a fixed one).
struct DimSlot {
  ValueId input = no_value;
  std::size_t axis = 0;
  DimExpr expr;
  std::string text;  ///< as declared
};

struct NamedDim {
  std::string name;
  DimRole role = DimRole::other;
  std::optional<std::int64_t> weight_dim;  ///< what the weights that read this dimension say
  std::string weight_reason;
  std::optional<std::int64_t> value;
  BindingOrigin origin = BindingOrigin::default_value;
  std::string reason;
};

/// A relation that must hold: expression = value of another expression.
struct DimRelation {
  DimExpr left;
  DimExpr right;
  std::string text;
  bool by_name = false;  ///< suggested by names only: derives, never contradicts
};

[[nodiscard]] DimExpr number_expr(std::int64_t value);
[[nodiscard]] DimExpr symbol_expr(std::string name);

/// A text that is no expression, or holds a dash between bare words ("batch-size"), is a name as a whole.
[[nodiscard]] DimExpr expression_of(const std::string& text);

/// What a scalar input of that name and type stands for.
[[nodiscard]] ScalarRole scalar_role(const Value& input, bool counts_trips);

}  // namespace costscan
