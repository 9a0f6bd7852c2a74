// Which tensors live when, as nodes run one after the other; weights apart. Sizes are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/dtype.hpp"
#include "model/tensor.hpp"

namespace costscan {

/// Whose nodes, in whose order.
enum class MemoryOrder {
  file,      ///< as the file lists them
  executed,  ///< the graph that the runtime executes or would execute, in its order
};

/// One piece of memory and the tensors that lie in it, one after the other: a tensor, its views, results written in
/// place.
struct MemoryBuffer {
  std::string name;  ///< of the tensor that it is made for
  DType dtype = DType::undefined;
  Shape shape;
  std::int64_t bytes = 0;
  std::int32_t producer = -1;        ///< step that fills it first; -1: an input of the graph
  std::int32_t last_reader = -1;     ///< step that reads it last; -1: nobody does
  std::int32_t last = -1;            ///< last step that it is alive at: the end for an output of the graph
  bool output = false;               ///< holds an output of the graph
  bool inside = false;               ///< in a node's own graph: steps are counted there
  std::vector<std::string> sharers;  ///< other tensors in the same memory
};

struct MemoryStep {
  std::string name;  ///< of the node
  std::string op_type;
  std::string domain;
  std::int32_t row = -1;          ///< index into Analysis::nodes where the order is the file's
  std::int32_t runtime_row = -1;  ///< index into Analysis::runtime where the order is the executed one
  std::int64_t during = 0;        ///< alive while the node runs: what it reads and writes, and what waits
  std::int64_t after = 0;         ///< alive when it is done
  std::int64_t inside = 0;        ///< part of `during` that lives inside the node's own graphs (If, Loop, Scan)
  /// Buffers that the runtime's planner keeps allocated while the node runs, without the graph's inputs: those alive,
  /// and dead ones that it keeps for a later tensor of the same shape.
  std::optional<std::int64_t> held;
};

/// A weight that the runtime copies into the order that its matrix kernels read.
struct PackedWeight {
  std::string name;
  std::string node;
  std::int64_t stored_bytes = 0;
  std::optional<std::int64_t> packed_bytes;  ///< nullopt: depends on the processor
};

struct MemoryTimeline {
  MemoryOrder order = MemoryOrder::file;
  std::vector<MemoryStep> steps;      ///< nodes of the main graph
  std::vector<MemoryBuffer> buffers;  ///< of the main graph, by first step; weights are none
  std::int64_t peak_bytes = 0;        ///< most alive at once, inputs of the graph included
  std::int32_t peak_step = -1;        ///< the first step with that much; -1: a graph without nodes
  std::vector<MemoryBuffer> at_peak;  ///< largest first; also those inside the node's own graphs, steps counted there
  std::int64_t input_bytes = 0;       ///< tensors that the caller hands in
  std::int64_t output_bytes = 0;
  std::optional<std::int64_t> held_peak_bytes;  ///< most of MemoryStep::held
  std::int32_t held_peak_step = -1;
  std::int64_t weight_bytes = 0;  ///< initializers of this graph as stored, each once
  std::vector<PackedWeight> packed;
};

}  // namespace costscan
