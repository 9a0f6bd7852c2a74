// Dimension expressions as exporters write them: values under bindings, equality of differently written ones.
#include <gtest/gtest.h>

#include <ostream>

#include "shapes/dim_expr.hpp"

namespace costscan {
namespace {

const SymbolValues bound{{"batch", 2}, {"seq", 17}, {"past", 5}, {"total", 22}, {"height", 224}, {"s0", 7}, {"a.b", 3}};

struct ValueCase {
  const char* text;
  std::int64_t value;
};
std::ostream& operator<<(std::ostream& out, const ValueCase& c) { return out << c.text; }

class DimExprValue : public testing::TestWithParam<ValueCase> {};

TEST_P(DimExprValue, EvaluatesExactly) {
  const auto expr = parse_dim_expr(GetParam().text);
  ASSERT_TRUE(expr.has_value()) << expr.error().message;
  const auto value = evaluate(*expr, bound);
  ASSERT_TRUE(value.has_value()) << value.error().message;
  EXPECT_EQ(*value, GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(Corpus, DimExprValue,
                         testing::Values(ValueCase{"seq", 17}, ValueCase{"past + seq", 22}, ValueCase{"seq + past", 22},
                                         ValueCase{"batch*seq", 34}, ValueCase{"Min(512, seq)", 17},
                                         ValueCase{"2*seq*batch", 68}, ValueCase{"((batch*total)//batch)", 22},
                                         ValueCase{"(((height - 1)//16)) + 1", 14}));

INSTANTIATE_TEST_SUITE_P(OtherExporters, DimExprValue,
                         testing::Values(ValueCase{"floor(s0/2)", 3}, ValueCase{"ceiling(s0/2)", 4},
                                         ValueCase{"s0 + 1", 8}, ValueCase{"CeilToInt(IntTrueDiv(s0, 2))", 4},
                                         ValueCase{"FloorDiv(s0, 2)", 3}, ValueCase{"PythonMod(s0, 4)", 3},
                                         ValueCase{"Mod(s0, 4)", 3}, ValueCase{"s0 % 4", 3},
                                         ValueCase{"Max(1, s0 - 10)", 1}, ValueCase{"s0**2", 49},
                                         ValueCase{"2**3**2", 512}, ValueCase{"-s0 + 10", 3}, ValueCase{"-(-s0)", 7},
                                         ValueCase{"-2**2 + 8", 4}, ValueCase{"floor(s0/2 - 1/2) + 1", 4},
                                         ValueCase{"2*floor(0.5*s0)", 6}, ValueCase{"1.5*batch", 3},
                                         ValueCase{"(-s0)//2 + 10", 6}, ValueCase{"TruncToInt(0 - s0/2) + 10", 7},
                                         ValueCase{"RoundToInt(s0/2)", 4}, ValueCase{"ModularIndexing(s0, 2, 2)", 1},
                                         ValueCase{"a.b + 1", 4}, ValueCase{"  ( seq )  ", 17}));

struct TextCase {
  const char* left;
  const char* right;
};
std::ostream& operator<<(std::ostream& out, const TextCase& c) { return out << c.left << " against " << c.right; }

class DimExprEqual : public testing::TestWithParam<TextCase> {};
TEST_P(DimExprEqual, HasOneNormalForm) {
  EXPECT_EQ(canonical(*parse_dim_expr(GetParam().left)), canonical(*parse_dim_expr(GetParam().right)));
}
INSTANTIATE_TEST_SUITE_P(
    Canonical, DimExprEqual,
    testing::Values(TextCase{"past + seq", "seq + past"}, TextCase{"((batch*total)//batch)", "total"},
                    TextCase{"2*(a + b)", "a*2 + b + b"}, TextCase{"ceiling(s0/2)", "-floor(-s0/2)"},
                    TextCase{"Min(512, s)", "Min(s, 512)"}, TextCase{"(a + b)*(a - b)", "a**2 - b**2"},
                    TextCase{"a - a", "0"}, TextCase{"floor(s0/2)", "s0//2"}, TextCase{"FloorDiv(s0, 2)", "s0//2"}));

class DimExprDiffers : public testing::TestWithParam<TextCase> {};
TEST_P(DimExprDiffers, HasAnotherNormalForm) {
  EXPECT_NE(canonical(*parse_dim_expr(GetParam().left)), canonical(*parse_dim_expr(GetParam().right)));
}
INSTANTIATE_TEST_SUITE_P(Canonical, DimExprDiffers,
                         testing::Values(TextCase{"past + seq", "past - seq"}, TextCase{"s0//2", "s0/2"},
                                         TextCase{"(a//b)*b", "a"}, TextCase{"Min(a, b)", "Max(a, b)"}));

class NoExpression : public testing::TestWithParam<const char*> {};
TEST_P(NoExpression, IsRefused) { EXPECT_FALSE(parse_dim_expr(GetParam()).has_value()); }
INSTANTIATE_TEST_SUITE_P(DimExpr, NoExpression,
                         testing::Values("", "a +", "(a", "a)", "1 2", "a b", "?", "Min(", "f(,)",
                                         "99999999999999999999", "a++", "*a"));

TEST(DimExpr, DeepNestingIsRefusedAndDoesNotCrash) {
  EXPECT_FALSE(parse_dim_expr(std::string(100'000, '(') + "a").has_value());
  EXPECT_FALSE(parse_dim_expr(std::string(100'000, '-') + "a").has_value());
}

class NoValue : public testing::TestWithParam<const char*> {};
TEST_P(NoValue, FailsToEvaluate) {
  const auto expr = parse_dim_expr(GetParam());
  ASSERT_TRUE(expr.has_value());
  EXPECT_FALSE(evaluate(*expr, bound).has_value());
}
INSTANTIATE_TEST_SUITE_P(DimExpr, NoValue,
                         testing::Values("unbound", "s0/2", "s0 // 0", "s0 % 0", "9223372036854775807 + s0", "s0**40",
                                         "mystery(s0)"));

struct SolveCase {
  const char* text;
  const char* symbol;
  std::int64_t target;
  std::optional<std::int64_t> solution;
};
std::ostream& operator<<(std::ostream& out, const SolveCase& c) { return out << c.text << " = " << c.target; }

class Solve : public testing::TestWithParam<SolveCase> {};
TEST_P(Solve, FindsTheSymbol) {
  const auto expr = parse_dim_expr(GetParam().text);
  ASSERT_TRUE(expr.has_value());
  EXPECT_EQ(solve(*expr, GetParam().symbol, GetParam().target, bound), GetParam().solution);
}
INSTANTIATE_TEST_SUITE_P(DimExpr, Solve,
                         testing::Values(SolveCase{"past + x", "x", 22, 17}, SolveCase{"2*x", "x", 64, 32},
                                         SolveCase{"2*x", "x", 63, std::nullopt}, SolveCase{"x//4", "x", 5, 20},
                                         SolveCase{"past + x", "x", 3, std::nullopt}, SolveCase{"x - past", "x", 3, 8},
                                         SolveCase{"10 - x", "x", 4, 6}));

}  // namespace
}  // namespace costscan
