// Sums and proofs of the counting against enumeration: random polynomials, bounds, conditions and quotients.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "source/count/sums.hpp"

namespace costscan::source::count {
namespace {

using Values = std::map<std::string, std::int64_t>;

Poly index_of(AtomId loop) {
  Poly out;
  out.terms[{{loop, 1}}] = Rational{1, 1};
  return out;
}

/// A summand over (t, n, m) both as a polynomial and as a function.
struct Summand {
  std::string what;
  Poly (*form)(Algebra&, const Poly& t, const Poly& n, const Poly& m);
  std::int64_t (*value)(std::int64_t t, std::int64_t n, std::int64_t m);
};

const Summand summands[] = {
    {"1", [](Algebra&, const Poly&, const Poly&, const Poly&) { return Poly(1); },
     [](std::int64_t, std::int64_t, std::int64_t) -> std::int64_t { return 1; }},
    {"t*t + m", [](Algebra&, const Poly& t, const Poly&, const Poly& m) { return t * t + m; },
     [](std::int64_t t, std::int64_t, std::int64_t m) { return t * t + m; }},
    {"t^5 - n*t", [](Algebra&, const Poly& t, const Poly& n, const Poly&) { return power(t, 5) - n * t; },
     [](std::int64_t t, std::int64_t n, std::int64_t) { return t * t * t * t * t - n * t; }},
    {"[t >= m]", [](Algebra& a, const Poly& t, const Poly&, const Poly& m) { return a.at_least_zero(t - m); },
     [](std::int64_t t, std::int64_t, std::int64_t m) -> std::int64_t { return t >= m; }},
    {"[t <= m]*t", [](Algebra& a, const Poly& t, const Poly&, const Poly& m) { return a.at_least_zero(m - t) * t; },
     [](std::int64_t t, std::int64_t, std::int64_t m) { return t <= m ? t : 0; }},
    {"[t + 1 >= m][t + m <= n + 2]*(t + 3)",
     [](Algebra& a, const Poly& t, const Poly& n, const Poly& m) {
       return a.at_least_zero(t + Poly(1) - m) * a.at_least_zero(n + Poly(2) - t - m) * (t + Poly(3));
     },
     [](std::int64_t t, std::int64_t n, std::int64_t m) { return t + 1 >= m && t + m <= n + 2 ? t + 3 : 0; }},
    {"[t == m]*(t + 1)",
     [](Algebra& a, const Poly& t, const Poly&, const Poly& m) { return a.equals_zero(t - m) * (t + Poly(1)); },
     [](std::int64_t t, std::int64_t, std::int64_t m) { return t == m ? t + 1 : 0; }},
    {"[2t == m]", [](Algebra& a, const Poly& t, const Poly&, const Poly& m) { return a.equals_zero(t + t - m); },
     [](std::int64_t t, std::int64_t, std::int64_t m) -> std::int64_t { return 2 * t == m; }},
    {"[3t >= m]",
     [](Algebra& a, const Poly& t, const Poly&, const Poly& m) { return a.at_least_zero(t * Poly(3) - m); },
     [](std::int64_t t, std::int64_t, std::int64_t m) -> std::int64_t { return 3 * t >= m; }},
    {"floor(t / 4)", [](Algebra& a, const Poly& t, const Poly&, const Poly&) { return a.floor_quotient(t, 4); },
     [](std::int64_t t, std::int64_t, std::int64_t) { return t / 4; }},
    {"[t % 3 == 1]*t",
     [](Algebra& a, const Poly& t, const Poly&, const Poly&) {
       return a.equals_zero(t - Poly(3) * a.floor_quotient(t, 3) - Poly(1)) * t;
     },
     [](std::int64_t t, std::int64_t, std::int64_t) { return t % 3 == 1 ? t : 0; }},
    {"min(2t, m)", [](Algebra& a, const Poly& t, const Poly&, const Poly& m) { return a.minimum(t + t, m); },
     [](std::int64_t t, std::int64_t, std::int64_t m) { return std::min(2 * t, m); }},
    {"2^t", [](Algebra& a, const Poly& t, const Poly&, const Poly&) { return a.power_of(2, t); },
     [](std::int64_t t, std::int64_t, std::int64_t) { return std::int64_t{1} << t; }},
};

TEST(SourceCountAlgebra, SumsEqualEnumeration) {
  for (const Summand& summand : summands) {
    Algebra algebra;
    Summation sums(algebra);
    sums.add_size("n");
    const Poly n = algebra.symbol("n");
    const Poly m = algebra.symbol("m");
    const AtomId t = algebra.loop("t");
    const Poly form = sums.sum(summand.form(algebra, index_of(t), n, m), t, n);
    int checked = 0;
    for (std::int64_t nv = 0; nv <= 12; ++nv) {
      for (std::int64_t mv = 0; mv <= 12; ++mv) {
        const Values values{{"n", nv}, {"m", mv}};
        bool supposed = true;
        for (const Poly& p : sums.assumed()) supposed = supposed && evaluate(algebra, p, values)->numerator >= 0;
        if (!supposed) continue;
        std::int64_t expected = 0;
        for (std::int64_t tv = 0; tv < nv; ++tv) expected += summand.value(tv, nv, mv);
        const auto value = evaluate(algebra, form, values);
        ASSERT_TRUE(value.has_value()) << summand.what;
        EXPECT_EQ(*value, (Rational{expected, 1}))
            << summand.what << " n=" << nv << " m=" << mv << ": " << algebra.text(form);
        ++checked;
      }
    }
    EXPECT_GT(checked, 20) << summand.what;
  }
}

/// What is said to be proven holds wherever the facts do.
TEST(SourceCountAlgebra, ProofsHold) {
  std::mt19937 random(7);
  const auto coefficient = [&] { return static_cast<std::int64_t>(random() % 7) - 3; };
  int proven = 0;
  for (int round = 0; round < 3000; ++round) {
    Algebra algebra;
    Summation sums(algebra);
    const Poly n = algebra.symbol("n");
    const Poly m = algebra.symbol("m");
    const Poly fact = n * Poly(coefficient()) + m * Poly(coefficient()) + Poly(coefficient());
    sums.push_fact(fact);
    const Poly quotient = algebra.floor_quotient(n + m * Poly(coefficient()), Poly(3));
    const Poly p = n * m * Poly(coefficient()) + n * Poly(coefficient()) + m * Poly(coefficient()) +
                   quotient * Poly(coefficient()) + algebra.minimum(n, m + Poly(2)) * Poly(coefficient()) +
                   Poly(coefficient());
    if (!sums.nonnegative(p)) continue;
    ++proven;
    for (std::int64_t nv = 0; nv <= 9; ++nv) {
      for (std::int64_t mv = 0; mv <= 9; ++mv) {
        const Values values{{"n", nv}, {"m", mv}};
        if (evaluate(algebra, fact, values)->numerator < 0) continue;
        ASSERT_GE(evaluate(algebra, p, values)->numerator, 0)
            << algebra.text(p) << " given " << algebra.text(fact) << " at n=" << nv << " m=" << mv;
      }
    }
  }
  EXPECT_GT(proven, 100);
}

TEST(SourceCountAlgebra, ReportsWhatLeavesItsRange) {
  Algebra algebra;
  const Poly large = Poly(std::int64_t{1} << 40) * Poly(std::int64_t{1} << 40);
  EXPECT_TRUE(large.overflow);
  EXPECT_FALSE(integer_value(large).has_value());
  EXPECT_EQ(evaluate(algebra, algebra.symbol("n"), {}), std::nullopt);
}

struct Text {
  const char* expected;
  Poly (*form)(Algebra&);
};

TEST(SourceCountAlgebra, WritesFormulas) {
  const Text texts[] = {
      {"0", [](Algebra&) { return Poly(); }},
      {"2*m*n*k",
       [](Algebra& a) {
         const Poly m = a.symbol("m");  // the order in which a function names them is the order in its formulas
         const Poly n = a.symbol("n");
         return Poly(2) * a.symbol("k") * n * m;
       }},
      {"n*n/2 - n/2",
       [](Algebra& a) {
         const Poly n = a.symbol("n");
         return scaled(n * n - n, Rational{1, 2});
       }},
      {"ceil_div(n, 4)", [](Algebra& a) { return a.floor_quotient(a.symbol("n") + Poly(3), 4); }},
      {"floor_div(n, 4)", [](Algebra& a) { return a.floor_quotient(a.symbol("n"), 4); }},
      {"2*floor_div(n, 4) + n",
       [](Algebra& a) {
         const Poly n = a.symbol("n");
         return n + Poly(2) * a.floor_quotient(n, 4);
       }},
      {"n*[n >= 3]",
       [](Algebra& a) {
         const Poly n = a.symbol("n");
         return n * a.at_least_zero(n - Poly(3));
       }},
      {"2*n", [](Algebra& a) { return a.floor_quotient(Poly(8) * a.symbol("n") + Poly(3), 4); }},
  };
  for (const Text& text : texts) {
    Algebra algebra;
    EXPECT_EQ(algebra.text(text.form(algebra)), text.expected);
  }
}

}  // namespace
}  // namespace costscan::source::count
