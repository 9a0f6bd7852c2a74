#include "source/count/sums.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace costscan::source::count {

/// The sum over `var` of `body` (polynomial in var) times `factors` (atoms that depend on var), from the largest of
/// `lower` to the smallest of `upper`.
struct Summation::Task {
  AtomId var = 0;
  Poly body;
  Monomial factors;
  std::vector<Poly> lower;
  std::vector<Poly> upper;
  bool checked = false;  ///< the closed form holds for this range though it may be one short of empty

  [[nodiscard]] Poly summand() const {
    Poly out;
    out.terms[factors] = Rational{1, 1};
    return out * body;
  }
  [[nodiscard]] Task without(AtomId atom) const {
    Task out = *this;
    std::erase_if(out.factors, [&](const Power& f) { return f.atom == atom; });
    return out;
  }
};

namespace {

constexpr int deepest_split = 24;
constexpr std::size_t most_terms = 4000;

Poly term_of(const Monomial& monomial, Rational coefficient) {
  Poly out;
  out.terms[monomial] = coefficient;
  return out;
}

}  // namespace

Poly Summation::sum(const Poly& body, AtomId var, const Poly& count) { return grouped_sum(body, var, count, false); }

Poly Summation::grouped_sum(const Poly& body, AtomId var, const Poly& count, bool checked) {
  // Terms that share their atoms that vary with var are summed together.
  std::map<Monomial, Poly> groups;
  for (const auto& [monomial, coefficient] : body.terms) {
    Monomial varying;
    Monomial others;
    for (const Power& f : monomial) {
      const bool varies = f.atom != var && algebra_.atom(f.atom).loops.contains(var);
      (varies ? varying : others).push_back(f);
    }
    groups[varying] += term_of(others, coefficient);
  }
  Poly total;
  total.overflow = body.overflow || count.overflow;
  for (auto& [factors, part] : groups) {
    total += bounded_sum({var, std::move(part), factors, {Poly(0)}, {count - Poly(1)}, checked});
  }
  return total;
}

Poly Summation::bounded_sum(Task task) {
  if (depth_ > deepest_split || task.body.terms.size() > most_terms) return term_by_term(task);
  ++depth_;
  const auto close = [&](Poly result) {
    --depth_;
    return result;
  };
  // Conditions first: they narrow the range.
  for (const Power& f : task.factors) {
    if (f.atom < 0) return close(by_condition(task, f.atom));
  }
  for (bool lower : {true, false}) {
    auto& bounds = lower ? task.lower : task.upper;
    while (bounds.size() > 1) {
      const Poly gap = bounds[0] - bounds[1];  // >= 0: the first is the larger one
      assume_generic(gap);
      if (nonnegative(gap)) {
        bounds.erase(bounds.begin() + (lower ? 1 : 0));
      } else if (nonnegative(-gap)) {
        bounds.erase(bounds.begin() + (lower ? 0 : 1));
      } else {
        Task first = task;
        Task second = task;
        (lower ? first.lower : first.upper).erase((lower ? first.lower : first.upper).begin() + (lower ? 1 : 0));
        (lower ? second.lower : second.upper).erase((lower ? second.lower : second.upper).begin() + (lower ? 0 : 1));
        const Poly larger = algebra_.at_least_zero(gap);
        const Poly smaller = algebra_.at_least_zero(-gap - Poly(1));
        return close(larger * bounded_sum(std::move(first)) + smaller * bounded_sum(std::move(second)));
      }
    }
  }
  if (task.factors.empty()) return close(polynomial_sum(task));
  const AtomId atom = task.factors.back().atom;
  switch (algebra_.atom(atom).kind) {
    case AtomKind::minimum: return close(by_minimum(task, atom));
    case AtomKind::floor_quotient: return close(by_residues(task, atom));
    case AtomKind::power_of: return close(by_power(task, atom));
    default: return close(term_by_term(task));
  }
}

Poly Summation::by_condition(Task task, AtomId condition) {
  const Atom atom = algebra_.atom(condition);
  const auto line = linear_in(algebra_, atom.a, task.var);
  if (!line) {
    // A condition on a quotient of the index: residue classes make it linear.
    for (const auto& [monomial, coefficient] : atom.a.terms) {
      for (const Power& f : monomial) {
        if (algebra_.atom(f.atom).kind == AtomKind::floor_quotient && algebra_.atom(f.atom).loops.contains(task.var)) {
          return by_residues(std::move(task), f.atom);
        }
      }
    }
    return term_by_term(task);
  }
  Task rest = task.without(condition);
  if (atom.kind == AtomKind::at_least_zero) {
    if (nonnegative(line->slope)) {  // t >= ceil(-rest / slope)
      rest.lower.push_back(-algebra_.floor_quotient(line->rest, line->slope));
      return bounded_sum(std::move(rest));
    }
    if (nonnegative(-line->slope)) {
      rest.upper.push_back(algebra_.floor_quotient(line->rest, -line->slope));
      return bounded_sum(std::move(rest));
    }
    return term_by_term(task);
  }
  const auto slope = integer_value(line->slope);
  if (!slope) return term_by_term(task);
  const Poly at = *slope > 0 ? algebra_.floor_quotient(-line->rest, line->slope)
                             : algebra_.floor_quotient(line->rest, -line->slope);
  Poly out = algebra_.substitute(rest.summand(), task.var, at);
  if (*slope != 1 && *slope != -1) out = out * equals_zero(line->slope * at + line->rest);
  for (const Poly& bound : task.lower) out = out * at_least_zero(at - bound);
  for (const Poly& bound : task.upper) out = out * at_least_zero(bound - at);
  return out;
}

/// A tile's end: the first arm up to the last tile but one, the other in the last one; or one of them throughout.
Poly Summation::by_minimum(Task task, AtomId minimum) {
  const Atom atom = algebra_.atom(minimum);
  int exponent = 0;
  for (const Power& f : task.factors) exponent = f.atom == minimum ? f.exponent : exponent;
  const Poly summand = task.without(minimum).summand();
  const Poly& from = task.lower.front();
  const Poly& to = task.upper.front();
  const auto holds = [&](const Poly& p, const Poly& at) { return nonnegative(algebra_.substitute(p, task.var, at)); };
  const auto part = [&](const Poly& arm, const Poly& low, const Poly& high, bool checked = false) {
    // Shifted so that the sum starts at 0.
    const Poly index = term_of({{task.var, 1}}, Rational{1, 1}) + low;
    const Poly body = algebra_.substitute(summand * power(arm, exponent), task.var, index);
    return grouped_sum(body, task.var, high - low + Poly(1), checked);
  };
  if (const auto length = constant_value(to - from); length && length->numerator < 0) return 0;
  for (const auto& [growing, fixed] : {std::pair(atom.a, atom.b), std::pair(atom.b, atom.a)}) {
    const auto line = linear_in(algebra_, growing - fixed, task.var);
    if (!line || !nonnegative(line->slope)) continue;
    const Poly gap = fixed - growing;  // falls with the index
    if (holds(gap, to)) return part(growing, from, to);
    if (holds(-gap, from)) return part(fixed, from, to);
    if (holds(gap, to - Poly(1)) && holds(-gap, to)) {
      // Without any tile both parts cancel: the first arm at -1 is the other arm's 0.
      return part(growing, from, to - Poly(1), true) +
             algebra_.substitute(summand * power(fixed, exponent), task.var, to);
    }
    // The arms cross at some index in between.
    Task first = task.without(minimum);
    Task second = first;
    first.body = first.body * power(growing, exponent);
    second.body = second.body * power(fixed, exponent);
    const Poly last = algebra_.floor_quotient(-line->rest, line->slope);
    first.upper.push_back(last);
    second.lower.push_back(last + Poly(1));
    return bounded_sum(std::move(first)) + bounded_sum(std::move(second));
  }
  return term_by_term(task);
}

/// Quotients by a small constant: t = divisor*u + r for every r, and the quotients become linear in u.
Poly Summation::by_residues(Task task, AtomId quotient) {
  constexpr std::int64_t most = 64;
  const Atom atom = algebra_.atom(quotient);
  const auto divisor = integer_value(atom.b);
  const auto line = linear_in(algebra_, atom.a, task.var);
  const auto slope = line ? integer_value(line->slope) : std::nullopt;
  if (!divisor || !slope || *slope == 0) return term_by_term(task);
  const std::int64_t step = *divisor / std::gcd(*divisor, *slope);
  if (step > most || task.lower.size() != 1 || task.upper.size() != 1) return term_by_term(task);
  const Poly summand = task.summand();
  Poly total;
  for (std::int64_t r = 0; r < step; ++r) {
    // From the lower bound on, in steps.
    const Poly index = task.lower.front() + Poly(r) + scaled(term_of({{task.var, 1}}, Rational{1, 1}), {step, 1});
    const Poly count = algebra_.floor_quotient(task.upper.front() - task.lower.front() - Poly(r), Poly(step)) + Poly(1);
    total += sum(algebra_.substitute(summand, task.var, index), task.var, count);
  }
  return total;
}

/// Geometric sums.
Poly Summation::by_power(Task task, AtomId power_atom) {
  const Atom atom = algebra_.atom(power_atom);
  const auto line = linear_in(algebra_, atom.a, task.var);
  const auto slope = line ? integer_value(line->slope) : std::nullopt;
  if (task.factors.size() != 1 || algebra_.depends(task.body, task.var) || !slope || *slope != 1) {
    return term_by_term(task);
  }
  const int exponent = task.factors.front().exponent;
  std::int64_t ratio = 1;
  for (int i = 0; i < exponent; ++i) {
    if (ratio > (std::int64_t{1} << 30)) return term_by_term(task);
    ratio *= atom.base;
  }
  const Poly after = power(algebra_.power_of(atom.base, line->rest + task.upper.front() + Poly(1)), exponent);
  const Poly first = power(algebra_.power_of(atom.base, line->rest + task.lower.front()), exponent);
  return scaled(task.body * (after - first), Rational{1, ratio - 1});
}

Poly Summation::polynomial_sum(const Task& task) {
  const Poly& from = task.lower.front();
  const Poly count = task.upper.front() - from + Poly(1);
  if (const auto length = constant_value(count); length && length->numerator <= 0) return 0;
  // By powers of the index, each times a polynomial without it.
  std::map<int, Poly> by_exponent;
  for (const auto& [monomial, coefficient] : task.body.terms) {
    Monomial others;
    int exponent = 0;
    for (const Power& f : monomial) {
      if (f.atom == task.var) {
        exponent = f.exponent;
      } else {
        others.push_back(f);
      }
    }
    by_exponent[exponent] += term_of(others, coefficient);
  }
  Poly total;
  for (const auto& [exponent, factor] : by_exponent) {
    const auto high = power_sum(exponent, task.upper.front() + Poly(1));
    const auto low = power_sum(exponent, from);
    if (!high || !low) return term_by_term(task);
    total += factor * (*high - *low);
  }
  if (task.checked) return total;
  // Ranges that conditions narrowed may be empty: for large symbols they are, or are not.
  assume_generic(count);
  return total * at_least_zero(count);
}

void Summation::add_size(const std::string& symbol) {
  constexpr std::int64_t ratio = 13;
  constexpr std::int64_t smallest = 11;
  if (!sizes_.emplace(symbol, next_size_ + 1).second) return;
  next_size_ = std::max(next_size_ / ratio, smallest);
}

std::optional<Rational> Summation::at_large(const Poly& p) const {
  constexpr std::int64_t others = 3;
  std::map<std::string, std::int64_t> values = sizes_;
  for (const std::string& symbol : algebra_.symbols(p)) values.emplace(symbol, others);
  return evaluate(algebra_, p, values);
}

/// Where the order of two bounds depends on symbols only, it is taken as in large problems.
void Summation::assume_generic(const Poly& gap) {
  if (algebra_.has_loops(gap) || nonnegative(gap) || nonnegative(-gap)) return;
  const auto value = at_large(gap);
  if (value) (void)assume(value->numerator >= 0 ? gap : -gap);
}

Poly Summation::term_by_term(const Task& task) {
  const Poly summand = task.summand();
  const auto bound = [](const std::vector<Poly>& bounds, bool largest) -> std::optional<std::int64_t> {
    std::optional<std::int64_t> out;
    for (const Poly& p : bounds) {
      const auto value = integer_value(p);
      if (!value) return std::nullopt;
      out = !out ? *value : largest ? std::max(*out, *value) : std::min(*out, *value);
    }
    return out;
  };
  const auto from = bound(task.lower, true);
  const auto to = bound(task.upper, false);
  if (from && to && *to - *from < budget_) {
    Poly total;
    for (std::int64_t t = *from; t <= *to; ++t) {
      --budget_;
      total += algebra_.substitute(summand, task.var, Poly(t));
    }
    return total;
  }
  if (task.lower.size() != 1 || task.upper.size() != 1) {
    // The bounds as conditions inside one sum.
    Poly guarded = summand;
    const Poly index = term_of({{task.var, 1}}, Rational{1, 1});
    for (const Poly& p : task.lower) guarded = guarded * algebra_.at_least_zero(index - p);
    for (const Poly& p : task.upper) guarded = guarded * algebra_.at_least_zero(p - index);
    return algebra_.sum(task.var, task.lower.front(), task.upper.front(), guarded);
  }
  return algebra_.sum(task.var, task.lower.front(), task.upper.front(), summand);
}

}  // namespace costscan::source::count
