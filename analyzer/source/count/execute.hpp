// Counting by execution: with every symbol given, the integer skeleton of a function runs (loops, subscripts,
// conditions on integers); data never does. What data decides is kept as an interval: from the cheaper to the dearer
// path.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "source/count/taint.hpp"
#include "source/count/values.hpp"
#include "source/functions.hpp"
#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source::count {

struct Bounds {
  std::int64_t lower = 0;
  std::int64_t upper = 0;

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

/// Counters of a line, an array or the whole; the last one is executions of statements.
inline constexpr std::size_t counter_count = measure_count + 1;
inline constexpr std::size_t executions_counter = measure_count;
using Counters = std::array<Bounds, counter_count>;

struct Executed {
  bool finished = false;
  std::int64_t steps = 0;
  std::string why_not;  ///< "more than 2000000 steps"
  Counters total{};
  std::map<int, Counters> lines;
  std::map<std::string, Counters> arrays;  ///< by ArrayInfo::name
  std::map<std::string, ArrayInfo> array_infos;
  std::array<std::set<std::string>, measure_count> decided;  ///< by measure: conditions on data that make it a bound
  std::set<std::string> unknown;                             ///< why the upper bounds are not known
  std::set<int> unknown_lines;                               ///< of the entry function: where those calls stand
  bool unknown_everywhere = false;                           ///< a loop's end is not known
  std::vector<Unsupported> unsupported;                      ///< calls without a known cost
};

struct ExecuteLimits {
  std::int64_t steps = 2000000;  ///< statements and loop conditions
};

/// Runs function `id` with `symbols` (by Variable::dim_name; sizes of containers as NAME_size). A symbol that is
/// missing is a reason not to finish.
[[nodiscard]] Executed execute(const Program& program, const FunctionTable& table, const DataOperations& operations,
                               FunctionId id, const std::map<std::string, std::int64_t>& symbols,
                               const ExecuteLimits& limits = {});

}  // namespace costscan::source::count
