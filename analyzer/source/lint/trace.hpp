// What happened while a kernel was followed: iterations, and every write of data with what it was computed from.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/lint/value.hpp"
#include "source/program.hpp"

namespace costscan::source::linting {

inline constexpr int nothing = -1;

/// One iteration of one loop; number 0 is the whole function.
struct Iteration {
  int parent = nothing;
  int depth = 0;
  int entry = 0;  ///< which entry of the loop: iterations of one entry share it
  const Stmt* loop = nullptr;
  std::int64_t number = 0;
};

/// A write of data into a cell, or a join of two paths that left different data in it.
struct Write {
  int object = no_object;
  std::int64_t offset = 0;
  int iteration = 0;
  const Location* at = nullptr;  ///< null: a join
  const Expr* call = nullptr;    ///< the opaque call that wrote
  int before = nothing;          ///< the cell's earlier write that this value depends on
  int also_before = nothing;     ///< join: the other path's
  int killer = nothing;          ///< the later write that overwrote this one without depending on it
  int first_dependency = 0;
  int dependencies = 0;
  bool join = false;
  bool loaded = false;  ///< false: a constant that overwrote data
  bool literal = false;
  bool arithmetic = false;
  bool select = false;
  bool opaque = false;
  bool self = false;         ///< depends on the cell's earlier value
  bool read = false;         ///< something else than the cell itself used it
  bool conditional = false;  ///< under a condition on data
  bool floating = false;
  bool fresh_start = false;  ///< the cell held a constant of the source before
  bool declaration = false;  ///< the variable's scope began anew
  LevelMask address_varies = 0;
  LevelMask varies = 0;
  LevelMask fed = 0;
  LevelMask partial = 0;
  double error = 0;
  std::int64_t chain = 0;
};

struct ObjectFacts {
  std::string name;
  const Function* function = nullptr;  ///< that declares it
  const Location* declared = nullptr;
  bool outlives = false;  ///< its last contents are visible after the function
  bool floating = false;
  bool local = false;
  bool device_register = false;
};

struct LoopFacts {
  const Function* function = nullptr;
  std::int64_t most_trips = 0;      ///< as executed, or as the loop's head says
  std::int64_t executed_trips = 0;  ///< fewer where the run was shortened
  bool sampled = false;             ///< the number depends on a symbol without --dim
  bool guessed = false;             ///< the number depends on data
};

struct Unset {
  int object = no_object;
  const Location* at = nullptr;
};

struct Trace {
  std::vector<Iteration> iterations{Iteration{}};
  std::vector<Write> writes;
  std::vector<int> dependencies;
  std::vector<ObjectFacts> objects;
  std::unordered_map<const Stmt*, LoopFacts> loops;
  std::vector<Unset> unset;
  std::set<int> compensated;  ///< objects whose rounding error is recovered (Kahan's and Neumaier's sums)
  std::vector<std::string> sampled_symbols;  ///< symbols without --dim, in the order of use
  bool complete = true;                      ///< false: given up for its length

  [[nodiscard]] std::span<const int> dependencies_of(const Write& write) const {
    return std::span(dependencies)
        .subspan(static_cast<std::size_t>(write.first_dependency), static_cast<std::size_t>(write.dependencies));
  }
  /// The ancestor (or itself) of `iteration` at `depth`; nothing where it is not that deep.
  [[nodiscard]] int ancestor(int iteration, int depth) const;
  /// Depth of the innermost iteration that holds both.
  [[nodiscard]] int common_depth(int a, int b) const;
  /// The loop in whose different iterations a and b lie, as the depth of those; 0 where there is none.
  [[nodiscard]] int parting_depth(int a, int b) const;
};

}  // namespace costscan::source::linting
