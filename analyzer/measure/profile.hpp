// ONNX Runtime's profile (a Chrome trace in JSON) → executed nodes with their times per run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/measurement.hpp"
#include "model/result.hpp"

namespace costscan {

struct Profile {
  std::vector<RuntimeNode>
      nodes;                   ///< in the order of the first counted run; bodies stand before the node that calls them
  std::vector<double> run_us;  ///< `model_run` events of the counted runs
  std::int64_t runs_in_file = 0;  ///< complete runs, counted or not
  bool truncated = false;         ///< the runtime dropped events, or the file ends early
  bool unfinished_run = false;    ///< no run is complete: the one sample of each node is of a run that lacks its end
  std::int64_t unreadable_lines = 0;
};

/// Reads what `runs(i)` accepts of the file's runs (0: the first), e.g. all but the warm-up. Each node's samples are
/// its time in each counted run: summed over the executions in one run where it stands in a loop, 0 in a run that did
/// not execute it. A node that calls a body (If, Loop, Scan) has its own time only: its event's duration less the
/// nodes' of its bodies, which are listed themselves. So one run's samples sum to its kernel time, nothing counted
/// twice. Events stand one to a line, as the runtime writes them, or anyhow in a JSON array, as other programs do.
/// Error (measurement) for a file that is no profile.
[[nodiscard]] Result<Profile> read_profile(const std::filesystem::path& file,
                                           const std::function<bool(std::int64_t run)>& counts);

/// Sets `domain` and `optimized_node` of each executed node: by name and op type among the saved graph's nodes, the
/// nameless by their place between the named ones (the sequential executor runs the saved order). Nodes of bodies keep
/// -1.
void join_to_graph(std::vector<RuntimeNode>& nodes, const Graph& optimized);

/// What the profile saw of tensors, by their names in the optimised graph: shapes that no inference rule needs to know.
[[nodiscard]] std::unordered_map<std::string, std::pair<DType, Shape>> observed_outputs(
    const std::vector<RuntimeNode>& nodes, const Graph& optimized);

}  // namespace costscan
