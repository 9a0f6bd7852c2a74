// One function's AST as the program's statements and expressions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "source/clang/unit.hpp"

namespace costscan::source::front {

/// What a name or an expression of record type stands for: one expression, or one for each member (or capture).
struct Object {
  std::optional<Expr> whole;
  std::optional<std::vector<std::pair<std::string, Expr>>> leaves;
};

/// Lowers one function. The methods lie in lower_*.cpp by what they lower.
class Lowering {
 public:
  Lowering(Unit& unit, CXCursor definition, FunctionId id);

  /// Fills the program's function.
  void run();

 private:
  using Leaves = std::vector<std::pair<std::string, Expr>>;

  Unit& unit_;
  const Ast& ast_;
  CXCursor definition_;
  FunctionId id_;
  Function function_;
  std::map<DeclKey, Object> bound_;
  std::optional<Object> this_;
  CXType this_type_{};  ///< the class of this_
  /// Where an expression may put statements that run before it; null in conditions of loops and in branches.
  std::vector<Stmt>* prelude_ = nullptr;
  int depth_ = 0;      ///< of expressions
  int nesting_ = 0;    ///< of statements
  int accessors_ = 0;  ///< that are being looked into
  int hidden_ = 0;     ///< numbers variables that the source does not name

  // lower_function.cpp
  void add_parameters();
  void add_captures(const Captures& captures);
  void add_object(CXType type);
  void add_parameter(CXCursor parameter);
  void add_member_initialisers();
  Object add_leaves(const std::string& prefix, CXType record, const Variable& like, bool is_parameter);
  VariableId add_variable(Variable variable);
  Variable variable_of(CXCursor declaration) const;
  VariableId hidden_variable(const std::string& what, Type type, const Location& at);
  Object global(CXCursor declaration);

  // lower_stmt.cpp
  void statement(CXCursor cursor, std::vector<Stmt>& out);
  void nested_statement(CXCursor cursor, std::vector<Stmt>& out);
  bool plain_statement(CXCursor cursor, std::vector<Stmt>& out);
  void expression_statement(CXCursor cursor, std::vector<Stmt>& out);
  void push_expression(Expr expr, int end_line, std::vector<Stmt>& out);
  void declarations(CXCursor cursor, std::vector<Stmt>& out);
  void branch(CXCursor cursor, std::vector<Stmt>& out);
  void for_loop(CXCursor cursor, std::vector<Stmt>& out);
  void while_loop(CXCursor cursor, std::vector<Stmt>& out);
  void do_loop(CXCursor cursor, std::vector<Stmt>& out);
  void give_back(CXCursor cursor, std::vector<Stmt>& out);
  void unsupported_statement(CXCursor cursor, std::string what, std::vector<Stmt>& out);
  Stmt start(StmtKind kind, CXCursor cursor) const;
  std::vector<Stmt> body_of_statement(CXCursor cursor);
  Expr condition(CXCursor cursor, std::vector<Stmt>* prelude);
  std::vector<std::string> pragmas_above(CXCursor loop) const;

  // lower_declare.cpp
  void declare(CXCursor variable, std::vector<Stmt>& out);
  void declare_record(CXCursor variable, CXCursor init, std::vector<Stmt>& out);
  void structured_binding(CXCursor cursor, std::vector<Stmt>& out);
  void bind_parts(CXCursor cursor, const Object& whole, std::vector<Stmt>& out);
  bool declare_allocated(CXCursor variable, CXCursor init, std::vector<Stmt>& out);
  void declare_scalar(CXCursor variable, CXCursor init, std::vector<Stmt>& out);
  void push_declaration(VariableId id, std::optional<Expr> init, CXCursor at, std::vector<Stmt>& out) const;

  // lower_range.cpp
  void range_loop(CXCursor cursor, std::vector<Stmt>& out);
  Expr range_of(CXCursor cursor, std::vector<Stmt>& out);

  // lower_switch.cpp
  void switch_chain(CXCursor cursor, std::vector<Stmt>& out);

  // lower_expr.cpp, lower_operator.cpp
  Expr expression(CXCursor cursor);
  Expr expression_of_kind(CXCursor cursor);
  Expr unexposed(CXCursor cursor);
  std::optional<Expr> ordering(CXCursor cursor, CXCursor inner);
  Expr reference(CXCursor cursor);
  Expr unary(CXCursor cursor);
  Expr binary(CXCursor cursor);
  Expr conditional(CXCursor cursor);
  Expr subscript(CXCursor cursor);
  Expr cast(CXCursor cursor);
  Expr initialiser_list(CXCursor cursor);
  Expr generic_selection(CXCursor cursor);
  Expr statement_expression(CXCursor cursor);
  Expr assigned_record(CXCursor target, CXCursor value, const Location& at);
  Expr unsupported(CXCursor cursor, std::string what);
  std::vector<Expr> inner_expressions(CXCursor cursor);
  std::vector<CXCursor> expression_children(CXCursor cursor) const;

  // lower_object.cpp
  Object object(CXCursor cursor);
  Object object_of_kind(CXCursor cursor);
  Object object_of_call(CXCursor cursor);
  Object object_of_list(CXCursor cursor);
  Object object_of_constructor(CXCursor call, CXCursor constructor);
  Object member_of(const Object& base, const std::string& name, CXType type, const Location& at) const;
  Object pointed_object(CXCursor pointer);
  Expr as_value(const Object& object, CXCursor at);
  Leaves leaves_of(const Object& object, CXType record, const Location& at) const;

  // lower_call.cpp, lower_accessor.cpp
  Expr call(CXCursor cursor);
  Expr call_of_method(CXCursor cursor, CXCursor callee, CXCursor object);
  Expr known_call(CXCursor cursor, CXCursor callee, FunctionId id, std::optional<CXCursor> object,
                  const std::vector<CXCursor>& arguments);
  Expr library_call(CXCursor cursor, CXCursor callee, std::optional<CXCursor> object,
                    const std::vector<CXCursor>& arguments);
  std::optional<Expr> accessor(CXCursor cursor, CXCursor definition, std::optional<CXCursor> object,
                               const std::vector<CXCursor>& arguments);
  std::optional<Object> accessor_argument(CXCursor parameter, CXCursor argument);
  std::vector<CXCursor> arguments_of(CXCursor call) const;
  void pass(CXCursor definition, CXCursor parameter, CXCursor argument, std::vector<Expr>& out);

  // lower_library.cpp
  std::optional<Expr> container_call(const std::string& name, CXCursor cursor, std::optional<CXCursor> object,
                                     const std::vector<CXCursor>& arguments);
  std::optional<Expr> operator_call(const std::string& name, CXCursor cursor, std::vector<CXCursor> operands);

  // lower_complex.cpp
  [[nodiscard]] bool is_complex(CXCursor cursor) const;
  Expr complex_arithmetic(CXCursor cursor, std::string_view name, const Type& type, Expr left, Expr right);
  std::optional<Expr> complex_call(const std::string& name, CXCursor cursor, const std::vector<CXCursor>& operands);
  std::optional<Expr> complex_operator(CXCursor cursor, Operator op, bool assigns, const Expr& left, const Expr& right);
  Expr complex_part(CXCursor cursor, std::string_view name, Expr operand);
  Expr complex_value(CXCursor cursor, const std::vector<CXCursor>& arguments);

  // lower_algorithm.cpp
  std::optional<Expr> algorithm(const std::string& name, CXCursor cursor, const std::vector<CXCursor>& arguments);
  std::optional<Expr> applied(CXCursor algorithm, CXCursor function, std::vector<Expr> values, const Type& type,
                              const Location& at);
  void add_result(const Expr& value, const Expr& sum, const Expr& target, bool counts, bool negated, bool all,
                  std::vector<Stmt>& body);

  static Expr distance(const Expr& first, Expr last, const Location& at);
  std::pair<Stmt, Expr> index_loop(CXCursor cursor, Expr from, Expr to);

  // lower_sort.cpp
  std::optional<Expr> sorting(const std::string& name, CXCursor cursor, const std::vector<CXCursor>& arguments);

  // lower_lambda.cpp
  Object lambda(CXCursor cursor, const std::string& name);
  void find_captures(CXCursor at, std::vector<DeclKey>& declared, Captures& captures) const;
};

// Builders.
[[nodiscard]] Expr make(ExprKind kind, Type type, Location at, std::vector<Expr> args = {});
[[nodiscard]] Expr make_integer(std::int64_t value, Type type, Location at);
[[nodiscard]] Expr make_binary(Operator op, Type type, Location at, Expr left, Expr right);
[[nodiscard]] Expr make_variable(VariableId id, Type type, Location at);
[[nodiscard]] Type int_type();   ///< of 32 bits
[[nodiscard]] Type size_type();  ///< of 64 bits, unsigned
[[nodiscard]] Type bool_type();

/// `expr` as a value of type `to`: with a conversion where that changes more than the type's name.
[[nodiscard]] Expr converted(Expr expr, const Type& to, const Location& at);

/// Number of elements of an array or container expression.
[[nodiscard]] Expr size_of(const Expr& container, const Location& at);

/// The element's type of a pointer, array, container or register; of an array of arrays the inner array's.
[[nodiscard]] Type element_of(const Type& type);

}  // namespace costscan::source::front
