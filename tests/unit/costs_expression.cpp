// The cost language: expressions without a node.
#include <gtest/gtest.h>

#include <limits>

#include "costs/expression.hpp"
#include "costs/node_view.hpp"

namespace costscan {
namespace {

/// The printed value, or "error: why".
std::string evaluated(const std::string& text) {
  const auto expression = parse_expression(text);
  if (!expression) return "error: " + expression.error();
  CostBody body;
  body.let.push_back({"v", {*expression, 1}});
  CompileContext context;
  context.attribute_default = [](const std::string&) { return nullptr; };
  const Program program = compile(CostFile{}, body, context);
  if (!program.issues.empty()) return "error: " + program.issues.front().what;
  const Scope scope;
  const Node node;
  NodeView view(program, scope, node);
  const Evaluated value = view.evaluate(program.slots.at(0).expression);
  return value ? to_string(*value) : "error: " + value.error();
}

struct ValueCase {
  const char* text;
  const char* value;
};

class ExpressionValue : public testing::TestWithParam<ValueCase> {};
TEST_P(ExpressionValue, Is) { EXPECT_EQ(evaluated(GetParam().text), GetParam().value) << GetParam().text; }

// Values by hand, in exact arithmetic.
INSTANTIATE_TEST_SUITE_P(
    Table, ExpressionValue,
    testing::Values(
        ValueCase{"2 + 3*4", "14"}, ValueCase{"(2 + 3)*4", "20"}, ValueCase{"7/2", "7/2"}, ValueCase{"7/2*2", "7"},
        ValueCase{"1/3 + 1/6", "1/2"}, ValueCase{"-3 - -4", "1"}, ValueCase{"10 - 3 - 4", "3"},
        ValueCase{"0.5*3", "3/2"}, ValueCase{"12/3/2", "2"}, ValueCase{"ceil_div(7, 2)", "4"},
        ValueCase{"ceil_div(-7, 2)", "-3"}, ValueCase{"floor_div(-7, 2)", "-4"}, ValueCase{"mod(-7, 3)", "2"},
        ValueCase{"mod(7, 3)", "1"}, ValueCase{"min(3, 1, 2)", "1"}, ValueCase{"max([3, 1, 2])", "3"},
        ValueCase{"abs(-1/2)", "1/2"}, ValueCase{"ceil_log2(1)", "0"}, ValueCase{"ceil_log2(8)", "3"},
        ValueCase{"ceil_log2(9)", "4"}, ValueCase{"[1, 2, 3][-1]", "3"}, ValueCase{"[1, 2, 3][1:]", "[2,3]"},
        ValueCase{"[1, 2, 3][:-1]", "[1,2]"}, ValueCase{"[1, 2, 3][2:1]", "[]"},
        ValueCase{"[1, 2, 3][-9:9]", "[1,2,3]"}, ValueCase{"len([1, 2])", "2"}, ValueCase{"sum([])", "0"},
        ValueCase{"prod([])", "1"}, ValueCase{"prod([2, 3, 4])", "24"}, ValueCase{"sum(i in range(5): i*i)", "30"},
        ValueCase{"prod(i in [1, 2, 3]: i + 1)", "24"}, ValueCase{"sum(i in range(3): sum(j in range(i + 1): j))", "4"},
        ValueCase{"max(i in [1, 5, 2]: -i)", "-1"}, ValueCase{"1 < 2 and 2 <= 2", "true"},
        ValueCase{"not 1 == 2", "true"}, ValueCase{"1 != 1 or 3 > 2", "true"}, ValueCase{"'a' == 'a'", "true"},
        ValueCase{"[1, 2] == [1, 2]", "true"}, ValueCase{"true == false", "false"},
        ValueCase{"if(1 == 1, 5, 1/0)", "5"}, ValueCase{"false and 1/0 == 1", "false"},
        ValueCase{"true or 1/0 == 1", "true"}, ValueCase{"4611686018427387904", "4611686018427387904"},
        ValueCase{"2147483648*2147483648", "4611686018427387904"}));

struct ErrorCase {
  const char* text;
  const char* part;
};

class ExpressionError : public testing::TestWithParam<ErrorCase> {};
TEST_P(ExpressionError, Says) {
  const std::string value = evaluated(GetParam().text);
  EXPECT_TRUE(value.starts_with("error: ")) << GetParam().text << " = " << value;
  EXPECT_NE(value.find(GetParam().part), std::string::npos) << value;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExpressionError,
    testing::Values(ErrorCase{"1/0", "division by zero (1/0)"}, ErrorCase{"ceil_div(1, 0)", "division by zero"},
                    ErrorCase{"4611686018427387904 + 1", "overflow beyond 2^62"},
                    ErrorCase{"prod(i in range(70): 2)", "overflow beyond 2^62"},
                    ErrorCase{"9999999999999999999", "beyond 2^62"}, ErrorCase{"[1][1]", "no element 1"},
                    ErrorCase{"[1][1/2]", "no element 1/2"}, ErrorCase{"1 + true", "a truth value where a number"},
                    ErrorCase{"1 == 'a'", "compared with"}, ErrorCase{"if(1, 2, 3)", "where a truth value"},
                    ErrorCase{"max([])", "no elements"}, ErrorCase{"range(-1)", "range of -1"},
                    ErrorCase{"range(1000000000)", "range of"}, ErrorCase{"ceil_log2(0)", "logarithm"},
                    ErrorCase{"sum(i in range(90000): sum(j in range(90000): 1))", "too many steps"},
                    ErrorCase{"", "column 1"}, ErrorCase{"1 +", "column 4"}, ErrorCase{"1 2", "column 3"},
                    ErrorCase{"(1", "expected ')'"}, ErrorCase{"foo(1)", "unknown function 'foo'"},
                    ErrorCase{"mod(1)", "mod with 1 arguments"}, ErrorCase{"1 < 2 < 3", "do not chain"},
                    ErrorCase{"'a", "without closing quote"}, ErrorCase{"and", "cannot stand here"},
                    ErrorCase{"1.2.3", "not a number"}, ErrorCase{"dim(1, 2)", "needs a tensor's name"},
                    ErrorCase{"1 $ 2", "expected"}, ErrorCase{"x + 1", "unknown symbol 'x'"},
                    ErrorCase{"sum(i in [1]: j)", "unknown symbol 'j'"},
                    ErrorCase{"numel(X)", "no input or output 'X'"},
                    ErrorCase{"attr(alpha)", "attribute 'alpha' is missing"},
                    ErrorCase{"unknown('the size of', 'a')", "the size of 'a'"}));

TEST(Expression, NestingEndsBeforeTheStackDoes) {
  EXPECT_NE(evaluated(std::string(100000, '(')).find("nested too deeply"), std::string::npos);
  EXPECT_NE(evaluated(std::string(100000, '-') + "1").find("nested too deeply"), std::string::npos);
}

class ExpressionPrint : public testing::TestWithParam<ValueCase> {};
/// What is printed reads back as the same tree.
TEST_P(ExpressionPrint, KeepsMeaning) {
  const auto expression = parse_expression(GetParam().text);
  ASSERT_TRUE(expression.has_value()) << expression.error();
  EXPECT_EQ(print(*expression), GetParam().value);
  const auto again = parse_expression(print(*expression));
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(print(*again), GetParam().value);
}
INSTANTIATE_TEST_SUITE_P(Table, ExpressionPrint,
                         testing::Values(ValueCase{"8 * rows*H+2*rows", "8*rows*H + 2*rows"},
                                         ValueCase{"(a+b)*c", "(a + b)*c"}, ValueCase{"a-(b-c)", "a - (b - c)"},
                                         ValueCase{"a/(b*c)", "a/(b*c)"}, ValueCase{"-(a+b)", "-(a + b)"},
                                         ValueCase{"not (a and b)", "not (a and b)"},
                                         ValueCase{"prod(dims(X)[axis:])", "prod(dims(X)[axis:])"},
                                         ValueCase{"if(present(B),1,0)", "if(present(B), 1, 0)"},
                                         ValueCase{"attr('axis',-1)", "attr(axis, -1)"},
                                         ValueCase{"sum(t in Xs:bytes(t))", "sum(t in Xs: bytes(t))"},
                                         ValueCase{"(a == b) == (c == d)", "(a == b) == (c == d)"}));

TEST(Rational, HoldsWhatDoublesHoldExactly) {
  EXPECT_EQ(rational_from(0.1f), make_rational(13421773, 134217728));
  EXPECT_EQ(rational_from(-2.5), make_rational(-5, 2));
  EXPECT_EQ(rational_from(0.0), make_rational(0));
  EXPECT_EQ(rational_from(4611686018427387904.0), make_rational(rational_limit));
  EXPECT_EQ(rational_from(1e30), std::nullopt);
  EXPECT_EQ(rational_from(1e-30), std::nullopt);
  EXPECT_EQ(rational_from(std::numeric_limits<double>::quiet_NaN()), std::nullopt);
  EXPECT_EQ(make_rational(1, 0), std::nullopt);
  EXPECT_EQ(make_rational(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::min()),
            make_rational(1));
}

}  // namespace
}  // namespace costscan
