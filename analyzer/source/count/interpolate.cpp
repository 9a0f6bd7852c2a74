#include "source/count/interpolate.hpp"

#include "source/count/sums.hpp"

namespace costscan::source::count {
namespace {

constexpr int highest_degree = 4;
constexpr std::int64_t most_samples = 300;

/// Degree along one symbol by finite differences, checked at one more point than it needs.
std::optional<int> degree_along(const std::string& symbol, const Binding& base, const Sampler& sample) {
  std::vector<Rational> differences;
  for (int i = 0; i <= highest_degree + 2; ++i) {
    Binding at = base;
    at[symbol] += i;
    const auto value = sample(at);
    if (!value) return std::nullopt;
    differences.push_back({*value, 1});
  }
  int degree = -1;
  for (int order = 0; !differences.empty(); ++order) {
    bool all_zero = true;
    for (const Rational& d : differences) all_zero = all_zero && d.numerator == 0;
    if (all_zero) return degree < 0 ? 0 : degree;
    if (differences.size() == 1) return std::nullopt;
    degree = order;
    for (std::size_t i = 0; i + 1 < differences.size(); ++i) {
      const auto d = costscan::subtract(differences[i + 1], differences[i]);
      if (!d) return std::nullopt;
      differences[i] = *d;
    }
    differences.pop_back();
  }
  return std::nullopt;
}

/// Newton's form along the symbols one after another.
std::optional<Poly> through(Algebra& algebra, const std::vector<std::pair<std::string, int>>& degrees, std::size_t next,
                            const Binding& at, const Sampler& sample) {
  if (next == degrees.size()) {
    const auto value = sample(at);
    return value ? std::optional(Poly(*value)) : std::nullopt;
  }
  const auto& [symbol, degree] = degrees[next];
  const std::int64_t start = at.at(symbol);
  std::vector<Poly> values;
  for (int i = 0; i <= degree; ++i) {
    Binding point = at;
    point[symbol] = start + i;
    const auto value = through(algebra, degrees, next + 1, point, sample);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  Poly out;
  Poly basis = 1;
  for (int order = 0; order <= degree; ++order) {
    out += values.front() * basis;
    for (std::size_t i = 0; i + 1 < values.size(); ++i) values[i] = values[i + 1] - values[i];
    values.pop_back();
    basis = scaled(basis * (algebra.symbol(symbol) - Poly(start + order)), Rational{1, order + 1});
  }
  return out;
}

}  // namespace

std::optional<Poly> interpolate(Algebra& algebra, const std::vector<std::string>& symbols, const Binding& base,
                                const std::vector<Binding>& held_out, const Sampler& sample) {
  std::vector<std::pair<std::string, int>> degrees;
  std::int64_t samples = 1;
  for (const std::string& symbol : symbols) {
    const auto degree = degree_along(symbol, base, sample);
    if (!degree) return std::nullopt;
    if (*degree > 0) degrees.emplace_back(symbol, *degree);
    samples *= *degree + 1;
    if (samples > most_samples) return std::nullopt;
  }
  const auto form = through(algebra, degrees, 0, base, sample);
  if (!form || form->overflow) return std::nullopt;
  int checked = 0;
  for (const Binding& binding : held_out) {
    const auto expected = sample(binding);
    if (!expected) continue;
    const auto value = evaluate(algebra, *form, binding);
    if (!value || *value != Rational{*expected, 1}) return std::nullopt;
    ++checked;
  }
  return checked > 0 ? form : std::nullopt;
}

}  // namespace costscan::source::count
