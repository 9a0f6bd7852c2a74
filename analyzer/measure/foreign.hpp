// Times that were measured elsewhere, in place of a run here: another run's profile, or a table from another device.
#pragma once

#include <filesystem>
#include <string>

#include "model/graph.hpp"
#include "model/measurement.hpp"
#include "model/result.hpp"

namespace costscan {

enum class ForeignFormat {
  ort_profile,      ///< ONNX Runtime's profile, whose nodes are those of its optimised graph
  table,            ///< CSV of node and latency
  tensorrt_layers,  ///< trtexec --exportProfile: times of layers that name the nodes which they were built from
  tensorrt_runs,    ///< trtexec --exportTimes: end-to-end times alone
};

struct ForeignTimes {
  ForeignFormat format = ForeignFormat::table;
  /// `status` is ok; `reason` says where the times come from; `threads` is 0 and names of runtime and machine are
  /// empty, since no format states them. `latency` is the end-to-end time as measured, or where the file has none the
  /// sum over its nodes (which `reason` says); it has no samples where neither is known. `nodes[].name` is the name
  /// that the file uses.
  Measurement measurement;
};

/// Reads any of the formats; which one the contents tell. `model` decides whether a row called `total` is a node. A
/// file that was cut gives what is complete, and a warning. Error (input): a file that cannot be read or is none of
/// these, and a cell that is no time, with its line.
[[nodiscard]] Result<ForeignTimes> read_foreign(const std::filesystem::path& file, const Model& model);

}  // namespace costscan
