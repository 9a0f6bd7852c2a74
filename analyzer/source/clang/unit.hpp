// What the lowering of all functions of one file shares: which functions there are, and what was not understood.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "source/clang/ast.hpp"
#include "source/program.hpp"

namespace costscan::source::front {

/// How a record passes into a function: its members one by one, or as it is.
enum class Passing : std::uint8_t {
  whole,    ///< one parameter
  flat,     ///< a record (or reference to one): a parameter for each member
  pointed,  ///< a pointer that is only followed to members (p->n): a parameter for each member
};

/// A lambda's variables from outside, in the order in which they become leading parameters.
struct Captures {
  std::string name;  ///< of the lambda: "kernel::square"
  std::vector<CXCursor> variables;
  bool object = false;   ///< uses the enclosing method's object
  CXType object_type{};  ///< then, its class
};

class Unit {
 public:
  explicit Unit(const Ast& tree) : ast(tree) { program.file = tree.shown_file(); }

  const Ast& ast;
  Program program;

  /// The function's index, where its body is known and not the system's; queued for lowering when asked for first.
  FunctionId request(CXCursor declaration);

  /// The next function that waits; false where none does.
  bool next(CXCursor& definition, FunctionId& id);

  void add_unsupported(const Location& at, std::string what, FunctionId function);

  /// How `parameter` of `definition` passes.
  [[nodiscard]] Passing passing(CXCursor definition, CXCursor parameter);

  std::map<DeclKey, Captures> lambdas;  ///< by the closure's class

 private:
  std::map<DeclKey, FunctionId> ids_;
  std::deque<std::pair<CXCursor, FunctionId>> waiting_;
  std::map<DeclKey, Passing> passing_;
};

/// The parameters of a function, constructor or method.
[[nodiscard]] std::vector<CXCursor> parameters_of(const Ast& ast, CXCursor function);

/// Its body; a null cursor where it has none.
[[nodiscard]] CXCursor body_of(const Ast& ast, CXCursor function);

/// The class that a method belongs to.
[[nodiscard]] CXType class_of(const Ast& ast, CXCursor method);

[[nodiscard]] bool is_instance_method(const Ast& ast, CXCursor function);

/// `cursor` without parentheses, casts that libclang does not name, and the like.
[[nodiscard]] CXCursor bare(const Ast& ast, CXCursor cursor);

}  // namespace costscan::source::front
