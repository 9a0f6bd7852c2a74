// The totals of a model as formulas of its free dimensions.
#pragma once

#include <cstdint>

#include "costs/cost_library.hpp"
#include "model/closed_form.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

struct ClosedFormLimits {
  std::int64_t evaluations = 600;  ///< whole-model analyses; each is shared by all totals
  double seconds = 20;
};

/// FLOPs, MACs, transcendentals, integer operations, bytes read, written and compulsory, each as an exact polynomial in
/// the free dimensions of `shaped` (those that --dim or a default bound; what follows from others is no variable).
/// Infers shapes and costs again at every point, so it takes as long as some dozens of static analyses. Never fails: a
/// total without a formula says why.
[[nodiscard]] ClosedForms derive_closed_forms(const CostLibrary& library, const ShapedModel& shaped,
                                              const ClosedFormLimits& limits = {});

}  // namespace costscan
