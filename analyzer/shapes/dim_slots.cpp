#include "shapes/dim_slots.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <variant>

#include "shapes/bindings.hpp"

namespace costscan {

DimExpr number_expr(std::int64_t value) {
  DimExpr out;
  out.number = value;
  return out;
}

DimExpr symbol_expr(std::string name) {
  DimExpr out;
  out.op = DimOp::symbol;
  out.name = std::move(name);
  return out;
}

DimExpr expression_of(const std::string& text) {
  const auto dash = text.find('-');
  const bool dashed_name = dash != std::string::npos && dash > 0 &&
                           text.find_first_of(" ()*/+%,") == std::string::npos &&
                           std::any_of(text.begin() + static_cast<std::ptrdiff_t>(dash), text.end(),
                                       [](unsigned char c) { return std::isalpha(c) != 0; });
  if (dashed_name) return symbol_expr(text);
  auto parsed = parse_dim_expr(text);
  return parsed ? std::move(*parsed) : symbol_expr(text);
}

ScalarRole scalar_role(const Value& input, bool counts_trips) {
  const std::string& name = input.name;
  if (input.declared && input.declared->dtype == DType::boolean) {
    return name.find("cache") != std::string::npos || name.find("past") != std::string::npos ? ScalarRole::cache_flag
                                                                                             : ScalarRole::flag;
  }
  if (counts_trips) return ScalarRole::trip_count;
  if (name.find("len") != std::string::npos || name.find("max_") != std::string::npos) return ScalarRole::length;
  return ScalarRole::count;
}

std::optional<std::int64_t> resolve_dim(const DeclaredDim& dim, const SymbolValues& symbols) {
  if (const auto* number = std::get_if<std::int64_t>(&dim)) {
    return *number >= 0 ? std::optional(*number) : std::nullopt;
  }
  const auto* text = std::get_if<std::string>(&dim);
  if (text == nullptr) return std::nullopt;
  if (const auto it = symbols.find(*text); it != symbols.end()) return it->second;
  const auto parsed = parse_dim_expr(*text);
  if (!parsed) return std::nullopt;
  const auto out = evaluate(*parsed, symbols);
  return out && *out >= 0 ? std::optional(*out) : std::nullopt;
}

std::optional<Shape> resolve_shape(const DeclaredType& type, const SymbolValues& symbols) {
  if (!type.dims) return std::nullopt;
  Shape out;
  out.reserve(type.dims->size());
  for (const DeclaredDim& dim : *type.dims) {
    const auto number = resolve_dim(dim, symbols);
    if (!number) return std::nullopt;
    out.push_back(*number);
  }
  return out;
}

}  // namespace costscan
