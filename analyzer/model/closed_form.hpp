// Totals of a model as formulas of its free dimensions, each with the evidence that it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/cost.hpp"

namespace costscan {

/// A free dimension that a formula is a function of, and where in it the formula holds.
struct ClosedFormVariable {
  std::string name;
  std::int64_t bound = 0;             ///< its value in this analysis
  std::int64_t period = 1;            ///< the formula holds where the value leaves `residue` when divided by this
  std::int64_t residue = 0;           ///< 0 <= residue < period
  std::optional<std::int64_t> least;  ///< holds from here on; nullopt: no lower limit was found
  std::optional<std::int64_t> most;   ///< holds up to here; nullopt: no upper limit was found
};

/// A free dimension in which the total is no polynomial: the formula is for this one value of it.
struct HeldDimension {
  std::string name;
  std::int64_t value = 0;
  std::string why;
};

/// The formula holds up to this product or sum of several dimensions (or from it on).
struct ClosedFormJointLimit {
  bool product = true;
  bool upper = true;
  std::vector<std::string> names;
  std::int64_t bound = 0;
};

/// One total. Exact where it holds: interpolated in rational arithmetic, then checked at points that were not used.
struct ClosedForm {
  std::string total;  ///< a column's name: "flops", "compulsory_bytes"
  std::string text;   ///< "72*batch*seq*seq + 14*batch"; only + - * / and parentheses; empty where there is none
  std::string holds;  ///< where: "height mod 32 = 0, batch*seq <= 30522, heads = 8"; empty: everywhere
  bool holds_at_bound = false;  ///< whether that includes the dimensions of this analysis
  std::string evidence;  ///< one sentence: how many points it is exact at and checked at; or why there is no formula
  std::vector<ClosedFormVariable> variables;
  std::vector<ClosedFormJointLimit> joint_limits;
  std::vector<HeldDimension> held;
  std::vector<std::vector<std::int64_t>> fitted;   ///< bindings it goes through by construction, in the order of `dims`
  std::vector<std::vector<std::int64_t>> checked;  ///< other bindings where it was evaluated and found equal
};

struct ClosedForms {
  std::vector<std::string> dims;  ///< the free dimensions; empty where all are fixed: the formulas are numbers
  std::vector<ClosedForm> forms;
  Trust trust = Trust::exact;        ///< of the totals: an upper bound's formula is one of the bound
  std::int64_t uncovered_nodes = 0;  ///< nodes without a cost model: the formulas are of the others
  std::int64_t evaluations = 0;      ///< whole-model analyses that this took
};

/// The form of a total, or nullptr.
[[nodiscard]] inline const ClosedForm* find_form(const ClosedForms& forms, const std::string& total) noexcept {
  for (const ClosedForm& form : forms.forms) {
    if (form.total == total) return &form;
  }
  return nullptr;
}

}  // namespace costscan
