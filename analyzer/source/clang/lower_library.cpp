// What the standard library's containers and iterators mean in terms of arrays and pointers.
#include <algorithm>
#include <array>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

enum class Meaning : std::uint8_t {
  itself,  ///< the first operand
  size,
  empty,
  end,      ///< one past the last element
  element,  ///< [] or at
  first,
  last,
  plus,      ///< pointer, distance (1 where absent)
  minus,     ///< likewise
  distance,  ///< from the first operand to the second
};

struct Name {
  std::string_view name;
  Meaning meaning;
};

/// Members of containers, spans, arrays and smart pointers.
constexpr std::array library_methods{
    Name{"size", Meaning::size},   Name{"length", Meaning::size},        Name{"empty", Meaning::empty},
    Name{"data", Meaning::itself}, Name{"begin", Meaning::itself},       Name{"cbegin", Meaning::itself},
    Name{"get", Meaning::itself},  Name{"base", Meaning::itself},        Name{"end", Meaning::end},
    Name{"cend", Meaning::end},    Name{"operator[]", Meaning::element}, Name{"at", Meaning::element},
    Name{"front", Meaning::first}, Name{"back", Meaning::last},          Name{"c_str", Meaning::itself},
};

constexpr std::array library_functions{
    Name{"std::size", Meaning::size},          Name{"std::ssize", Meaning::size},
    Name{"std::ranges::size", Meaning::size},  Name{"std::empty", Meaning::empty},
    Name{"std::data", Meaning::itself},        Name{"std::begin", Meaning::itself},
    Name{"std::cbegin", Meaning::itself},      Name{"std::end", Meaning::end},
    Name{"std::cend", Meaning::end},           Name{"std::move", Meaning::itself},
    Name{"std::forward", Meaning::itself},     Name{"std::as_const", Meaning::itself},
    Name{"std::to_address", Meaning::itself},  Name{"std::assume_aligned", Meaning::itself},
    Name{"std::launder", Meaning::itself},     Name{"__builtin_assume_aligned", Meaning::itself},
    Name{"__builtin_expect", Meaning::itself}, Name{"std::next", Meaning::plus},
    Name{"std::prev", Meaning::minus},         Name{"std::distance", Meaning::distance},
};

std::optional<Meaning> meaning_of(std::string_view name, bool is_member) {
  const auto find = [&](const auto& table) -> std::optional<Meaning> {
    const auto found = std::ranges::find(table, name, &Name::name);
    return found == table.end() ? std::nullopt : std::optional(found->meaning);
  };
  return is_member ? find(library_methods) : find(library_functions);
}

bool has_elements(const Type& type) {
  return type.kind == TypeKind::container || type.kind == TypeKind::array || type.kind == TypeKind::pointer;
}

struct Spelled {
  std::string_view text;
  Operator op;
};

constexpr std::array comparisons_and_arithmetic{
    Spelled{"==", Operator::equal},      Spelled{"!=", Operator::not_equal}, Spelled{"<", Operator::less},
    Spelled{"<=", Operator::less_equal}, Spelled{">", Operator::greater},    Spelled{">=", Operator::greater_equal},
    Spelled{"+", Operator::add},         Spelled{"-", Operator::subtract},   Spelled{"+=", Operator::add},
    Spelled{"-=", Operator::subtract},
};

}  // namespace

std::optional<Expr> Lowering::container_call(const std::string& name, CXCursor cursor,
                                             std::optional<CXCursor> object_cursor,
                                             const std::vector<CXCursor>& arguments) {
  const std::string last = name.substr(name.rfind("::") == std::string::npos ? 0 : name.rfind("::") + 2);
  const auto meaning = meaning_of(object_cursor ? last : name, object_cursor.has_value());
  if (!meaning || (!object_cursor && arguments.empty())) return std::nullopt;
  const CXCursor first = object_cursor ? *object_cursor : arguments.front();
  if (object_cursor && !has_elements(ast_.type(first))) return std::nullopt;
  const std::size_t next = object_cursor ? 0 : 1;
  const bool has_next = arguments.size() > next && !(ast_.kind(arguments[next]) == CXCursor_UnexposedExpr &&
                                                     ast_.children(arguments[next]).empty());
  const Location at = ast_.location(cursor);
  const Type type = ast_.type(cursor);
  Expr base = expression(first);
  const Type element = element_of(base.type);
  const auto other = [&] { return has_next ? expression(arguments[next]) : make_integer(1, size_type(), at); };
  switch (*meaning) {
    case Meaning::itself: return base;
    case Meaning::size: return converted(size_of(base, at), type, at);
    case Meaning::empty:
      return make_binary(Operator::equal, bool_type(), at, size_of(base, at), make_integer(0, size_type(), at));
    case Meaning::end: {
      Expr size = size_of(base, at);
      return make_binary(Operator::add, type, at, std::move(base), std::move(size));
    }
    case Meaning::element:
      if (!has_next) return std::nullopt;
      return make(ExprKind::subscript, element, at, {std::move(base), other()});
    case Meaning::first:
      return make(ExprKind::subscript, element, at, {std::move(base), make_integer(0, size_type(), at)});
    case Meaning::last: {
      Expr index =
          make_binary(Operator::subtract, size_type(), at, size_of(base, at), make_integer(1, size_type(), at));
      return make(ExprKind::subscript, element, at, {std::move(base), std::move(index)});
    }
    case Meaning::plus: return make_binary(Operator::add, type, at, std::move(base), other());
    case Meaning::minus: return make_binary(Operator::subtract, type, at, std::move(base), other());
    case Meaning::distance:
      if (!has_next) return std::nullopt;
      return make_binary(Operator::subtract, type, at, other(), std::move(base));
  }
  return std::nullopt;
}

/// Operators of iterators and smart pointers, as those of pointers. `name` is "+=" of operator+=.
std::optional<Expr> Lowering::operator_call(const std::string& name, CXCursor cursor, std::vector<CXCursor> operands) {
  const auto number_or_pointer = [&](const CXCursor& each) {
    const TypeKind kind = ast_.type(each).kind;
    return kind == TypeKind::pointer || kind == TypeKind::integer || kind == TypeKind::boolean;
  };
  const bool some_pointer =
      std::ranges::any_of(operands, [&](const CXCursor& each) { return ast_.type(each).kind == TypeKind::pointer; });
  if (operands.empty() || !some_pointer || !std::ranges::all_of(operands, number_or_pointer)) return std::nullopt;
  const Location at = ast_.location(cursor);
  const Type type = ast_.type(cursor);
  Expr first = expression(operands[0]);
  if (name == "->") return first;
  if (name == "*" && operands.size() == 1) return make(ExprKind::dereference, type, at, {std::move(first)});
  if (name == "++" || name == "--") {
    Expr out = make(ExprKind::increment, type, at, {std::move(first)});
    out.integer = name == "++" ? 1 : -1;
    out.prefix = operands.size() == 1;  // the postfix form has a second operand that means nothing
    return out;
  }
  if (name == " bool") {
    return make_binary(Operator::not_equal, bool_type(), at, std::move(first), make_integer(0, int_type(), at));
  }
  if (operands.size() != 2) return std::nullopt;
  Expr second = expression(operands[1]);
  if (name == "=") return make(ExprKind::assign, type, at, {std::move(first), std::move(second)});
  if (name == "[]") return make(ExprKind::subscript, type, at, {std::move(first), std::move(second)});
  const auto found = std::ranges::find(comparisons_and_arithmetic, name, &Spelled::text);
  if (found == comparisons_and_arithmetic.end()) return std::nullopt;
  if (name == "+=" || name == "-=") {
    Expr out = make(ExprKind::assign, type, at, {std::move(first), std::move(second)});
    out.op = found->op;
    return out;
  }
  return make_binary(found->op, type, at, std::move(first), std::move(second));
}

}  // namespace costscan::source::front
