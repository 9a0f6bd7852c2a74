// From what happened to what is wrong with it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "source/lint/trace.hpp"

namespace costscan::source::linting {

enum class Loss : std::uint8_t { overwritten, dropped };

/// Data written in a loop that were gone before anything used them.
struct LostSum {
  Loss loss = Loss::overwritten;
  const Location* at = nullptr;  ///< of the write that overwrote them
  const Expr* call = nullptr;    ///< the opaque call that did
  std::string variable;
  std::set<const Stmt*> loops;    ///< in whose iterations the overwriting happens
  std::set<const Stmt*> inside;   ///< loops within those, around the write that was lost
  std::int64_t contributing = 0;  ///< iterations whose data reach the result
  std::int64_t of = 0;            ///< iterations executed
  std::int64_t consumed = 0;      ///< iterations whose value of this very variable was used
  bool conditional = false;       ///< the write hangs on data
  bool strong_evidence = false;   ///< computed from loaded floating-point data, begun from a constant
};

/// A floating-point sum, with the loops over which it runs.
struct LongSum {
  const Location* at = nullptr;
  std::string variable;
  std::set<const Stmt*> loops;
  std::int64_t additions = 0;
  double error = 0;  ///< n * u, before it is made a bound
};

struct UnsetSum {
  const Location* at = nullptr;
  std::string variable;
  const Location* declared = nullptr;
};

[[nodiscard]] std::vector<LostSum> lost_sums(const Trace& trace);
/// The longest of each variable, whatever its bound.
[[nodiscard]] std::vector<LongSum> long_sums(const Trace& trace);
[[nodiscard]] std::vector<UnsetSum> unset_sums(const Trace& trace);

}  // namespace costscan::source::linting
