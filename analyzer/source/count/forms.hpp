// Closed forms of one function's counts that have been held against executions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "source/count/execute.hpp"
#include "source/count/interpolate.hpp"
#include "source/count/symbolic.hpp"

namespace costscan::source::count {

/// A count's formula; `checked`: equal to an execution's at every binding that was tried.
struct Form {
  PolyBounds bounds;
  bool checked = false;
  bool refuted = false;       ///< an execution says otherwise
  bool interpolated = false;  ///< from executions' values
};

struct Forms {
  SymbolicResult symbolic;
  std::map<CounterKey, Form> forms;  ///< arrays by their index in symbolic.arrays
  std::vector<Poly>
      runs;  ///< forms of distinct bytes and interpolated ones suppose that these are >= 0: every loop runs
};

struct Subject {
  const Program& program;
  const FunctionTable& table;
  const DataOperations& operations;
  FunctionId id = no_function;
};

/// With `dims` as constants; formulas are held against executions where `check`.
[[nodiscard]] Forms forms_of(Algebra& algebra, const Subject& subject, const Binding& dims, bool check);

/// Whether all of `assumed` are >= 0 there; false where a symbol is missing.
[[nodiscard]] bool satisfied(const Algebra& algebra, const std::vector<Poly>& assumed, const Binding& binding);

/// "n >= 2": what is taken for granted.
[[nodiscard]] std::vector<std::string> assumption_texts(Algebra& algebra, const std::vector<Poly>& assumed);

}  // namespace costscan::source::count
