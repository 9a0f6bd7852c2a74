// Exact polynomials over atoms: symbols, loop indices, and what is no polynomial of these (rounded quotients, minima,
// conditions). The arithmetic of counting.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/rational.hpp"

namespace costscan::source::count {

/// Index of an atom in its Algebra. Negative for conditions, which are 0 or 1 and so equal their own powers.
using AtomId = std::int32_t;

struct Power {
  AtomId atom = 0;
  int exponent = 1;

  friend auto operator<=>(const Power&, const Power&) = default;
};

/// A product of powers, sorted by atom.
using Monomial = std::vector<Power>;

/// A sum of terms. `overflow`: some coefficient left 2^62; then the terms mean nothing.
struct Poly {
  std::map<Monomial, Rational> terms;
  bool overflow = false;

  Poly() = default;
  Poly(std::int64_t constant) {  // NOLINT(google-explicit-constructor): numbers are polynomials
    if (constant != 0) terms[{}] = Rational{constant, 1};
  }
  [[nodiscard]] bool zero() const noexcept { return terms.empty() && !overflow; }
  friend bool operator==(const Poly&, const Poly&) = default;
};

[[nodiscard]] Poly operator+(const Poly& a, const Poly& b);
[[nodiscard]] Poly operator-(const Poly& a, const Poly& b);
[[nodiscard]] Poly operator*(const Poly& a, const Poly& b);
[[nodiscard]] Poly operator-(const Poly& a);
Poly& operator+=(Poly& a, const Poly& b);
[[nodiscard]] Poly scaled(const Poly& a, Rational factor);
[[nodiscard]] Poly power(const Poly& a, int exponent);

/// Scaled so that all coefficients are integers without a common divisor; the sign is kept.
[[nodiscard]] Poly primitive(const Poly& p);

/// The value where there are no atoms; nullopt otherwise, and on overflow.
[[nodiscard]] std::optional<Rational> constant_value(const Poly& a);
[[nodiscard]] std::optional<std::int64_t> integer_value(const Poly& a);

enum class AtomKind : std::uint8_t {
  symbol,          ///< `name`; at least 0
  loop,            ///< index of a loop, from 0 on
  floor_quotient,  ///< floor(a / b), b > 0
  minimum,         ///< min(a, b)
  floor_log,       ///< floor(log_base(a)), a >= 1; `base`
  power_of,        ///< base ^ a, a >= 0
  at_least_zero,   ///< 1 where a >= 0, else 0
  equals_zero,     ///< 1 where a == 0, else 0
  sum,             ///< sum of c over `var` from a to b
  opaque,          ///< a number that is not known; `name` says why
};

struct Atom {
  AtomKind kind = AtomKind::symbol;
  std::string name;
  Poly a, b, c;
  AtomId var = 0;
  std::int64_t base = 0;
  std::set<AtomId> loops;  ///< loop indices that its value depends on
  bool unknown = false;    ///< an opaque atom occurs in it
};

/// Owns the atoms. Equal atoms have one id, so that equal polynomials compare equal.
class Algebra {
 public:
  [[nodiscard]] const Atom& atom(AtomId id) const;

  [[nodiscard]] Poly symbol(const std::string& name);
  [[nodiscard]] AtomId loop(const std::string& name);  ///< a new one each time
  [[nodiscard]] Poly opaque(const std::string& reason);
  [[nodiscard]] Poly floor_quotient(const Poly& a, const Poly& b);
  [[nodiscard]] Poly minimum(const Poly& a, const Poly& b);
  [[nodiscard]] Poly floor_log(std::int64_t base, const Poly& a);
  [[nodiscard]] Poly power_of(std::int64_t base, const Poly& a);
  [[nodiscard]] Poly at_least_zero(const Poly& a);
  [[nodiscard]] Poly equals_zero(const Poly& a);
  [[nodiscard]] Poly sum(AtomId var, const Poly& from, const Poly& to, const Poly& body);

  /// `p` with `value` in place of `var`, inside atoms too.
  [[nodiscard]] Poly substitute(const Poly& p, AtomId var, const Poly& value);

  /// `p` with 1 or 0 in place of some of its conditions.
  [[nodiscard]] static Poly decided(const Poly& p, const std::map<AtomId, bool>& conditions);

  /// `p` with constants for symbols in terms that hold only where the symbol is that constant: n*[n == 0] is 0. Terms
  /// whose conditions exclude each other go.
  [[nodiscard]] Poly with_equalities_used(const Poly& p) const;

  [[nodiscard]] bool depends(const Poly& p, AtomId loop) const;
  [[nodiscard]] bool has_loops(const Poly& p) const;
  [[nodiscard]] bool unknown(const Poly& p) const;
  [[nodiscard]] std::set<std::string> symbols(const Poly& p) const;
  [[nodiscard]] std::set<std::string> reasons(const Poly& p) const;  ///< names of the opaque atoms

  /// "2*m*n*k", "8*B*S*H + 2*B*S", "floor_div(n, 4)", "[j <= 3]*n": in the notation of cost formulas.
  [[nodiscard]] std::string text(const Poly& p) const;

 private:
  [[nodiscard]] Poly with_symbol_known(const Monomial& monomial, Rational coefficient, AtomId condition, AtomId symbol,
                                       const Poly& value) const;
  [[nodiscard]] bool contradicts_itself(const Monomial& monomial) const;
  [[nodiscard]] Poly intern(Atom atom);
  [[nodiscard]] Poly rebuilt(const Atom& atom, AtomId var, const Poly& value);
  [[nodiscard]] std::string monomial_text(const Monomial& monomial) const;
  [[nodiscard]] std::string atom_text(AtomId id) const;

  std::vector<Atom> atoms_{Atom{}};      // index 0 is not used, so that -id names a condition
  std::map<std::string, AtomId> known_;  // by structure
};

/// Largest value of a loop's index for which the linear condition a*t + b >= 0 holds, etc., are built from these.
struct Linear {
  Poly slope, rest;
};
/// p = slope * var + rest with neither depending on var; nullopt where p is not of that form.
[[nodiscard]] std::optional<Linear> linear_in(const Algebra& algebra, const Poly& p, AtomId var);

/// Sum of t^power for t in [0, count): a polynomial of `count` (Faulhaber). nullopt for a power above 20.
[[nodiscard]] std::optional<Poly> power_sum(int power, const Poly& count);

}  // namespace costscan::source::count
