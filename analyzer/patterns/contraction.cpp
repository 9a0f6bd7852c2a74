#include "patterns/contraction.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "model/checked_math.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

constexpr std::int64_t most_axes = 8;

bool has_letter(std::string_view letters, char letter) noexcept {
  return letters.find(letter) != std::string_view::npos;
}

/// Batch axes get digits, counted from the last, so that they are aligned as broadcasting aligns them.
std::string batch_letters(std::int64_t count) {
  std::string out;
  for (std::int64_t i = count; i > 0; --i) out += static_cast<char>('0' + i);
  return out;
}

/// MatMul's axes; `turned`: the last two are exchanged before the product.
std::optional<Contraction> matmul_axes(const GraphView& view, std::int32_t node, bool a_turned, bool b_turned) {
  Contraction out;
  out.a = view.input(node, 0);
  out.b = view.input(node, 1);
  const std::int64_t rank_a = view.rank(out.a);
  const std::int64_t rank_b = view.rank(out.b);
  if (rank_a < 2 || rank_b < 2 || rank_a > most_axes || rank_b > most_axes) return std::nullopt;
  out.of_a = batch_letters(rank_a - 2) + (a_turned ? "ki" : "ik");
  out.of_b = batch_letters(rank_b - 2) + (b_turned ? "jk" : "kj");
  out.of_y = batch_letters(std::max(rank_a, rank_b) - 2) + "ij";
  return out;
}

bool is_set(const Node& node, std::string_view attribute) { return int_attribute(node, attribute).value_or(0) != 0; }

bool repeats_a_letter(std::string letters) {
  std::ranges::sort(letters);
  return std::ranges::adjacent_find(letters) != letters.end();
}

/// Letters of one term of an equation, its dots replaced by batch axes; nullopt where they do not fit the rank.
std::optional<std::string> term_letters(std::string_view term, std::int64_t rank) {
  constexpr std::string_view dots = "...";
  const std::size_t at = term.find(dots);
  const auto letters = static_cast<std::int64_t>(term.size() - (at == std::string_view::npos ? 0 : dots.size()));
  if (rank < letters || rank > most_axes) return std::nullopt;
  if (at == std::string_view::npos) return rank == letters ? std::optional(std::string(term)) : std::nullopt;
  return std::string(term.substr(0, at)) + batch_letters(rank - letters) + std::string(term.substr(at + dots.size()));
}

/// Without "->": batch axes, then every letter that occurs once, in order.
std::string implied_result(const std::string& of_a, const std::string& of_b) {
  std::string out;
  for (const char letter : of_a + of_b) {
    const bool digit = letter >= '0' && letter <= '9';
    const bool once = !has_letter(of_a, letter) || !has_letter(of_b, letter);
    if ((digit || once) && !has_letter(out, letter)) out += letter;
  }
  std::ranges::sort(out, [](char left, char right) {
    const auto is_digit = [](char each) { return each >= '0' && each <= '9'; };
    if (is_digit(left) && is_digit(right)) return left > right;
    return std::pair(!is_digit(left), left) < std::pair(!is_digit(right), right);
  });
  return out;
}

std::optional<Contraction> einsum_axes(const GraphView& view, std::int32_t node) {
  const std::string* stated = string_attribute(view.node(node), "equation");
  if (stated == nullptr || view.node(node).inputs.size() != 2) return std::nullopt;
  std::string equation = *stated;
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  const std::string_view operands = std::string_view(equation).substr(0, arrow);
  const std::size_t comma = operands.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  const auto of_a = term_letters(operands.substr(0, comma), view.rank(view.input(node, 0)));
  const auto of_b = term_letters(operands.substr(comma + 1), view.rank(view.input(node, 1)));
  if (!of_a || !of_b || repeats_a_letter(*of_a) || repeats_a_letter(*of_b)) return std::nullopt;
  Contraction out{view.input(node, 0), view.input(node, 1), *of_a, *of_b, {}, true};
  if (arrow == std::string::npos) {
    out.of_y = implied_result(*of_a, *of_b);
    return out;
  }
  const auto of_y = term_letters(std::string_view(equation).substr(arrow + 2), view.rank(view.output(node, 0)));
  if (!of_y) return std::nullopt;
  out.of_y = *of_y;
  return out;
}

/// The axis of `to` that holds the elements of an axis of `from` when its shape is changed: equally long, with equally
/// many elements behind.
std::optional<std::size_t> axis_in_view(const Shape& from, const Shape& to, std::size_t axis) {
  if (axis >= from.size()) return std::nullopt;
  const auto behind = element_count(std::span(from).subspan(axis + 1));
  for (std::size_t other = to.size(); behind && other-- > 0;) {
    if (to[other] == from[axis] && element_count(std::span(to).subspan(other + 1)) == behind) return other;
  }
  return std::nullopt;
}

std::optional<std::size_t> turned_axis(const GraphView& view, std::int32_t transpose, std::size_t axis, bool down) {
  const std::int64_t rank = view.rank(view.input(transpose, 0));
  if (rank < 0 || axis >= static_cast<std::size_t>(rank)) return std::nullopt;
  const auto* perm = ints_attribute(view.node(transpose), "perm");
  if (perm == nullptr) return static_cast<std::size_t>(rank) - 1 - axis;
  if (!down) return axis < perm->size() ? std::optional(static_cast<std::size_t>((*perm)[axis])) : std::nullopt;
  const auto found = std::ranges::find(*perm, static_cast<std::int64_t>(axis));
  if (found == perm->end()) return std::nullopt;
  return static_cast<std::size_t>(found - perm->begin());
}

std::optional<std::size_t> moved_axis(const GraphView& view, std::int32_t node, std::size_t slot, std::size_t axis,
                                      bool down) {
  const Shape* operand = view.shape(view.input(node, slot));
  const Shape* result = view.shape(view.output(node, 0));
  if (operand == nullptr || result == nullptr) return std::nullopt;
  if (is_op(view.node(node), "Transpose")) return turned_axis(view, node, axis, down);
  if (is_view_op(view.node(node))) {
    return down ? axis_in_view(*operand, *result, axis) : axis_in_view(*result, *operand, axis);
  }
  // Elementwise: aligned from the last axis on.
  if (operand->size() > result->size()) return std::nullopt;
  const std::size_t missing = result->size() - operand->size();
  if (down) return axis < operand->size() ? std::optional(axis + missing) : std::nullopt;
  return axis >= missing && axis < result->size() ? std::optional(axis - missing) : std::nullopt;
}

}  // namespace

bool Contraction::sums_over(char letter) const noexcept {
  return has_letter(of_a, letter) && has_letter(of_b, letter) && !has_letter(of_y, letter);
}

std::optional<Contraction> as_contraction(const GraphView& view, std::int32_t node) {
  const Node& here = view.node(node);
  if (is_op(here, "MatMul")) return matmul_axes(view, node, false, false);
  if (is_op(here, "FusedMatMul", "com.microsoft")) {
    if (is_set(here, "transBatchA") || is_set(here, "transBatchB")) return std::nullopt;
    return matmul_axes(view, node, is_set(here, "transA"), is_set(here, "transB"));
  }
  if (is_op(here, "Gemm")) return matmul_axes(view, node, is_set(here, "transA"), is_set(here, "transB"));
  return is_op(here, "Einsum") ? einsum_axes(view, node) : std::nullopt;
}

std::optional<std::size_t> axis_below(const GraphView& view, std::int32_t node, std::size_t slot, std::size_t axis) {
  return moved_axis(view, node, slot, axis, true);
}

std::optional<std::size_t> axis_above(const GraphView& view, std::int32_t node, std::size_t slot, std::size_t axis) {
  return moved_axis(view, node, slot, axis, false);
}

}  // namespace costscan
