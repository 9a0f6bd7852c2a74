// Work that a node does, as counts. No rates: machines have rates, work has none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace costscan {

/// How far a count can be believed. Ordered from best to worst.
enum class Trust { exact, approximate, upper_bound, unknown };

/// Counting conventions: costmodels/README.md. All counts fit int64; overflow is an error of the node, never a wrap.
struct Work {
  std::int64_t flops = 0;            ///< floating-point operations; one multiply-accumulate is 2
  std::int64_t macs = 0;             ///< multiply-accumulates of MatMul-like work, integer ones included
  std::int64_t transcendentals = 0;  ///< exp, log, erf, tanh, sin, cos, pow, sqrt, rsqrt; each also 1 in `flops`
  std::int64_t int_ops = 0;          ///< arithmetic on integers (quantised kernels); not part of `flops`
  std::int64_t read_bytes = 0;       ///< streamed by the op's kernels, as separate kernels would
  std::int64_t write_bytes = 0;

  friend bool operator==(const Work&, const Work&) = default;
};

/// The symbolic side of one kernel, shared by all nodes of that op: never copied per node.
struct KernelText {
  std::string name;
  std::string flops;
  std::string macs;
  std::string transcendentals;
  std::string int_ops;
  std::string read;
  std::string write;
  std::string why;
};

struct KernelCost {
  std::shared_ptr<const KernelText> text;
  Work work;
};

/// A symbol of the op's formulas, with the number it has at this node.
struct SymbolValue {
  std::string name;
  std::string value;   ///< printed: "768", "1/2", "[1,2]"
  std::string origin;  ///< the expression it comes from: "dim(X,-1)"
};

/// What a cost model says about itself; shared by all nodes of that op.
struct CostModelText {
  std::string id;  ///< "ai.onnx/LayerNormalization@17"
  std::string summary;
  std::vector<std::string> assumptions;
  std::string source;
};

struct NodeCost {
  Trust trust = Trust::unknown;
  Work work;                          ///< sum over kernels, for all executions
  std::int64_t compulsory_bytes = 0;  ///< each distinct byte touched once, all executions; 0 for views
  std::int64_t weight_bytes = 0;  ///< bytes of constant operands (initializers) as stored; shared ones at every reader
  std::int64_t executions = 1;    ///< trips of all enclosing bodies multiplied
  bool view = false;              ///< free: moves nothing
  std::vector<KernelCost> kernels;             ///< per one execution
  std::vector<SymbolValue> symbols;            ///< filled only on request (explain, html): see CostOptions
  std::shared_ptr<const CostModelText> model;  ///< null where trust is unknown
  std::string unknown_reason;                  ///< why there is no cost; empty otherwise
};

}  // namespace costscan
