// The functions of the cost language: the one table to extend (with NodeView::call).
#include <array>

#include "costs/expression.hpp"
#include "model/dtype.hpp"

namespace costscan {
namespace {

constexpr std::array<FunctionFacts, 33> function_table{{
    {"ceil_div", Builtin::ceil_div, 2, 2, false},
    {"floor_div", Builtin::floor_div, 2, 2, false},
    {"mod", Builtin::mod, 2, 2, false},
    {"min", Builtin::min, 1, -1, false},
    {"max", Builtin::max, 1, -1, false},
    {"abs", Builtin::abs, 1, 1, false},
    {"ceil_log2", Builtin::ceil_log2, 1, 1, false},
    {"sizeof", Builtin::size_of, 1, 1, false},
    {"len", Builtin::len, 1, 1, false},
    {"sum", Builtin::sum, 1, 1, false},
    {"prod", Builtin::prod, 1, 1, false},
    {"range", Builtin::range, 1, 1, false},
    {"rank", Builtin::rank, 1, 1, true},
    {"dim", Builtin::dim, 2, 2, true},
    {"dims", Builtin::dims, 1, 1, true},
    {"numel", Builtin::numel, 1, 1, true},
    {"dtype", Builtin::dtype, 1, 1, true},
    {"bits", Builtin::bits, 1, 1, true},
    {"elem", Builtin::elem, 1, 1, true},
    {"bytes", Builtin::bytes, 1, 1, true},
    {"present", Builtin::present, 1, 1, true},
    {"constant", Builtin::constant, 1, 1, true},
    {"known", Builtin::known, 1, 1, true},
    {"value", Builtin::value, 1, 2, true},
    {"arity", Builtin::arity, 1, 1, true},
    {"attr", Builtin::attr, 1, 2, false},
    {"has_attr", Builtin::has_attr, 1, 1, false},
    {"opset", Builtin::opset, 0, 0, false},
    {"fast_memory", Builtin::fast_memory, 0, 0, false},
    {"label_sizes", Builtin::label_sizes, 2, 2, true},
    {"chars", Builtin::chars, 1, 1, true},
    {"tree_depths", Builtin::tree_depths, 0, 0, false},
    {"unknown", Builtin::unknown, 1, 2, false},
}};

}  // namespace

const FunctionFacts* find_function_facts(std::string_view name) noexcept {
  for (const FunctionFacts& facts : function_table) {
    if (facts.name == name) return &facts;
  }
  return nullptr;
}

std::optional<Rational> size_of_type(std::string_view dtype_name) noexcept {
  const auto dtype = dtype_from_string(dtype_name);
  if (!dtype) return std::nullopt;
  const int bits = *dtype == DType::string ? text_object_bytes * 8 : bits_per_element(*dtype);
  return bits == 0 ? std::nullopt : make_rational(bits, 8);
}

const FunctionFacts& facts_of(Builtin function) noexcept {
  for (const FunctionFacts& facts : function_table) {
    if (facts.function == function) return facts;
  }
  return function_table.front();  // unreachable: every function but `none` has a row
}

}  // namespace costscan
