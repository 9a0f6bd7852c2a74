// The graph while passes change it: one view after another, each checked against the one before.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "passes/optimize.hpp"

namespace costscan {

/// A graph that passed the checks, and how it came about.
struct CheckedStep {
  std::shared_ptr<const Model> model;
  std::shared_ptr<const GraphView> view;
  std::vector<RewriteOutcome> outcomes;
  std::string fault;  ///< what did not hold: then the rest is empty
};

/// Applies the rewrites and checks what comes out under the bound and all tried sizes. `read` empty: for pricing.
[[nodiscard]] CheckedStep checked_step(const GraphView& view, std::span<const Rewrite> rewrites,
                                       const ReadWeight& read);

/// Reads weights from memory or from mapped files, which it keeps.
[[nodiscard]] ReadWeight weight_reader();

}  // namespace costscan
