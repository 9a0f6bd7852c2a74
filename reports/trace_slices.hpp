// When each executed node begins and ends on a line of time, and what of it belongs together. Times are nanoseconds
// from the beginning.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/analysis.hpp"

namespace costscan {

/// One node; slices touch and are in order. A node without a time has no length.
struct TraceSlice {
  std::string name;
  std::int32_t index = -1;  ///< into Analysis::runtime or ::nodes; -1 for the remainder
  bool runtime = false;     ///< which of the two
  bool time_known = true;
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::string scope;  ///< module path
  Bound bound = Bound::unknown;
  std::optional<double> flops;  ///< of the executed op, else of the nodes that it stands for; nullopt where unknown
  std::optional<double> bytes;  ///< compulsory bytes, likewise
};

/// Neighbours that share something. A group that encloses another comes before it.
struct TraceGroup {
  std::string name;
  std::string path;  ///< of a module: from the outside in
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
};

struct Trace {
  bool measured = false;  ///< else predicted
  bool of_runtime =
      false;  ///< slices are executed nodes; else the file's own nodes, bodies at the node that calls them
  std::vector<TraceSlice> slices;
  std::vector<TraceGroup> modules;
  std::vector<TraceGroup> bounds;
  std::int64_t end_ns = 0;
};

[[nodiscard]] Trace lay_out_trace(const Analysis& analysis);

}  // namespace costscan
