// The standard algorithms that apply a function to each element, as the loops that they are.
#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

enum class Shape : std::uint8_t {
  each,      ///< f(x[i])
  map,       ///< out[i] = f(x[i])
  map_two,   ///< out[i] = f(x[i], y[i])
  make,      ///< x[i] = f()
  fold,      ///< sum = f(sum, x[i])
  fold_map,  ///< sum = f(sum, g(x[i]))
  fold_two,  ///< sum = f(sum, g(x[i], y[i]))
  count,     ///< n += f(x[i])
  any,       ///< until f(x[i])
  all,       ///< until not f(x[i])
};

/// Which argument is what; -1: there is none.
struct Algorithm {
  std::string_view name;
  std::size_t arguments;
  Shape shape;
  int second;
  int out;
  int start;
  int f;
  int g;
};

constexpr std::array algorithms{
    Algorithm{"std::for_each", 3, Shape::each, -1, -1, -1, 2, -1},
    Algorithm{"std::transform", 4, Shape::map, -1, 2, -1, 3, -1},
    Algorithm{"std::transform", 5, Shape::map_two, 2, 3, -1, 4, -1},
    Algorithm{"std::generate", 3, Shape::make, -1, -1, -1, 2, -1},
    Algorithm{"std::accumulate", 4, Shape::fold, -1, -1, 2, 3, -1},
    Algorithm{"std::reduce", 4, Shape::fold, -1, -1, 2, 3, -1},
    Algorithm{"std::transform_reduce", 5, Shape::fold_map, -1, -1, 2, 3, 4},
    Algorithm{"std::transform_reduce", 6, Shape::fold_two, 2, -1, 3, 4, 5},
    Algorithm{"std::inner_product", 6, Shape::fold_two, 2, -1, 3, 4, 5},
    Algorithm{"std::count_if", 3, Shape::count, -1, -1, -1, 2, -1},
    Algorithm{"std::any_of", 3, Shape::any, -1, -1, -1, 2, -1},
    Algorithm{"std::none_of", 3, Shape::any, -1, -1, -1, 2, -1},
    Algorithm{"std::all_of", 3, Shape::all, -1, -1, -1, 2, -1},
};

struct Functor {
  std::string_view name;
  Operator op;
};

constexpr std::array functors{
    Functor{"std::plus", Operator::add},
    Functor{"std::minus", Operator::subtract},
    Functor{"std::multiplies", Operator::multiply},
    Functor{"std::divides", Operator::divide},
    Functor{"std::modulus", Operator::remainder},
    Functor{"std::bit_and", Operator::bit_and},
    Functor{"std::bit_or", Operator::bit_or},
    Functor{"std::bit_xor", Operator::bit_xor},
    Functor{"std::less", Operator::less},
    Functor{"std::greater", Operator::greater},
};

/// Finds the call of a closure's operator() in an instantiated algorithm's body, or in what that calls: it says which
/// instance of a generic lambda is meant.
class CallFinder {
 public:
  CallFinder(const Ast& ast, DeclKey closure) : ast_(ast), closure_(closure) {}

  CXCursor in(CXCursor function) {
    constexpr std::size_t most_functions = 200;
    CXCursor definition = ast_.c.clang_getCursorDefinition(function);
    if (ast_.c.clang_Cursor_isNull(definition) != 0) definition = function;
    if (seen_.size() > most_functions || !seen_.insert(ast_.key(definition)).second)
      return ast_.c.clang_getNullCursor();
    return below(definition);
  }

 private:
  const Ast& ast_;
  DeclKey closure_;
  std::set<DeclKey> seen_;

  CXCursor below(CXCursor at) {
    if (ast_.kind(at) == CXCursor_CallExpr) {
      const CXCursor callee = ast_.referenced(at);
      const CXCursorKind kind = ast_.kind(callee);
      const bool method = kind == CXCursor_CXXMethod;
      if (method && ast_.key(ast_.c.clang_getCursorSemanticParent(callee)) == closure_) return callee;
      if (method || kind == CXCursor_FunctionDecl) {
        const CXCursor found = in(callee);
        if (ast_.c.clang_Cursor_isNull(found) == 0) return found;
      }
    }
    for (const CXCursor& child : ast_.children(at)) {
      const CXCursor found = below(child);
      if (ast_.c.clang_Cursor_isNull(found) == 0) return found;
    }
    return ast_.c.clang_getNullCursor();
  }
};

bool same(const Expr& a, const Expr& b) {
  return a.kind == b.kind && a.variable == b.variable && a.integer == b.integer && a.name == b.name &&
         std::ranges::equal(a.args, b.args, same);
}

}  // namespace

/// Elements from one pointer to another: from x.begin() to x.end() it is x's size.
Expr Lowering::distance(const Expr& first, Expr last, const Location& at) {
  const bool whole = last.kind == ExprKind::binary && last.op == Operator::add && same(last.args[0], first);
  return whole ? std::move(last.args[1]) : make_binary(Operator::subtract, size_type(), at, std::move(last), first);
}

/// for (i = from; i < to; ++i), with nothing in it yet, and its i.
std::pair<Stmt, Expr> Lowering::index_loop(CXCursor cursor, Expr from, Expr to) {
  const Location at = ast_.location(cursor);
  const VariableId index = hidden_variable("i", size_type(), at);
  Expr value = make_variable(index, size_type(), at);
  Stmt loop = start(StmtKind::loop, cursor);
  push_declaration(index, std::move(from), cursor, loop.init);
  loop.has_expr = true;
  loop.expr = make_binary(Operator::less, bool_type(), at, value, std::move(to));
  loop.expr.text = ast_.text(cursor);
  Expr step = make(ExprKind::increment, size_type(), at, {value});
  step.integer = 1;
  step.prefix = true;
  loop.step.push_back(std::move(step));
  return {std::move(loop), std::move(value)};
}

/// Calls what `function` names with values; nullopt where it is nothing that is understood.
std::optional<Expr> Lowering::applied(CXCursor algorithm, CXCursor function, std::vector<Expr> values, const Type& type,
                                      const Location& at) {
  const CXCursor named = bare(ast_, function);
  const CXType functor = ast_.plain_type(named);
  const CXCursor declaration = ast_.c.clang_getTypeDeclaration(functor);
  const std::string name = ast_.qualified_name(declaration, false);
  const auto known = std::ranges::find(functors, name, &Functor::name);
  if (known != functors.end() && values.size() == 2) {
    const Type operand = type.kind == TypeKind::boolean ? values[0].type : type;
    return make_binary(known->op, type, at, converted(std::move(values[0]), operand, at),
                       converted(std::move(values[1]), operand, at));
  }
  Expr out = make(ExprKind::call, type, at);
  CXCursor callee = ast_.c.clang_getNullCursor();
  if (ast_.kind(named) == CXCursor_LambdaExpr || unit_.lambdas.contains(ast_.key(declaration))) {
    const Object closure = object(named);
    callee = CallFinder(ast_, ast_.key(declaration)).in(ast_.referenced(algorithm));
    if (!closure.leaves) return std::nullopt;
    for (const auto& [path, leaf] : *closure.leaves) out.args.push_back(leaf);
  } else if (ast_.kind(named) == CXCursor_DeclRefExpr && ast_.kind(ast_.referenced(named)) == CXCursor_FunctionDecl) {
    callee = ast_.referenced(named);
  } else if (ast_.kind(named) == CXCursor_UnaryOperator) {  // &function
    const std::vector<CXCursor> inner = expression_children(named);
    return inner.size() == 1 ? applied(algorithm, inner.front(), std::move(values), type, at) : std::nullopt;
  }
  if (ast_.c.clang_Cursor_isNull(callee) != 0) return std::nullopt;
  out.text = ast_.text(algorithm);
  out.callee = unit_.request(callee);
  if (out.callee == no_function) {
    out.name = ast_.qualified_name(callee, false);
    out.args = std::move(values);
    return out;
  }
  out.name = unit_.program.functions[static_cast<std::size_t>(out.callee)].name;
  CXCursor definition = ast_.c.clang_getCursorDefinition(callee);
  if (ast_.c.clang_Cursor_isNull(definition) != 0) definition = callee;
  const std::vector<CXCursor> parameters = parameters_of(ast_, definition);
  if (parameters.size() != values.size()) return std::nullopt;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (unit_.passing(definition, parameters[i]) == Passing::whole) {
      const bool reference = ast_.is_reference(ast_.c.clang_getCursorType(parameters[i]));
      out.args.push_back(reference ? std::move(values[i])
                                   : converted(std::move(values[i]), ast_.type(parameters[i]), at));
    } else {
      const Object value{std::move(values[i]), std::nullopt};
      for (auto& [path, leaf] : leaves_of(value, ast_.plain_type(parameters[i]), at))
        out.args.push_back(std::move(leaf));
    }
  }
  return out;
}

std::optional<Expr> Lowering::algorithm(const std::string& name, CXCursor cursor,
                                        const std::vector<CXCursor>& arguments) {
  const auto known = std::ranges::find_if(
      algorithms, [&](const Algorithm& each) { return each.name == name && each.arguments == arguments.size(); });
  if (known == algorithms.end() || prelude_ == nullptr) return std::nullopt;
  std::vector<Stmt>* outer = prelude_;
  const Location at = ast_.location(cursor);
  const auto argument = [&](int i) { return arguments[static_cast<std::size_t>(i)]; };
  const Expr first = range_of(argument(0), *outer);
  Expr count = distance(first, expression(argument(1)), at);
  const auto named = [&](int i) { return i < 0 ? Expr{} : range_of(argument(i), *outer); };
  const Expr second = named(known->second);
  const Expr target = named(known->out);

  auto [loop, index_value] = index_loop(cursor, make_integer(0, size_type(), at), std::move(count));
  const auto element = [&, index = index_value](const Expr& base) {
    return make(ExprKind::subscript, element_of(base.type), at, {base, index});
  };
  const Type result = ast_.type(cursor);
  const bool counts = known->shape == Shape::count || known->shape == Shape::any || known->shape == Shape::all;
  Expr sum = make_integer(0, int_type(), at);
  if (known->start >= 0 || counts) {
    Expr start = counts ? make_integer(0, result, at) : converted(expression(argument(known->start)), result, at);
    const VariableId id = hidden_variable("result", result, at);
    push_declaration(id, std::move(start), cursor, *outer);
    sum = make_variable(id, result, at);
  }
  std::vector<Expr> values;
  if (known->shape == Shape::fold) values.push_back(sum);
  if (known->shape != Shape::make) values.push_back(element(first));
  if (known->second >= 0) values.push_back(element(second));
  std::optional<Expr> value;
  const Type of_element = known->shape == Shape::map || known->shape == Shape::map_two ? element_of(target.type)
                          : counts                                                     ? bool_type()
                          : known->start >= 0                                          ? result
                                                                                       : element_of(first.type);
  prelude_ = &loop.body;
  if (known->g >= 0) {
    auto part = applied(cursor, argument(known->g), std::move(values), of_element, at);
    if (part) value = applied(cursor, argument(known->f), {sum, std::move(*part)}, of_element, at);
  } else {
    value = applied(cursor, argument(known->f), std::move(values), of_element, at);
  }
  prelude_ = outer;
  if (!value) {
    return unsupported(cursor, "function passed to " + name);
  }
  add_result(*value, sum,
             known->shape == Shape::make ? element(first)
             : known->out >= 0           ? element(target)
                                         : sum,
             counts, known->shape == Shape::all, known->shape == Shape::count, loop.body);
  outer->push_back(std::move(loop));
  if (name == "std::none_of" || name == "std::all_of") {
    Expr none = make(ExprKind::unary, bool_type(), at, {std::move(sum)});
    none.op = Operator::logical_not;
    return none;
  }
  return sum;
}

/// What the loop of an algorithm does with the function's value.
void Lowering::add_result(const Expr& value, const Expr& sum, const Expr& target, bool counts, bool negated, bool all,
                          std::vector<Stmt>& body) {
  const Location at = value.at;
  if (!counts) {
    const bool kept = target.kind == ExprKind::subscript || target.kind == ExprKind::variable;
    Expr stored = kept ? make(ExprKind::assign, target.type, at, {target, converted(value, target.type, at)}) : value;
    return push_expression(std::move(stored), at.line, body);
  }
  Stmt test;
  test.kind = StmtKind::branch;
  test.at = at;
  test.end_line = at.line;
  test.has_expr = true;
  test.expr = value;
  if (negated) {
    test.expr = make(ExprKind::unary, bool_type(), at, {value});
    test.expr.op = Operator::logical_not;
  }
  test.expr.text = value.text;
  Expr one = make(ExprKind::increment, sum.type, at, {sum});
  one.integer = 1;
  if (!all) one = make(ExprKind::assign, sum.type, at, {sum, make_integer(1, sum.type, at)});
  push_expression(std::move(one), at.line, test.body);
  if (!all) {
    Stmt leave;
    leave.kind = StmtKind::leave;
    leave.at = at;
    leave.end_line = at.line;
    test.body.push_back(std::move(leave));
  }
  body.push_back(std::move(test));
}

}  // namespace costscan::source::front
