// Sums of formulas collected into one polynomial: what `explain` prints as an operator's total.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "costs/program.hpp"

namespace costscan {

/// A summand that counts only where all `conditions` hold.
struct ConditionalTerm {
  Expression expression;
  std::vector<Expression> conditions;
};

struct ClosedFormOptions {
  /// present(X) is taken as true: the form for a node that has every optional operand.
  bool all_operands_given = false;
  /// How symbols print; a hidden one that is shown as a symbol of its own stays a factor. Default: ProgramSymbols.
  const SymbolTable* symbols = nullptr;
  /// At a node: whether a condition holds, so that the form needs no indicators; nullopt where that is not known.
  std::function<std::optional<bool>(const Expression&)> decide;
  /// At a node: what to print in a factor's place, its number.
  std::function<std::optional<std::string>(const Expression&)> value;
};

/// The sum as a polynomial over the program's lets, lets that only combine others replaced by what they combine:
/// "8*rows*H + 2*rows". A condition stands as a factor "[present(B)]" that is 1 where it holds, else 0. What is no
/// polynomial (min, ceil_div, ...) stays as it is written, as one factor. "0" for an empty sum.
[[nodiscard]] std::string closed_form(const Program& program, std::span<const ConditionalTerm> terms,
                                      const ClosedFormOptions& options = {});

/// One field of all kernels, and the compulsory bytes, as sums.
[[nodiscard]] std::vector<ConditionalTerm> kernel_terms(const Program& program, KernelField field);
[[nodiscard]] std::vector<ConditionalTerm> compulsory_terms(const Program& program);

}  // namespace costscan
