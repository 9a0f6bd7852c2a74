// Contents through elementwise operators: arithmetic, comparisons, logic, Cast, Where.
#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/value_rules.hpp"

namespace costscan {
namespace {

using Outputs = std::span<TensorInfo>;
using MaybeInt = std::optional<std::int64_t>;

double as_double(const KnownValue& value, std::int64_t index) {
  const auto at = static_cast<std::size_t>(index);
  return holds_ints(value.dtype) ? static_cast<double>(value.ints[at]) : value.floats[at];
}

/// Operand indices for axis-style broadcasting of opsets below 7 (attributes broadcast and axis), else numpy's.
std::optional<Indices> operand_indices(const NodeInputs& node, const Shape& in, const Shape& out, bool right) {
  const auto axis = int_attribute(node.node, "axis");
  if (node.version >= 7 || !right || !axis || in.size() == out.size()) return broadcast_indices(in, out);
  const auto start = normal_axis(*axis, out.size());
  if (!start || *start + in.size() > out.size()) return std::nullopt;
  Shape padded = in;
  padded.resize(out.size() - *start, 1);
  return broadcast_indices(padded, out);
}

/// Applies one of the two functions to all pairs; the integer one may refuse (division by zero).
template <class IntOp, class FloatOp>
void binary(const NodeInputs& node, Outputs outputs, IntOp int_op, FloatOp float_op) {
  const KnownValue* a = node.contents(0);
  const KnownValue* b = node.contents(1);
  if (a == nullptr || b == nullptr || !outputs[0].shape) return;
  const Shape& dims = *outputs[0].shape;
  const auto left = operand_indices(node, a->dims, dims, false);
  const auto right = operand_indices(node, b->dims, dims, true);
  if (!left || !right || a->dtype == DType::string || b->dtype == DType::string) return;
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = dims;
  const bool ints = holds_ints(a->dtype) && holds_ints(b->dtype);
  for (std::size_t i = 0; i < left->size(); ++i) {
    if (ints) {
      const MaybeInt value =
          int_op(a->ints[static_cast<std::size_t>((*left)[i])], b->ints[static_cast<std::size_t>((*right)[i])]);
      if (!value || !holds_ints(out->dtype)) return;
      out->ints.push_back(wrapped_to(out->dtype, *value));
    } else {
      const double value = float_op(as_double(*a, (*left)[i]), as_double(*b, (*right)[i]));
      if (holds_ints(out->dtype)) {  // comparisons
        out->ints.push_back(value != 0.0 ? 1 : 0);
      } else {
        out->floats.push_back(rounded_to(out->dtype, value));
      }
    }
  }
  outputs[0].value = std::move(out);
}

MaybeInt add_ints(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? std::nullopt : MaybeInt(out);
}
MaybeInt subtract_ints(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_sub_overflow(a, b, &out) ? std::nullopt : MaybeInt(out);
}
MaybeInt multiply_ints(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_mul_overflow(a, b, &out) ? std::nullopt : MaybeInt(out);
}
bool divisible(std::int64_t a, std::int64_t b) {
  return b != 0 && !(a == std::numeric_limits<std::int64_t>::min() && b == -1);
}
MaybeInt power_ints(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0 || exponent > 64) return std::nullopt;
  MaybeInt out = 1;
  for (std::int64_t i = 0; out && i < exponent; ++i) out = multiply_ints(*out, base);
  return out;
}

void add_rule(const NodeInputs& n, Outputs o) {
  binary(n, o, add_ints, [](double a, double b) { return a + b; });
}
void sub_rule(const NodeInputs& n, Outputs o) {
  binary(n, o, subtract_ints, [](double a, double b) { return a - b; });
}
void mul_rule(const NodeInputs& n, Outputs o) {
  binary(n, o, multiply_ints, [](double a, double b) { return a * b; });
}
/// Integer division truncates toward zero (as ONNX Runtime does).
void div_rule(const NodeInputs& n, Outputs o) {
  binary(
      n, o, [](std::int64_t a, std::int64_t b) { return divisible(a, b) ? MaybeInt(a / b) : std::nullopt; },
      [](double a, double b) { return a / b; });
}
void mod_rule(const NodeInputs& n, Outputs o) {
  const bool c_style = int_attribute(n.node, "fmod").value_or(0) != 0;
  binary(
      n, o,
      [c_style](std::int64_t a, std::int64_t b) -> MaybeInt {
        if (!divisible(a, b)) return std::nullopt;
        const std::int64_t rest = a % b;
        return !c_style && rest != 0 && ((rest < 0) != (b < 0)) ? rest + b : rest;
      },
      [](double a, double b) { return std::fmod(a, b); });
}
void pow_rule(const NodeInputs& n, Outputs o) {
  // The base's type rules: an integer base with a floating exponent gives an integer.
  const KnownValue* base = n.contents(0);
  const KnownValue* exponent = n.contents(1);
  if (base == nullptr || exponent == nullptr || holds_ints(base->dtype) != holds_ints(exponent->dtype)) return;
  binary(n, o, power_ints, [](double a, double b) { return std::pow(a, b); });
}

template <class Compare>
void comparison(const NodeInputs& n, Outputs o, Compare compare) {
  binary(
      n, o, [&](std::int64_t a, std::int64_t b) { return MaybeInt(compare(a, b) ? 1 : 0); },
      [&](double a, double b) { return compare(a, b) ? 1.0 : 0.0; });
}
void equal_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return !(a < b) && !(b < a); });
}
void less_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return a < b; });
}
void greater_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return a > b; });
}
void less_equal_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return a <= b; });
}
void greater_equal_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return a >= b; });
}
void and_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return a > 0 && b > 0; });
}
void or_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return a > 0 || b > 0; });
}
void xor_rule(const NodeInputs& n, Outputs o) {
  comparison(n, o, [](auto a, auto b) { return (a > 0) != (b > 0); });
}

/// Min, Max, Sum, Mean of any number of operands, folded from the left.
void fold_rule(const NodeInputs& node, Outputs outputs) {
  if (!outputs[0].shape || node.inputs.empty()) return;
  const std::string& op = node.node.op_type;
  const Shape& dims = *outputs[0].shape;
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = dims;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const KnownValue* part = node.contents(i);
    const auto indices = part != nullptr ? broadcast_indices(part->dims, dims) : std::nullopt;
    if (!indices || holds_ints(part->dtype) != holds_ints(out->dtype)) return;
    const auto fold = [&](auto& total, const auto& from) {
      if (i == 0) total.resize(indices->size());
      for (std::size_t k = 0; k < indices->size(); ++k) {
        const auto x = from[static_cast<std::size_t>((*indices)[k])];
        if (i == 0) {
          total[k] = x;
        } else {
          total[k] = op == "Min" ? std::min(total[k], x) : op == "Max" ? std::max(total[k], x) : total[k] + x;
        }
      }
    };
    if (holds_ints(out->dtype)) {
      fold(out->ints, part->ints);
    } else {
      fold(out->floats, part->floats);
    }
  }
  for (double& x : out->floats) {
    x = rounded_to(out->dtype, op == "Mean" ? x / static_cast<double>(node.inputs.size()) : x);
  }
  outputs[0].value = std::move(out);
}

double round_half_even(double x) { return std::nearbyint(x); }

void unary_rule(const NodeInputs& node, Outputs outputs) {
  using FloatOp = double (*)(double);
  static const std::unordered_map<std::string_view, FloatOp> table{
      {"Neg", [](double x) { return -x; }},
      {"Abs", [](double x) { return std::abs(x); }},
      {"Sign", [](double x) { return static_cast<double>((x > 0) - (x < 0)); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"Round", round_half_even},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Reciprocal", [](double x) { return 1.0 / x; }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Log", [](double x) { return std::log(x); }},
      {"Relu", [](double x) { return std::max(x, 0.0); }},
  };
  const KnownValue* in = node.contents(0);
  if (in == nullptr || !outputs[0].shape || in->dtype == DType::string) return;
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = *outputs[0].shape;
  const FloatOp op = table.at(node.node.op_type);
  for (const std::int64_t x : in->ints) {
    // Beyond 2^53 a double no longer holds the integer.
    if (std::abs(x) > (std::int64_t{1} << 53)) return;
    out->ints.push_back(wrapped_to(out->dtype, static_cast<std::int64_t>(op(static_cast<double>(x)))));
  }
  for (const double x : in->floats) out->floats.push_back(rounded_to(out->dtype, op(x)));
  outputs[0].value = std::move(out);
}

void not_rule(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr) return;
  auto out = std::make_shared<KnownValue>(*in);
  for (std::int64_t& x : out->ints) x = x != 0 ? 0 : 1;
  outputs[0].value = std::move(out);
}

void is_nan_rule(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr || in->floats.empty()) return;
  std::vector<std::int64_t> out;
  for (const double x : in->floats) out.push_back(std::isnan(x) ? 1 : 0);
  outputs[0].value = known_ints(DType::boolean, in->dims, std::move(out));
}

/// To integers truncates toward zero; what does not fit is undefined and stays unknown.
void cast_rule(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr || !outputs[0].shape || in->dtype == DType::string || outputs[0].dtype == DType::string) return;
  auto out = std::make_shared<KnownValue>();
  out->dtype = outputs[0].dtype;
  out->dims = in->dims;
  const bool to_ints = holds_ints(out->dtype);
  if (!to_ints && !is_floating(out->dtype)) return;
  for (const std::int64_t x : in->ints) {
    if (to_ints) {
      out->ints.push_back(wrapped_to(out->dtype, x));
    } else {
      out->floats.push_back(rounded_to(out->dtype, static_cast<double>(x)));
    }
  }
  for (const double x : in->floats) {
    if (!to_ints) {
      out->floats.push_back(rounded_to(out->dtype, x));
    } else if (out->dtype == DType::boolean) {
      out->ints.push_back(x != 0.0 ? 1 : 0);
    } else {
      if (!(std::abs(x) < 9.0e18)) return;
      out->ints.push_back(wrapped_to(out->dtype, static_cast<std::int64_t>(x)));
    }
  }
  outputs[0].value = std::move(out);
}

void where_rule(const NodeInputs& node, Outputs outputs) {
  const KnownValue* condition = node.contents(0);
  const KnownValue* yes = node.contents(1);
  const KnownValue* no = node.contents(2);
  if (condition == nullptr || !holds_ints(condition->dtype) || !outputs[0].shape) return;
  const Shape& dims = *outputs[0].shape;
  const auto which = broadcast_indices(condition->dims, dims);
  if (!which) return;
  // A side that is never chosen need not be known.
  const auto chosen = [&](bool side) {
    return std::any_of(which->begin(), which->end(),
                       [&](std::int64_t i) { return (condition->ints[static_cast<std::size_t>(i)] != 0) == side; });
  };
  if ((yes == nullptr && chosen(true)) || (no == nullptr && chosen(false))) return;
  const auto left = yes != nullptr ? broadcast_indices(yes->dims, dims) : Indices(which->size(), 0);
  const auto right = no != nullptr ? broadcast_indices(no->dims, dims) : Indices(which->size(), 0);
  if (!left || !right) return;
  std::vector<const KnownValue*> pool;
  if (yes != nullptr) pool.push_back(yes);
  if (no != nullptr) pool.push_back(no);
  const std::int64_t offset = yes != nullptr ? size_of(*yes) : 0;
  Indices indices;
  for (std::size_t i = 0; i < which->size(); ++i) {
    const bool side = condition->ints[static_cast<std::size_t>((*which)[i])] != 0;
    indices.push_back(side ? (*left)[i] : offset + (*right)[i]);
  }
  outputs[0].value = pick(pool, indices, outputs[0].dtype, dims);
}

void clip_rule(const NodeInputs& node, Outputs outputs) {
  const KnownValue* in = node.contents(0);
  if (in == nullptr || (node.input(1) != nullptr && node.contents(1) == nullptr) ||
      (node.input(2) != nullptr && node.contents(2) == nullptr) || in->dtype == DType::string) {
    return;
  }
  auto out = std::make_shared<KnownValue>(*in);
  const KnownValue* low = node.contents(1);
  const KnownValue* high = node.contents(2);
  for (std::int64_t& x : out->ints) {
    if (low != nullptr && !low->ints.empty()) x = std::max(x, low->ints[0]);
    if (high != nullptr && !high->ints.empty()) x = std::min(x, high->ints[0]);
  }
  for (double& x : out->floats) {
    x = std::max(x, low != nullptr && !low->floats.empty()
                        ? low->floats[0]
                        : static_cast<double>(float_attribute(node.node, "min").value_or(-HUGE_VALF)));
    x = std::min(x, high != nullptr && !high->floats.empty()
                        ? high->floats[0]
                        : static_cast<double>(float_attribute(node.node, "max").value_or(HUGE_VALF)));
  }
  outputs[0].value = std::move(out);
}

}  // namespace

ValueRule elementwise_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, ValueRule> table{
      {"Add", add_rule},
      {"Sub", sub_rule},
      {"Mul", mul_rule},
      {"Div", div_rule},
      {"Mod", mod_rule},
      {"Pow", pow_rule},
      {"Equal", equal_rule},
      {"Less", less_rule},
      {"Greater", greater_rule},
      {"LessOrEqual", less_equal_rule},
      {"GreaterOrEqual", greater_equal_rule},
      {"And", and_rule},
      {"Or", or_rule},
      {"Xor", xor_rule},
      {"Not", not_rule},
      {"IsNaN", is_nan_rule},
      {"Min", fold_rule},
      {"Max", fold_rule},
      {"Sum", fold_rule},
      {"Mean", fold_rule},
      {"Neg", unary_rule},
      {"Abs", unary_rule},
      {"Sign", unary_rule},
      {"Ceil", unary_rule},
      {"Floor", unary_rule},
      {"Round", unary_rule},
      {"Sqrt", unary_rule},
      {"Reciprocal", unary_rule},
      {"Exp", unary_rule},
      {"Log", unary_rule},
      {"Relu", unary_rule},
      {"Cast", cast_rule},
      {"CastLike", cast_rule},
      {"Where", where_rule},
      {"Clip", clip_rule},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : it->second;
}

}  // namespace costscan
