// Sorting and selecting: a first pass that compares all neighbours always happens, and data decide how much of a merge
// sort's further passes does. The library promises an order of growth, no number; that of a merge sort stands for it.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "source/clang/lowering.hpp"

namespace costscan::source::front {
namespace {

enum class Passes : std::uint8_t {
  none,      ///< one comparison with each further element
  all,       ///< ceil(log2(elements))
  selected,  ///< ceil(log2(elements up to the second argument))
};

struct Sort {
  std::string_view name;
  std::size_t plain;  ///< arguments without the comparison
  Passes passes;
};

constexpr std::array sorts{
    Sort{"std::sort", 2, Passes::all},
    Sort{"std::stable_sort", 2, Passes::all},
    Sort{"std::partial_sort", 3, Passes::selected},
    Sort{"std::nth_element", 3, Passes::all},
    Sort{"std::max_element", 2, Passes::none},
    Sort{"std::min_element", 2, Passes::none},
};

bool has_order(const Type& type) {
  return type.kind == TypeKind::floating || type.kind == TypeKind::integer || type.kind == TypeKind::boolean;
}

}  // namespace

std::optional<Expr> Lowering::sorting(const std::string& name, CXCursor cursor,
                                      const std::vector<CXCursor>& arguments) {
  const auto known = std::ranges::find_if(sorts, [&](const Sort& each) {
    return each.name == name && (arguments.size() == each.plain || arguments.size() == each.plain + 1);
  });
  if (known == sorts.end() || prelude_ == nullptr) return std::nullopt;
  const bool compared_by = arguments.size() > known->plain;
  // Without a comparison of its own: as the table says, where it says something.
  if (known->passes == Passes::none && !compared_by) return std::nullopt;
  std::vector<Stmt>* outer = prelude_;
  const Location at = ast_.location(cursor);
  const Expr first = range_of(arguments[0], *outer);
  const Type element_type = element_of(first.type);
  if (!compared_by && !has_order(element_type)) return std::nullopt;
  const Expr count = distance(first, expression(arguments[known->plain - 1]), at);
  const auto element = [&](Expr index) {
    return make(ExprKind::subscript, element_type, at, {first, std::move(index)});
  };
  const auto compare = [&](Expr a, Expr b, std::vector<Stmt>& body) {
    prelude_ = &body;
    auto out = compared_by ? applied(cursor, arguments[known->plain], {std::move(a), std::move(b)}, bool_type(), at)
                           : make_binary(Operator::less, bool_type(), at, std::move(a), std::move(b));
    prelude_ = outer;
    if (out) push_expression(std::move(*out), at.line, body);
    return out.has_value();
  };
  const auto move = [&](const Expr& index, std::vector<Stmt>& body) {
    if (!has_order(element_type)) return;
    push_expression(make(ExprKind::assign, element_type, at, {element(index), element(index)}), at.line, body);
  };

  auto [neighbours, i] = index_loop(cursor, make_integer(1, size_type(), at), count);
  Expr before = make_binary(Operator::subtract, size_type(), at, i, make_integer(1, size_type(), at));
  if (!compare(element(i), element(std::move(before)), neighbours.body)) {
    return unsupported(cursor, "function passed to " + name);
  }
  outer->push_back(std::move(neighbours));
  if (known->passes == Passes::none) return first;  // some element of the range

  Stmt further = start(StmtKind::branch, cursor);
  further.has_expr = true;
  further.expr = make(ExprKind::floating_literal, bool_type(), at);  // data
  further.expr.text = fmt::format("{}: from one comparison per element to those of a merge sort", ast_.text(cursor));
  auto [moves, j] = index_loop(cursor, make_integer(0, size_type(), at), count);
  move(j, moves.body);
  if (!moves.body.empty()) further.body.push_back(std::move(moves));
  // for (width = 2; width < elements; width *= 2): the passes after the first one
  const VariableId width = hidden_variable("width", size_type(), at);
  const Expr width_value = make_variable(width, size_type(), at);
  Stmt passes = start(StmtKind::loop, cursor);
  push_declaration(width, make_integer(2, size_type(), at), cursor, passes.init);
  passes.has_expr = true;
  Expr most = known->passes == Passes::selected ? distance(first, expression(arguments[1]), at) : count;
  passes.expr = make_binary(Operator::less, bool_type(), at, width_value, std::move(most));
  passes.expr.text = ast_.text(cursor);
  Expr doubled = make(ExprKind::assign, size_type(), at, {width_value, make_integer(2, size_type(), at)});
  doubled.op = Operator::multiply;
  passes.step.push_back(std::move(doubled));
  auto [pass, k] = index_loop(cursor, make_integer(0, size_type(), at), count);
  const bool understood = compare(element(k), element(k), pass.body);
  static_cast<void>(understood);  // as the first time
  move(k, pass.body);
  passes.body.push_back(std::move(pass));
  further.body.push_back(std::move(passes));
  outer->push_back(std::move(further));
  return make_integer(0, int_type(), at);
}

}  // namespace costscan::source::front
