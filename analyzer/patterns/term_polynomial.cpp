#include "patterns/term_polynomial.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace costscan {
namespace {

constexpr int polynomial_depth = 12;
constexpr std::array<std::string_view, 4> polynomial_products{"Mul", "Div", "Add", "Sub"};

TermPolynomial constant_term(double value) {
  TermPolynomial out;
  out.coefficients[0][0] = value;
  return out;
}

std::optional<double> constant_of(const TermPolynomial& a) {
  for (std::size_t i = 0; i < a.coefficients.size(); ++i) {
    for (std::size_t j = 0; j < a.coefficients[i].size(); ++j) {
      if ((i != 0 || j != 0) && a.coefficients[i][j] != 0) return std::nullopt;
    }
  }
  return a.coefficients[0][0];
}

TermPolynomial combined(const TermPolynomial& a, const TermPolynomial& b, double sign) {
  TermPolynomial out = a;
  for (std::size_t i = 0; i < out.coefficients.size(); ++i) {
    for (std::size_t j = 0; j < out.coefficients[i].size(); ++j) out.coefficients[i][j] += sign * b.coefficients[i][j];
  }
  return out;
}

std::optional<TermPolynomial> product(const TermPolynomial& a, const TermPolynomial& b) {
  TermPolynomial out;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      if (a.coefficients[i][j] == 0) continue;
      for (std::size_t k = 0; k < 4; ++k) {
        for (std::size_t l = 0; l < 2; ++l) {
          if (b.coefficients[k][l] == 0) continue;
          if (i + k > 3 || j + l > 1) return std::nullopt;
          out.coefficients[i + k][j + l] += a.coefficients[i][j] * b.coefficients[k][l];
        }
      }
    }
  }
  return out;
}

std::optional<TermPolynomial> power(const TermPolynomial& base, double exponent) {
  if (exponent != 1 && exponent != 2 && exponent != 3) return std::nullopt;
  std::optional<TermPolynomial> out = base;
  for (int i = 1; out && i < static_cast<int>(exponent); ++i) out = product(*out, base);
  return out;
}

class Reader {
 public:
  Reader(const GraphView& view, PolynomialReading& reading) : view_(view), reading_(reading) {}

  std::optional<TermPolynomial> read(ValueId value, int depth) {
    if (value == no_value || depth > polynomial_depth) return std::nullopt;
    const ValueId source = view_.source(value);
    if (source == reading_.x) {
      reading_.reads.push_back(value);
      TermPolynomial out;
      out.coefficients[1][0] = 1;
      return out;
    }
    if (source == reading_.e) {
      static_cast<void>(traced_source(view_, value, reading_.trail));
      TermPolynomial out;
      out.coefficients[0][1] = 1;
      return out;
    }
    if (const auto constant = scalar_term(view_, value)) return constant_term(*constant);
    const std::int32_t node = view_.producer(traced_source(view_, value, reading_.trail));
    if (node < 0 || !view_.node(node).domain.empty()) return std::nullopt;
    reading_.trail.push_back(node);
    return read_node(node, depth + 1);
  }

 private:
  std::optional<TermPolynomial> read_node(std::int32_t index, int depth) {
    const Node& node = view_.node(index);
    if (is_op(node, "Neg")) {
      const auto a = read(view_.input(index, 0), depth);
      return a ? std::optional(combined({}, *a, -1)) : std::nullopt;
    }
    if (node.inputs.size() != 2) return std::nullopt;
    const bool known = is_op(node, "Mul") || is_op(node, "Add") || is_op(node, "Sub") || is_op(node, "Div") ||
                       is_op(node, "Pow") || is_op(node, "Sum");
    if (!known) return std::nullopt;
    const auto a = read(view_.input(index, 0), depth);
    if (!a) return std::nullopt;
    const auto b = read(view_.input(index, 1), depth);
    if (!b) return std::nullopt;
    if (is_op(node, "Mul")) return product(*a, *b);
    if (is_op(node, "Add") || is_op(node, "Sum")) return combined(*a, *b, 1);
    if (is_op(node, "Sub")) return combined(*a, *b, -1);
    const auto constant = constant_of(*b);
    if (!constant) return std::nullopt;
    if (is_op(node, "Pow")) return power(*a, *constant);
    if (*constant == 0) return std::nullopt;
    return product(*a, constant_term(1 / *constant));
  }

  const GraphView& view_;
  PolynomialReading& reading_;
};

}  // namespace

std::optional<TermPolynomial> as_polynomial(const GraphView& view, ValueId value, PolynomialReading& reading) {
  return Reader(view, reading).read(value, 0);
}

std::vector<ValueId> polynomial_arguments(const GraphView& view, ValueId argument) {
  constexpr std::size_t most = 40;
  std::vector<ValueId> found;
  std::vector<ValueId> level{view.source(argument)};
  for (int depth = 0; depth < 6 && !level.empty(); ++depth) {
    std::vector<ValueId> next;
    for (const ValueId value : level) {
      if (std::ranges::find(found, value) != found.end() || view.is_constant(value) || found.size() >= most) continue;
      found.push_back(value);
      const Node* node = view.producer_node(value);
      constexpr std::array<std::string_view, 7> arithmetic{"Mul", "Add", "Sub", "Div", "Pow", "Neg", "Sum"};
      if (node == nullptr || !is_any_op(*node, arithmetic)) continue;
      for (const ValueId in : node->inputs) {
        if (in != no_value) next.push_back(view.source(in));
      }
    }
    level = std::move(next);
  }
  return found;
}

std::vector<ValueId> polynomial_results(const GraphView& view, ValueId from) {
  constexpr std::size_t most = 24;
  std::vector<ValueId> found;
  std::vector<ValueId> level{from};
  for (int depth = 0; depth < 5; ++depth) {
    std::vector<ValueId> next;
    for (const ValueId value : level) {
      for (const ValueUse& use : view.canonical_uses(value)) {
        if (use.slot < 0 || !is_any_op(view.node(use.node), polynomial_products) || found.size() >= most) continue;
        const ValueId out = view.output(use.node, 0);
        if (out == no_value || std::ranges::find(found, out) != found.end()) continue;
        found.push_back(out);
        next.push_back(out);
      }
    }
    level = std::move(next);
  }
  return found;
}

bool is_polynomial(const TermPolynomial& found, const TermPolynomial& expected, DType dtype) noexcept {
  for (std::size_t i = 0; i < found.coefficients.size(); ++i) {
    for (std::size_t j = 0; j < found.coefficients[i].size(); ++j) {
      const double want = expected.coefficients[i][j];
      const double have = found.coefficients[i][j];
      if (want == 0 ? have != 0 : !is_rounded(have, want, dtype)) return false;
    }
  }
  return true;
}

}  // namespace costscan
