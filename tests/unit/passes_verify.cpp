// Models that differ in a known way, and on which inputs the verification says so. To add a case: a line in the table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "passes/verify.hpp"
#include "passes_support.hpp"

namespace costscan::test {
namespace {

struct VerifyCase {
  const char* name;
  const char* pass;  ///< whose promise is asked for
  const char* before;
  const char* after;
  const char* broken;  ///< kinds of inputs on which the promise does not hold, separated by blanks
};

constexpr const char* special_kinds = "nan one_nan infinity infinities";

const VerifyCase verify_cases[] = {
    {"the_same_graph", "fold_constants", "g (float[2,3] x) => (float[2,3] y) { y = Neg(x) }",
     "g (float[2,3] x) => (float[2,3] y) { y = Neg(x) }", ""},
    {"times_zero_is_not_zero", "fold_constants",
     "g (float[2,3] x) => (float[2,3] y) <float z = {0}> { a = Abs(x) y = Mul(a, z) }",
     "g (float[2,3] x) => (float[2,3] y) { s = Shape(x) y = ConstantOfShape(s) }", special_kinds},
    {"nor_with_a_bound", "fuse_matmul_add",
     "g (float[2,3] x) => (float[2,3] y) <float z = {0}> { a = Abs(x) y = Mul(a, z) }",
     "g (float[2,3] x) => (float[2,3] y) { s = Shape(x) y = ConstantOfShape(s) }", special_kinds},
    // The limit for the indeterminate form that infinity leads to is allowed there, NaN lost is not.
    {"a_gate_may_give_its_limit", "fuse_gelu",
     "g (float[2,3] x) => (float[2,3] y) <float z = {0}> { a = Abs(x) y = Mul(a, z) }",
     "g (float[2,3] x) => (float[2,3] y) { s = Shape(x) y = ConstantOfShape(s) }", "nan one_nan"},
    {"of_half_precision_as_well", "fold_constants",
     "g (float16[2,3] x) => (float[2,3] y) <float z = {0}> { w = Cast<to=1>(x) a = Abs(w) y = Mul(a, z) }",
     "g (float16[2,3] x) => (float[2,3] y) { s = Shape(x) y = ConstantOfShape(s) }", special_kinds},
    // x (x + 1) / x: the same but for 0/0, and for the quotient of infinities.
    {"finite_has_to_stay_finite", "fuse_gelu", "g (float[2,3] x) => (float[2,3] y) <float o = {1}> { y = Add(x, o) }",
     "g (float[2,3] x) => (float[2,3] y) <float o = {1}> { a = Add(x, o) b = Mul(x, a) y = Div(b, x) }", "zero"},
    {"and_infinity_infinite", "fuse_matmul_add", "g (float[2,3] x) => (float[2,3] y) <float o = {1}> { y = Add(x, o) }",
     "g (float[2,3] x) => (float[2,3] y) <float o = {1}> { a = Add(x, o) b = Mul(x, a) y = Div(b, x) }",
     "zero infinity infinities"},
    {"the_sign_of_infinity", "fuse_matmul_add",
     "g (float[2,3] x) => (float[2,3] y) { i = IsInf(x) a = Abs(x) b = Sub(x, x) c = Add(a, b) y = Where(i, x, c) }",
     "g (float[2,3] x) => (float[2,3] y) { i = IsInf(x) a = Abs(x) b = Sub(x, x) c = Add(a, b) y = Where(i, a, c) }",
     "infinities"},
    // 2^53 + 1 and 2^53: one and the same double.
    {"integers_are_compared_as_such", "eliminate_identity_ops",
     "g (int64[1] x) => (int64[1] y) <int64 m = {9007199254740992}> { y = Add(x, m) }",
     "g (int64[1] x) => (int64[1] y) <int64 m = {9007199254740992}> { y = Mul(x, m) }", "ordinary"},
};

class Verified : public ::testing::TestWithParam<VerifyCase> {};

TEST_P(Verified, SaysWhereAPromiseBreaks) {
  SKIP_WITHOUT_RUNTIME();
  const VerifyCase& one = GetParam();
  const Folder folder;
  const std::string header = R"(ir_version: 10, opset_import: ["" : 20])";
  const auto before = model_of(folder, one.before, "before", header);
  const auto after = model_of(folder, one.after, "after", header);
  ASSERT_TRUE(before && after);
  const auto shaped = infer_shapes(before, {});
  ASSERT_TRUE(shaped) << shaped.error().message;
  const Pass* pass = find_pass(one.pass);
  ASSERT_NE(pass, nullptr);
  Promise promise{.accuracy = pass->accuracy, .passes = {}, .sites = {}};
  if (pass->accuracy != AccuracyClass::lossless) {
    promise.passes = {one.pass};
    promise.sites = {1};
  }
  const Verification found = verify_models(**shaped, {}, folder / "after.onnx", promise, {});
  ASSERT_EQ(found.status, MeasureStatus::ok) << found.reason;
  std::string broken;
  for (const RunDifference& run : found.runs) {
    EXPECT_EQ(run.reason, "") << run.name;
    EXPECT_FALSE(run.promise.empty()) << run.name;
    if (!run.holds) broken += (broken.empty() ? "" : " ") + run.name;
  }
  EXPECT_EQ(broken, one.broken) << ::testing::PrintToString(found.broken);
  EXPECT_EQ(found.broken.empty(), broken.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, Verified, ::testing::ValuesIn(verify_cases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(VerifiedInputs, NaNAndInfinityReachEveryFloatingType) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto model = model_of(folder,
                              "g (float16[4] h, float[4] f, double[4] d) => (float16[4] a, float[4] b, double[4] c)"
                              " { a = Neg(h) b = Neg(f) c = Neg(d) }",
                              "model", R"(ir_version: 10, opset_import: ["" : 20])");
  ASSERT_TRUE(model);
  const auto shaped = infer_shapes(model, {});
  ASSERT_TRUE(shaped) << shaped.error().message;
  const Verification found = verify_models(**shaped, {}, folder / "model.onnx", {}, {});
  ASSERT_EQ(found.status, MeasureStatus::ok) << found.reason;
  const std::map<std::string, std::int64_t> special{{"nan", 4}, {"one_nan", 1}, {"infinity", 4}, {"infinities", 2}};
  std::size_t seen = 0;
  for (const RunDifference& run : found.runs) {
    const auto expected = special.find(run.name);
    seen += expected == special.end() ? 0 : 1;
    for (const OutputDifference& output : run.outputs) {
      EXPECT_EQ(output.not_finite, expected == special.end() ? 0 : expected->second) << run.name << " " << output.name;
    }
  }
  EXPECT_EQ(seen, special.size());
  EXPECT_TRUE(found.broken.empty());
}

}  // namespace
}  // namespace costscan::test
