// C and C++ kernels as a small typed program: what the front end (source/clang) makes of libclang's AST, and what the
// counting (source/count) and the lint (source/lint) read. Free of libclang's types, so that both can be tested without
// a compiler.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace costscan::source {

/// 1-based; line 0: unknown.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

enum class TypeKind : std::uint8_t {
  none,       ///< void
  boolean,    ///<
  integer,    ///< enums and characters too
  floating,   ///< half, bfloat16, float, double
  pointer,    ///< `element` is what it points to
  array,      ///< constant extents, outermost first; `element` is the innermost element
  container,  ///< std::vector, std::span, std::array of unknown size: indexed by [], sized by .size()
  record,     ///< a struct; members that are scalars or arrays are flattened into variables where the object is named
  opaque,     ///< a type that the analysis does not look into (a device's circular buffer)
};

inline constexpr std::int64_t unknown_extent = -1;

struct Type {
  TypeKind kind = TypeKind::none;
  int bits = 0;                         ///< boolean, integer, floating: width of one lane
  bool is_signed = false;               ///< integer
  int lanes = 1;                        ///< above 1: a SIMD register
  std::vector<std::int64_t> extents;    ///< array; unknown_extent where it is no constant (float a[n][m])
  std::shared_ptr<const Type> element;  ///< pointer, array, container
  std::string name;                     ///< as the source writes it
};

/// Index into Function::variables.
using VariableId = std::int32_t;
inline constexpr VariableId no_variable = -1;

enum class Storage : std::uint8_t {
  parameter,
  local,
  global,  ///< also static members and namespace-scope constants
};

struct Variable {
  std::string name;      ///< "n"; a flattened member: "shape.rows"
  std::string dim_name;  ///< what --dim calls it: "n", "shape_rows"
  Type type;
  Storage storage = Storage::local;
  bool is_reference = false;  ///< binds to what its initialiser names
  bool is_const = false;
  std::optional<std::int64_t> constant;  ///< integer value known at compile time (constexpr, enum, const with literal)
  Location at;
};

enum class ExprKind : std::uint8_t {
  integer_literal,    ///< `integer`; also sizeof, enumerators, constexpr values, non-type template arguments
  floating_literal,   ///< `real`
  variable,           ///< `variable`
  unary,              ///< `op` in negate, bit_not, logical_not
  binary,             ///< `op`; arithmetic, bit, comparison, logical
  assign,             ///< args: target, value; `op` none for =, else the operation of op=
  increment,          ///< args: target; `integer` +1 or -1; `prefix` tells the value
  conditional,        ///< args: condition, then, else
  convert,            ///< args: one; an explicit or implicit conversion to `type` (only those that change the type)
  subscript,          ///< args: base, index (one dimension; nested for more); `type` is the element's
  dereference,        ///< args: pointer expression (may be binary add of pointer and integer)
  address_of,         ///< args: one
  size_of_container,  ///< args: container variable or member: x.size(), std::size(x)
  member,             ///< args: object; `name`; only where it could not be flattened
  call,               ///< `name` qualified; `callee` where its body is known; see the notes on calls below
  list,               ///< args: an initialiser list, or a constructor call (then `name` is the class: "std::vector")
  sequence,           ///< args, evaluated in order; the value is the last one's: the comma, assignment of whole records
  string_literal,     ///< `name` holds its text
  unsupported,        ///< `name` says what; listed in Program::unsupported too
};

enum class Operator : std::uint8_t {
  none,
  negate,
  bit_not,
  logical_not,
  add,
  subtract,
  multiply,
  divide,  ///< C's: truncates for integers
  remainder,
  shift_left,
  shift_right,
  bit_and,
  bit_or,
  bit_xor,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  logical_and,  ///< short-circuit
  logical_or,   ///< short-circuit
};

// Calls. Where `callee` is known, args stand one to one for the callee's `parameters`: a record argument is passed as
// its flattened members, a method gets the members of its object (and a lambda what it captures) as reference
// parameters in front of its own. Elsewhere (`callee` is no_function) args are those of the source, a method's object
// first. An array or container where a pointer is expected stands for the address of its first element: x.data(),
// x.begin(), &x[0] by decay; x.end() is x plus its size. Named constants (enumerators, constexpr, const with a known
// value) are literals whose `name` is the constant's. A class's own one-line accessors that return a reference
// (operator(), operator[], at) are already replaced by what they return.

/// Index into Program::functions.
using FunctionId = std::int32_t;
inline constexpr FunctionId no_function = -1;

struct Expr {
  ExprKind kind = ExprKind::unsupported;
  Operator op = Operator::none;
  Type type;
  Location at;  ///< of the operator or name, not of the leftmost operand
  std::int64_t integer = 0;
  double real = 0;
  bool prefix = false;
  VariableId variable = no_variable;
  FunctionId callee = no_function;
  std::string name;
  std::string text;  ///< conditions and calls: as the source writes it, on one line, for messages
  std::vector<Expr> args;
};

enum class StmtKind : std::uint8_t {
  expression,   ///< `expr`
  declare,      ///< `variable`, initialised by `expr` where `has_expr`
  block,        ///< `body`
  branch,       ///< if: `expr` condition; `body` then, `otherwise` else. switch is lowered to a chain of these
  loop,         ///< for: `init`, condition `expr` (where `has_expr`), `step`, `body`; while: neither init nor step
  loop_post,    ///< do { body } while (expr)
  give_back,    ///< return, of `expr` where `has_expr`
  leave,        ///< break
  next,         ///< continue
  unsupported,  ///< `text` says what; listed in Program::unsupported too
};

struct Stmt {
  StmtKind kind = StmtKind::block;
  Location at;
  int end_line = 0;  ///< last line of the statement, for listings
  VariableId variable = no_variable;
  bool has_expr = false;
  Expr expr;
  std::vector<Stmt> init;
  std::vector<Expr> step;
  std::vector<Stmt> body;
  std::vector<Stmt> otherwise;
  std::vector<std::string> pragmas;  ///< of a loop: "omp parallel for", "unroll"; they do not change counts
  std::string text;
};

struct Function {
  std::string name;  ///< qualified, with template arguments: "ns::scale<float>"
  Location at;
  int end_line = 0;
  Type result;
  std::vector<VariableId> parameters;
  std::vector<Variable> variables;
  std::vector<Stmt> body;
  bool listed = true;                    ///< defined in the file asked for (not in a header): appears in reports
  std::vector<std::string> assumptions;  ///< "T = float: the template is not instantiated in this file"
};

struct Unsupported {
  Location at;
  std::string what;
  FunctionId function = no_function;
};

struct Program {
  std::string file;
  std::vector<Function> functions;
  /// Names of the parameters of functions that are only declared, by qualified name; "this" first for a method.
  std::map<std::string, std::vector<std::string>, std::less<>> declared_parameters;
  std::vector<Unsupported> unsupported;
};

}  // namespace costscan::source
