// What optimising a model did: pass by pass, site by site, priced, and whether the outputs stayed what they were.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/dtype.hpp"
#include "model/measurement.hpp"

namespace costscan {

/// One place where a pass changed the graph, or could not.
struct OptimizedSite {
  std::vector<std::string> nodes;  ///< names of the nodes, as they were
  std::string note;
  std::string reason;  ///< why it was not changed; empty where it was
  std::int32_t round = 0;
  std::int64_t nodes_removed = 0;
  std::int64_t nodes_added = 0;
  std::int64_t flops_saved = 0;  ///< as written
  std::int64_t bytes_saved = 0;
  double us_saved = 0;
};

struct OptimizedPass {
  std::string_view name;
  std::string_view kind;            ///< elimination, folding, fusion, lowering
  std::string_view accuracy_class;  ///< lossless, bounded, empirical, target_only
  std::string not_run;              ///< why it was not looked for; empty where it was
  std::vector<OptimizedSite> applied;
  std::vector<OptimizedSite> skipped;  ///< those that are left in the final graph
  std::int64_t nodes_removed = 0;
  std::int64_t nodes_added = 0;
  std::int64_t flops_saved = 0;  ///< of the whole model, as written
  std::int64_t bytes_saved = 0;
  double written_us_saved = 0;
  std::optional<double> executed_us_saved;  ///< of the whole model as the runtime would execute it
  double seconds = 0;
};

struct NodePrice {
  std::int64_t flops = 0;
  std::int64_t bytes = 0;  ///< compulsory
  double us = 0;           ///< predicted, as written
  bool known = true;       ///< false: no cost model, or no shape
};

struct GraphPrice {
  std::int64_t nodes = 0;           ///< of the main graph
  std::int64_t constant_nodes = 0;  ///< Constant nodes among them
  std::int64_t initializers = 0;
  std::int64_t flops = 0;  ///< sums over what has a cost
  std::int64_t bytes = 0;
  double written_us = 0;
  std::optional<double> executed_us;  ///< nullopt: the runtime's plan could not be modelled
  std::int64_t unknown_nodes = 0;     ///< without a price: in no sum
  std::vector<NodePrice> by_node;     ///< of the main graph, what it calls included
};

/// How one output differs between two models in one run.
struct OutputDifference {
  std::string name;
  DType dtype = DType::undefined;
  std::int64_t elements = 0;
  std::int64_t differing = 0;   ///< not the same bits; a NaN equals a NaN
  double max_abs = 0;           ///< over elements that are finite in both
  double max_rel = 0;           ///< the same over the larger magnitude
  double largest = 0;           ///< magnitude in the first model
  std::int64_t not_finite = 0;  ///< NaN or infinite in the first model
  std::int64_t special = 0;     ///< NaN or infinite in one of them only, or infinities of different sign
  std::int64_t introduced = 0;  ///< of these: finite in the first model
  std::string reason;           ///< why the contents could not be compared; else empty
};

struct RunDifference {
  std::string name;     ///< of the inputs: "ordinary", "large", ...
  std::string reason;   ///< why there is no comparison: neither model runs on these inputs
  bool broken = false;  ///< one of them runs and the other does not
  std::vector<OutputDifference> outputs;
  std::string promise;  ///< what the passes promise on such inputs, in a few words
  bool holds = true;    ///< whether they keep it
};

struct Verification {
  MeasureStatus status = MeasureStatus::skipped;
  std::string reason;  ///< why nothing could be compared
  std::string runtime_version;
  std::vector<RunDifference> runs;
  std::string_view accuracy_class;     ///< the weakest promise of the passes that changed something
  std::vector<std::string> not_exact;  ///< those passes, where it is not the same bits
  std::vector<std::string> broken;     ///< one line for each promise that does not hold; empty where all do
  double max_abs = 0;                  ///< over all runs and outputs
  double max_rel = 0;
  /// What the passes that are not exact promise for ordinary inputs: difference over the output's largest magnitude.
  std::optional<double> bound;
  double amplification = 1;  ///< how much the model enlarges a rounding error, as the runtime's own rewrites show
};

/// All of it, as the reports print it.
struct Optimization {
  std::string model;  ///< stem
  std::string output;
  GraphPrice before;
  GraphPrice after;
  std::string price_basis;
  std::vector<OptimizedPass> passes;  ///< in the order in which they ran
  std::int32_t rounds = 0;
  std::vector<std::string> dims;  ///< "batch=1", as bound for prices and checks
  bool specialized = false;
  std::vector<std::string> warnings;
  std::vector<std::string> defects;  ///< changes that were dropped because the check after their pass failed
  std::optional<Verification> verification;
};

}  // namespace costscan
