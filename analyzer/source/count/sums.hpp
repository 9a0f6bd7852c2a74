// Exact sums over loop indices, and what can be proven about polynomials of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "source/count/poly.hpp"

namespace costscan::source::count {

/// The indices of the loops around the place that is looked at run from 0 to `last`.
struct Range {
  AtomId var = 0;
  Poly last;
};

class Summation {
 public:
  explicit Summation(Algebra& algebra) : algebra_(algebra) {}

  [[nodiscard]] Algebra& algebra() noexcept { return algebra_; }

  // Loops around, outermost first; facts are polynomials known to be >= 0 here.
  void enter(AtomId var, const Poly& count);
  void leave();
  void push_fact(const Poly& at_least_zero) { facts_.push_back(plain_fact(at_least_zero)); }
  void pop_fact() { facts_.pop_back(); }

  /// True only where p >= 0 is proven for all values of symbols (>= 0) and indices.
  [[nodiscard]] bool nonnegative(const Poly& p) const {
    attempts_ = 0;
    return proven(p, 0);
  }

  /// 1 where p >= 0, else 0; a number where it can be proven.
  [[nodiscard]] Poly at_least_zero(const Poly& p);
  [[nodiscard]] Poly equals_zero(const Poly& p);

  /// p >= 0 is taken for granted from here on where it speaks of symbols only, and is stated in `assumed()`; false
  /// where p varies with loops around.
  bool assume(const Poly& p);
  [[nodiscard]] const std::vector<Poly>& assumed() const noexcept { return assumed_; }

  /// The symbol bounds a loop. Where the order of symbols decides about a form, the form is for large problems: what
  /// bounds outer loops (named first) is larger than what bounds inner ones, and those larger than other symbols.
  void add_size(const std::string& symbol);

  /// The value of p for such a large problem.
  [[nodiscard]] std::optional<Rational> at_large(const Poly& p) const;

  /// max(p, 0): p itself where that is proven or assumed.
  [[nodiscard]] Poly clamped(const Poly& p);

  /// The sum of `body` over var in [0, count). Where no closed form is found: term by term for few iterations, else an
  /// atom that stands for the sum.
  [[nodiscard]] Poly sum(const Poly& body, AtomId var, const Poly& count);

 private:
  struct Task;
  [[nodiscard]] bool proven(Poly p, int depth) const;
  [[nodiscard]] Poly plain_fact(const Poly& fact) const;
  [[nodiscard]] bool follows(const Poly& p, int depth) const;
  [[nodiscard]] bool proven_without_loop(const Poly& p, AtomId var, const Poly& last, int depth) const;
  [[nodiscard]] Poly bounded_sum(Task task);
  [[nodiscard]] Poly by_condition(Task task, AtomId condition);
  [[nodiscard]] Poly by_minimum(Task task, AtomId minimum);
  [[nodiscard]] Poly by_residues(Task task, AtomId quotient);
  [[nodiscard]] Poly by_power(Task task, AtomId power);
  [[nodiscard]] Poly polynomial_sum(const Task& task);
  [[nodiscard]] Poly term_by_term(const Task& task);
  [[nodiscard]] Poly grouped_sum(const Poly& body, AtomId var, const Poly& count, bool checked);
  void assume_generic(const Poly& gap);

  Algebra& algebra_;
  std::vector<Range> ranges_;
  std::vector<Poly> facts_;
  std::vector<Poly> assumed_;
  std::map<std::string, std::int64_t> sizes_;
  std::int64_t next_size_ = 100000000;
  std::int64_t budget_ = 400000;  ///< substitutions that sums without a closed form may make
  int depth_ = 0;
  mutable int attempts_ = 0;  ///< of a proof: it gives up after some
};

/// The value for given symbols; nullopt where a symbol is missing, a part is unknown, a result leaves 2^62, or a sum
/// that has no closed form has too many terms.
[[nodiscard]] std::optional<Rational> evaluate(const Algebra& algebra, const Poly& p,
                                               const std::map<std::string, std::int64_t>& symbols);

}  // namespace costscan::source::count
