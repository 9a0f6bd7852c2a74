// What calls cost whose bodies the analysis does not see: the C and C++ libraries' functions, SIMD intrinsics. The data
// is costmodels/source/functions/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.hpp"
#include "source/program.hpp"

namespace costscan::source {

enum class FactorKind : std::uint8_t {
  constant,        ///< `value`
  argument,        ///< the integer value of argument `first`
  distance,        ///< elements from pointer or iterator argument `first` to argument `last`
  lanes,           ///< lanes of the call's register; where `value` is not 0, the register's bits / `value`
  register_bytes,  ///< bytes of the call's register
};

struct Factor {
  FactorKind kind = FactorKind::constant;
  std::int64_t value = 0;
  int first = 0;
  int last = 0;
  std::int64_t minus = 0;  ///< taken off the factor: lanes - 1

  friend bool operator==(const Factor&, const Factor&) = default;
};

/// A product of factors; of none: 1.
using Amount = std::vector<Factor>;

struct Traffic {
  int argument = 0;    ///< the pointer, iterator or container read or written through, 0-based
  Amount amount;       ///< elements of what the argument points to, or bytes
  bool bytes = false;  ///< `amount` is in bytes
};

/// The cost of one call. An absent amount is zero.
struct FunctionCost {
  std::string name;  ///< the entry's first name or its pattern, for messages
  std::optional<Amount> flops;
  std::optional<Amount> transcendentals;
  std::optional<Amount> int_ops;
  std::optional<Amount> arith;  ///< flops where the call's lanes are floating, else int_ops
  std::vector<Traffic> reads;
  std::vector<Traffic> writes;
  bool at_most = false;    ///< data decide how much of all this is done
  bool no_return = false;  ///< ends the program (abort, a failed assert): its path does not count
  std::string why;
};

/// The register that `lanes` and `register_bytes` speak of and that decides about `arith`: the result where it has
/// lanes, else the last argument that has, else the result where that is a number, else what it points to, else the
/// last argument that is a number.
[[nodiscard]] const Type& register_of(const Expr& call) noexcept;

class FunctionTable {
 public:
  /// The table that is built in.
  [[nodiscard]] static Result<FunctionTable> builtin();

  /// From YAML text. Errors (input) name `file`, line and what is wrong.
  [[nodiscard]] static Result<FunctionTable> parse(std::string_view file, std::string_view text);

  FunctionTable(FunctionTable&&) noexcept;
  FunctionTable& operator=(FunctionTable&&) noexcept;
  ~FunctionTable();

  /// The cost of a call of `name` (qualified) with so many arguments; nullptr where the table does not know it.
  [[nodiscard]] const FunctionCost* find(std::string_view name, std::size_t arguments) const;

 private:
  struct Impl;
  explicit FunctionTable(std::unique_ptr<Impl> impl) noexcept;
  [[nodiscard]] static Result<void> add_file(Impl& impl, std::string_view file, std::string_view text);
  std::unique_ptr<Impl> impl_;
};

}  // namespace costscan::source
