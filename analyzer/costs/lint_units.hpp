// Dimensional consistency of formulas: what counts operations has no element size in it, what counts bytes has one.
#pragma once

#include <string>
#include <vector>

#include "costs/program.hpp"

namespace costscan {

struct UnitFinding {
  std::string path;  ///< of the cost file, or of the template that the formula stands in
  int line = 0;      ///< 0: the file as a whole
  std::string what;
};

/// Units of all formulas of a program: `elem(T)`, `bits(T)` and `bytes(T)` are bytes, literals and sizes are plain
/// numbers. Adding, comparing or choosing between different units is a finding, as are flops, macs, transcendentals,
/// int_ops and arith that are not plain numbers, and read, write and touched that are not bytes. A literal 0 goes with
/// everything.
[[nodiscard]] std::vector<UnitFinding> check_units(const Program& program);

}  // namespace costscan
