// The expressions of cost files: text → tree → value. Tiny and total: no loops but over lists, no code run from data.
// Language: costmodels/README.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "model/rational.hpp"

namespace costscan {

/// What an expression yields: a number, a truth value, a text, or a list of those.
struct Datum {
  std::variant<Rational, bool, std::string, std::vector<Datum>> value;

  friend bool operator==(const Datum&, const Datum&) = default;
};

/// "768", "1/2", "true", "float16", "[1,2]".
[[nodiscard]] std::string to_string(const Datum& datum);

enum class Op : std::uint8_t {
  none,  ///< an absent bound of a slice
  number,
  text,
  truth,
  list,
  symbol,  ///< a let, a template parameter or the variable of a comprehension
  tensor,  ///< a formal input or output; only as the argument of an accessor
  negate,
  add,
  subtract,
  multiply,
  divide,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or,
  logical_not,
  choose,  ///< if(condition, then, else)
  index,
  slice,
  call,
  comprehend,  ///< args: list, body; `name` is the variable, `function` the fold
};

enum class Builtin : std::uint8_t {
  none,
  ceil_div,
  floor_div,
  mod,
  min,
  max,
  abs,
  ceil_log2,
  size_of,
  len,
  sum,
  prod,
  range,
  rank,
  dim,
  dims,
  numel,
  dtype,
  bits,
  elem,
  bytes,
  present,
  constant,
  known,
  value,
  arity,
  attr,
  has_attr,
  opset,
  fast_memory,
  label_sizes,
  chars,
  tree_depths,
  unknown,
};

struct FunctionFacts {
  std::string_view name;
  Builtin function;
  int min_args;
  int max_args;       ///< -1: any number
  bool takes_tensor;  ///< the first argument is a tensor
};

/// nullptr for an unknown name.
[[nodiscard]] const FunctionFacts* find_function_facts(std::string_view name) noexcept;
[[nodiscard]] const FunctionFacts& facts_of(Builtin function) noexcept;

/// A text tensor's element in ONNX Runtime: one std::string of libstdc++, which holds up to 15 characters in place.
inline constexpr int text_object_bytes = 32;

/// What `sizeof('float32')` is: bytes of one element of the type of that name; nullopt where there is no such type.
[[nodiscard]] std::optional<Rational> size_of_type(std::string_view dtype_name) noexcept;

/// Where a resolved name points to.
enum class Place : std::uint8_t { unresolved, slot, local, formal };

/// A tree. After parsing, names are unresolved; `compile` (program.hpp) points them at slots, locals and formals.
struct Expression {
  Op op = Op::none;
  Builtin function = Builtin::none;
  Place place = Place::unresolved;
  bool value_flag = false;   ///< of `truth`
  std::int32_t target = -1;  ///< index at `place`
  Rational number;
  std::string name;  ///< symbol, tensor, text, attribute or comprehension variable
  std::vector<Expression> args;
  std::shared_ptr<const Datum> fallback;  ///< attr(): the schema's default, filled in by `compile`
};

/// The tree of `text`, or one line on what is wrong and where ("column 7: ...").
[[nodiscard]] tl::expected<Expression, std::string> parse_expression(std::string_view text);

/// Replaces a symbol while printing: the expression to print in its place, or nullptr for its own name.
struct SymbolTable {
  virtual const Expression* inlined(const Expression& symbol) const noexcept = 0;

 protected:
  ~SymbolTable() = default;
};

/// The expression as readers write it: "8*rows*H + 2*rows". `table` may be nullptr.
[[nodiscard]] std::string print(const Expression& expression, const SymbolTable* table = nullptr);

}  // namespace costscan
