// What the analysis of a kernel's source says: plain values that every report prints. Names of fields follow the
// contract of `costscan source --report json`.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/program.hpp"

namespace costscan::source {

/// A number as far as it is known. Exact: lower == upper, both given, no assumption. A bound: both given, differ, and
/// `assumption` says what decides. Unknown: neither given; `assumption` says why ("needs --dim n=N").
struct Count {
  std::optional<std::int64_t> lower;
  std::optional<std::int64_t> upper;
  std::string assumption;
  std::string formula;  ///< closed form in the function's symbols, "2*m*n*k"; for bounds "lower .. upper"; may be empty

  [[nodiscard]] bool exact() const noexcept { return lower && upper && *lower == *upper; }
  [[nodiscard]] bool known() const noexcept { return lower && upper; }
};

enum class Measure : std::uint8_t {
  flops,
  transcendentals,
  int_ops,
  read_bytes,
  write_bytes,
  distinct_read_bytes,
  distinct_write_bytes,
};
inline constexpr std::size_t measure_count = 7;
inline constexpr std::array<std::string_view, measure_count> measure_names{
    "flops", "transcendentals", "int_ops", "read_bytes", "write_bytes", "distinct_read_bytes", "distinct_write_bytes",
};
using Counts = std::array<Count, measure_count>;

struct LineCounts {
  int line = 0;
  std::string executions;  ///< formula of how often the line runs: "m*n*k"
  Counts counts;           ///< distinct bytes stay unknown per line
};

struct ArrayCounts {
  std::string name;
  std::string element;  ///< "float"
  std::int64_t element_bytes = 0;
  Counts counts;  ///< only the four byte measures
};

struct Finding {
  std::string kind;  ///< "overwritten_accumulator", ...; docs/source.md
  Location at;
  std::string accumulator;
  std::string message;  ///< one sentence, with what to do
  std::optional<std::int64_t> contributing;
  std::optional<std::int64_t> of;
};

struct FunctionReport {
  std::string function;
  std::string file;
  int line = 0;
  int end_line = 0;
  Counts counts;
  std::vector<LineCounts> lines;
  std::vector<ArrayCounts> arrays;
  std::vector<std::string> symbols;  ///< free symbols of the formulas: what --dim may name
  std::vector<std::string> assumptions;
  std::vector<Unsupported> unsupported;
  std::vector<Finding> findings;
};

struct SourceReport {
  std::string file;
  std::vector<FunctionReport> functions;
};

}  // namespace costscan::source
