// A program as text, for tests and for looking at what the front end made of a file.
#pragma once

#include <string>

#include "source/program.hpp"

namespace costscan::source {

/// One line per statement, indented; types and conversions shown, locations as line numbers. Deterministic.
[[nodiscard]] std::string to_text(const Program& program);

/// A single expression of `function`, C-like and fully parenthesised.
[[nodiscard]] std::string to_text(const Function& function, const Expr& expr);

/// "f32", "i64", "u8", "bool", "f32x8", "ptr<f32>", "f32[3][4]", "vec<f32>", a record's or opaque type's own name.
[[nodiscard]] std::string to_text(const Type& type);

}  // namespace costscan::source
