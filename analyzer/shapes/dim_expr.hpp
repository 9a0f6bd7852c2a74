// Dimension expressions as exporters write them into dim_param: `past + seq`, `((height - 1)//16) + 1`, `Min(512,
// seq)`, `floor(s0/2)`, `CeilToInt(IntTrueDiv(s0, 2))`. Exact: rational arithmetic, overflow is an error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/result.hpp"

namespace costscan {

enum class DimOp { number, symbol, add, subtract, multiply, divide, floor_divide, modulo, power, negate, call };

/// A parsed expression. Leaves hold a number or a name; `call` holds a function's lower-case name.
struct DimExpr {
  DimOp op = DimOp::number;
  std::int64_t number = 0;
  std::string name;
  std::vector<DimExpr> operands;
};

using SymbolValues = std::unordered_map<std::string, std::int64_t>;

/// Parses `text`; fails (ErrorKind::input) where it is no arithmetic expression. A plain name is a symbol.
[[nodiscard]] Result<DimExpr> parse_dim_expr(std::string_view text);

/// The integer that the expression stands for. Fails (usage) on an unbound symbol, a division by zero, a fraction, or a
/// value that leaves int64.
[[nodiscard]] Result<std::int64_t> evaluate(const DimExpr& expr, const SymbolValues& symbols);

/// Distinct symbols in order of appearance.
[[nodiscard]] std::vector<std::string> symbols_of(const DimExpr& expr);

/// A normal form (expanded polynomial over symbols and opaque calls): equal texts mean equal expressions, so that
/// `past + seq` meets `seq + past`, and `((batch*total)//batch)` meets `total`.
[[nodiscard]] std::string canonical(const DimExpr& expr);

/// The non-negative integer for `symbol` that makes the expression equal `target` when all its other symbols are bound
/// in `symbols`; nullopt where there is none. Assumes that the expression does not decrease in the symbol or is linear.
[[nodiscard]] std::optional<std::int64_t> solve(const DimExpr& expr, const std::string& symbol, std::int64_t target,
                                                SymbolValues symbols);

}  // namespace costscan
