// Counting with symbols: the function is interpreted with integers as polynomials, each loop once, its variables as
// functions of its index; what an iteration costs is summed over the index.
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "source/count/sums.hpp"
#include "source/count/taint.hpp"
#include "source/count/values.hpp"
#include "source/functions.hpp"
#include "source/program.hpp"
#include "source/report.hpp"

namespace costscan::source::count {

struct PolyBounds {
  Poly lower;
  Poly upper;

  friend bool operator==(const PolyBounds&, const PolyBounds&) = default;
};

/// What is counted: a measure (or executions of statements) of the whole (line 0, array -1), of a line or of an array.
struct CounterKey {
  int line = 0;
  int array = -1;
  std::size_t counter = 0;

  friend auto operator<=>(const CounterKey&, const CounterKey&) = default;
};
using PolyCounters = std::map<CounterKey, PolyBounds>;

/// One access in the source: where it goes as a function of the loops around.
struct Access {
  int array = -1;
  bool write = false;
  std::vector<Poly> outer;
  Poly offset;                                 ///< bytes
  Poly bytes;                                  ///< how many from there
  std::vector<std::pair<AtomId, Poly>> loops;  ///< index and trip count, outermost first
  bool always = true;                          ///< in every iteration of these loops
  bool perhaps = false;                        ///< data decides whether
};

struct SymbolicResult {
  PolyCounters counters;
  std::vector<ArrayInfo> arrays;
  std::vector<Access> accesses;
  std::array<std::set<std::string>, measure_count> decided;  ///< conditions on data that make it a bound
  std::set<std::string> unknown;                             ///< why the upper bounds are not known
  std::set<int> unknown_lines;                               ///< of the entry function: where those calls stand
  bool unknown_everywhere = false;                           ///< a loop's end is not known
  std::set<std::string> gaps;  ///< what the symbolic way could not follow: its counters mean nothing then
  std::vector<Unsupported> unsupported;
  std::vector<Poly> assumed;       ///< taken to be >= 0
  std::set<AtomId> asked;          ///< conditions on symbols that the source itself states
  std::set<std::string> booleans;  ///< symbols that are 0 or 1
  std::set<std::string> symbols;   ///< all that the function could name, used or not
};

/// Symbols that `symbols` gives a value are constants.
[[nodiscard]] SymbolicResult count_symbolically(Algebra& algebra, const Program& program, const FunctionTable& table,
                                                const DataOperations& operations, FunctionId id,
                                                const std::map<std::string, std::int64_t>& symbols);

/// Bytes of the distinct elements that the accesses touch, all of one array and direction; nullopt where their union is
/// none of the shapes that are understood.
[[nodiscard]] std::optional<Poly> distinct_bytes(Algebra& algebra, const std::vector<Access>& accesses,
                                                 std::int64_t element_bytes, const std::vector<Poly>& facts);

}  // namespace costscan::source::count
