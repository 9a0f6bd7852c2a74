// The totals of a model as formulas of its free dimensions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "costs/cost_library.hpp"
#include "model/closed_form.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

struct ClosedFormLimits {
  std::int64_t evaluations = 600;  ///< whole-model analyses; each is shared by all totals
  double seconds = 20;
};

/// One node in place of the whole model.
struct ClosedFormNode {
  ScopeId scope = 0;
  std::size_t node = 0;  ///< into the scope's graph->nodes
};

/// FLOPs, MACs, transcendentals, integer operations, bytes read, written and compulsory, each as an exact polynomial in
/// the free dimensions of `shaped` (those that --dim or a default bound; what follows from others is no variable).
/// Infers shapes and costs again at every point, so it takes as long as some dozens of static analyses. Never fails: a
/// total without a formula says why. With `only`, the totals are those of this node over all of its executions.
[[nodiscard]] ClosedForms derive_closed_forms(const CostLibrary& library, const ShapedModel& shaped,
                                              const ClosedFormLimits& limits = {},
                                              const std::optional<ClosedFormNode>& only = {});

}  // namespace costscan
