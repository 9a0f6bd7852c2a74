// Which integers are data: computed from elements of arrays, from floating-point numbers, or under conditions on
// these. Arithmetic on them is work; all other integer arithmetic is indexing and loop control.
#pragma once

#include <unordered_set>

#include "source/program.hpp"

namespace costscan::source::count {

/// Integer operations (unary, binary, assign, increment, call) that count as int_ops, by address within the program.
using DataOperations = std::unordered_set<const Expr*>;

[[nodiscard]] DataOperations integer_data_operations(const Program& program);

}  // namespace costscan::source::count
