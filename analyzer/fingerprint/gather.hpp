// What fills in the features of a model, one file for each group of them.
#pragma once

#include <string>
#include <vector>

#include "fingerprint/features.hpp"
#include "fingerprint/scope_views.hpp"
#include "model/analysis.hpp"

namespace costscan {

struct GatherContext {
  const Analysis& analysis;
  const ScopeViews& views;
  FeatureSet& features;
};

/// Counts of operators over all scopes.
void gather_operators(const GatherContext& context);
/// Weight products over the axis of tokens, and recurrences that were written out step by step.
void gather_mixing(const GatherContext& context);
/// Shares of FLOPs, bytes and predicted time by class of operators; totals.
void gather_shares(const GatherContext& context);
/// Places of every pattern over all scopes, attention blocks, and the work of convolutions that embed no patches.
void gather_patterns(const GatherContext& context);
/// Depth, width and branching of the main graph; joins, pyramids, anchors.
void gather_structure(const GatherContext& context);
/// Signs that tokens see only earlier ones. Needs patterns.
void gather_causality(const GatherContext& context);
/// Kinds of graph inputs; one line in words for each.
[[nodiscard]] std::vector<std::string> gather_inputs(const GatherContext& context);
/// Kinds of graph outputs; one line in words for each. Needs inputs.
[[nodiscard]] std::vector<std::string> gather_outputs(const GatherContext& context);

}  // namespace costscan
