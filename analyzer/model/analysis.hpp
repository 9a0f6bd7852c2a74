// Everything that is known about one model after all steps. Every report is a function of this value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/closed_form.hpp"
#include "model/cost.hpp"
#include "model/measurement.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

// What the later steps find; each has a header of its own (model/memory.hpp, prediction.hpp, slow.hpp, optimizers.hpp).
struct MemoryTimeline;
struct PredictionReport;
struct SlowReport;
struct OptimizerStudy;

enum class Bound { unknown, compute, memory, dispatch, free };

/// A tensor as a row shows it. `present` is false for an omitted optional.
struct TensorColumn {
  std::string name;
  bool present = true;
  DType dtype = DType::undefined;
  std::optional<Shape> shape;
  bool constant = false;
};

/// One node of the file (or of one instance of a subgraph or function). Rows sum to the model.
struct NodeRow {
  ScopeId scope_id = 0;
  std::int32_t graph_node = -1;  ///< index into its scope's graph->nodes
  std::int32_t node_index = -1;  ///< position in its own graph as the file lists it
  std::string node_name;
  std::string op_type;
  std::string domain;
  std::string subgraph;  ///< path of the instance; "" at top level
  std::string scope;     ///< module path, from exporter metadata or from the node's name
  std::vector<TensorColumn> inputs;
  std::vector<TensorColumn> outputs;
  DType dtype = DType::undefined;  ///< of the first output
  NodeCost cost;
  Bound bound = Bound::unknown;
  std::optional<double> predicted_us;
  std::optional<double> measured_us;
  std::optional<double> measured_mad_us;
  std::vector<std::int32_t> runtime_nodes;  ///< indices into Analysis::runtime
};

/// One executed node, joined to the rows it computes.
struct RuntimeRow {
  std::string name;
  std::string op_type;
  std::string domain;
  std::string provider;
  std::vector<std::int32_t> rows;  ///< indices into Analysis::nodes
  std::vector<double> shares;      ///< part of its time that each of `rows` gets; they sum to 1
  std::string join;                ///< how it was joined: "output name", "region", "not joined: ..."
  std::string fusion;              ///< what the runtime calls the fusion that made it; empty where it fused nothing
  std::string rate_class;          ///< class of calibrated rates that predicted it; empty: plain roofline
  NodeCost cost;                   ///< of the executed op itself
  Bound bound = Bound::unknown;
  std::optional<double> predicted_us;
  std::optional<double> predicted_low_us;  ///< 90% interval; only with a calibration
  std::optional<double> predicted_high_us;
  std::optional<double> measured_us;
  std::optional<double> measured_mad_us;
};

/// How fast a machine computes on one element type, where that differs from its fp32 rate.
struct TypeRate {
  DType dtype = DType::undefined;
  double operations_per_second = 0;
  std::string source;
};

/// The rates that turned work into a prediction and a bound, each with where it comes from.
struct MachineRates {
  std::string name;  ///< "measured here" or the machine file's name
  std::string source;
  double flops_per_second = 0;
  double bytes_per_second = 0;
  double dispatch_us = 0;
  std::vector<TypeRate> type_rates = {};  ///< of a named machine; every other type computes at flops_per_second
  bool named = false;                     ///< asked for by name: predicts for that machine, not for this one
};

struct Uncovered {
  std::string op_type;
  std::string domain;
  std::string reason;
  std::vector<std::int32_t> rows;
};

struct Totals {
  Work work;
  std::int64_t compulsory_bytes = 0;
  std::int64_t parameters = 0;    ///< elements of all distinct floating or quantised initializers; see docs
  std::int64_t weight_bytes = 0;  ///< distinct stored bytes of initializers, each once
  std::optional<std::int64_t> peak_activation_bytes;
  std::int64_t nodes = 0;          ///< nodes of the main graph
  std::int64_t covered_nodes = 0;  ///< rows with a cost model, and all rows, in `rows`
  std::int64_t rows = 0;
  Trust trust = Trust::exact;                  ///< the worst of the rows that have a cost
  std::optional<double> predicted_us;          ///< of the file's own nodes; set only where every row has a cost
  std::optional<double> predicted_runtime_us;  ///< of the nodes that the runtime executes; likewise
  std::optional<double> measured_us;           ///< end-to-end median
  std::optional<double> measured_mad_us;
  std::optional<double> remainder_us;  ///< end-to-end minus what is joined to rows
};

struct Analysis {
  std::shared_ptr<const ShapedModel> shaped;  ///< keeps the model alive
  std::vector<NodeRow> nodes;                 ///< main graph, then instances in scope order; each in file order
  std::vector<RuntimeRow> runtime;
  std::shared_ptr<const ShapedModel> executed;  ///< the graph that the runtime executes or would; null where unknown
  Measurement measurement;
  MachineRates rates;
  Totals totals;
  std::vector<Uncovered> uncovered;
  std::shared_ptr<const MemoryTimeline> memory;        ///< null where a shape is unknown
  std::shared_ptr<const PredictionReport> prediction;  ///< null without a calibration
  std::shared_ptr<const SlowReport> slow;              ///< null where nothing was measured
  std::shared_ptr<const OptimizerStudy> optimizers;    ///< only with --leave-one-out
  std::optional<ClosedForms> closed_forms;  ///< only where a report asked for them: AnalyzeOptions::closed_forms
  std::string family;                       ///< vision, transformer, ...; empty until a fingerprint exists
  std::vector<std::string> assumptions;     ///< conventions and defaults that the figures rest on
  std::vector<std::string> warnings;
};

[[nodiscard]] constexpr const char* to_string(Trust trust) noexcept {
  switch (trust) {
    case Trust::exact: return "exact";
    case Trust::approximate: return "approximate";
    case Trust::upper_bound: return "upper_bound";
    case Trust::unknown: break;
  }
  return "unknown";
}

[[nodiscard]] constexpr const char* to_string(Bound bound) noexcept {
  switch (bound) {
    case Bound::compute: return "compute";
    case Bound::memory: return "memory";
    case Bound::dispatch: return "dispatch";
    case Bound::free: return "free";
    case Bound::unknown: break;
  }
  return "";
}

}  // namespace costscan
