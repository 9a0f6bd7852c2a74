// What a tensor is used for decides what is made up for it: small models as text, the expected contents beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "measure/roles.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;

constexpr auto float32 = onnx::TensorProto::FLOAT;
constexpr auto int8 = onnx::TensorProto::INT8;
constexpr auto uint8 = onnx::TensorProto::UINT8;
constexpr auto int64 = onnx::TensorProto::INT64;

Fill matrix_of(double fan_in) {
  const double half = std::sqrt(3.0 / fan_in);
  return {FillKind::uniform, -half, half};
}

const Fill bias{FillKind::uniform, -0.05, 0.05};
const Fill scale{FillKind::uniform, 0.8, 1.2};
const Fill variance{FillKind::uniform, 0.6, 1.4};
const Fill table{FillKind::uniform, -1, 1};
const Fill bits{FillKind::bits, 0, 0};

struct WeightCase {
  const char* what;
  const char* graph;
  std::vector<std::int64_t> dims;
  int dtype;
  Fill expected;
};

const std::vector<WeightCase>& weight_cases() {
  static const std::vector<WeightCase> all{
      {"right matrix", "g (float[2,8] x) => (float[2,4] y) { y = MatMul(x, w) }", {8, 4}, float32, matrix_of(8)},
      {"left matrix", "g (float[8,2] x) => (float[4,2] y) { y = MatMul(w, x) }", {4, 8}, float32, matrix_of(8)},
      {"transposed before",
       "g (float[2,8] x) => (float[2,4] y) { t = Transpose<perm=[1,0]>(w)\n y = MatMul(x, t) }",
       {4, 8},
       float32,
       matrix_of(8)},
      {"Gemm", "g (float[2,8] x) => (float[2,4] y) { y = Gemm(x, w) }", {8, 4}, float32, matrix_of(8)},
      {"Gemm transB", "g (float[2,8] x) => (float[2,4] y) { y = Gemm<transB=1>(x, w) }", {4, 8}, float32, matrix_of(8)},
      {"Gemm bias", "g (float[2,8] x, float[8,4] b) => (float[2,4] y) { y = Gemm(x, b, w) }", {4}, float32, bias},
      {"Conv filter",
       "g (float[1,3,8,8] x) => (float[1,5,6,6] y) { y = Conv(x, w) }",
       {5, 3, 3, 3},
       float32,
       matrix_of(27)},
      {"depthwise filter",
       "g (float[1,4,8,8] x) => (float[1,4,6,6] y) { y = Conv<group=4>(x, w) }",
       {4, 1, 3, 3},
       float32,
       matrix_of(9)},
      {"norm scale", "g (float[2,8] x) => (float[2,8] y) { y = LayerNormalization(x, w) }", {8}, float32, scale},
      {"BatchNorm variance",
       "g (float[2,8] x, float[8] s, float[8] b, float[8] m) => (float[2,8] y) { y = BatchNormalization(x, s, b, m, w) "
       "}",
       {8},
       float32,
       variance},
      {"BatchNorm mean",
       "g (float[2,8] x, float[8] s, float[8] b, float[8] v) => (float[2,8] y) { y = BatchNormalization(x, s, b, w, v) "
       "}",
       {8},
       float32,
       bias},
      {"added", "g (float[2,8] x) => (float[2,8] y) { y = Add(x, w) }", {8}, float32, bias},
      {"divisor is not near zero", "g (float[2,8] x) => (float[2,8] y) { y = Div(x, w) }", {8}, float32, scale},
      {"embedding", "g (int64[2,3] x) => (float[2,3,8] y) { y = Gather(w, x) }", {100, 8}, float32, table},
      {"read in a branch only",
       "g (bool c, float[2,8] x) => (float[2,4] y) { y = If(c) <then_branch = t () => (float[2,4] a) { a = MatMul(x, "
       "w) }, else_branch = f () => (float[2,4] b) { b = MatMul(x, w) }> }",
       {8, 4},
       float32,
       matrix_of(8)},
      {"int8 weights", "g (uint8[2,8] x) => (int32[2,4] y) { y = MatMulInteger(x, w) }", {8, 4}, int8, bits},
      {"uint8 zero point",
       "g (uint8[2,8] x, uint8[8,4] b, uint8 z) => (int32[2,4] y) { y = MatMulInteger(x, b, z, w) }",
       {4},
       uint8,
       {FillKind::constant, 128, 0}},
      {"int8 zero point",
       "g (uint8[2,8] x, int8[8,4] b, uint8 z) => (int32[2,4] y) { y = MatMulInteger(x, b, z, w) }",
       {4},
       int8,
       {FillKind::constant, 0, 0}},
      {"constant indices",
       "g (float[7,8] x) => (float[3,8] y) { y = Gather(x, w) }",
       {3},
       int64,
       {FillKind::integers, 0, 6}},
      {"integers of no known use",
       "g (int64[3] x) => (int64[3] y) { y = Mod(x, w) }",
       {3},
       int64,
       {FillKind::constant, 0, 0}},
  };
  return all;
}

TEST(MeasureRoles, Weights) {
  for (const WeightCase& one : weight_cases()) {
    const Folder folder;
    onnx::ModelProto model = test::parse_model(one.graph);
    test::add_missing_weight(model, "w", one.dims, one.dtype);
    const auto shaped = test::shaped_model(folder, model);
    ASSERT_TRUE(shaped) << one.what;
    const auto plans = plan_weights(UseIndex(*shaped));
    ASSERT_EQ(plans.size(), 1U) << one.what;
    EXPECT_EQ(plans[0].name, "w") << one.what;
    EXPECT_EQ(plans[0].fill.kind, one.expected.kind) << one.what;
    EXPECT_NEAR(plans[0].fill.low, one.expected.low, 1e-9) << one.what;
    EXPECT_NEAR(plans[0].fill.high, one.expected.high, 1e-9) << one.what;
  }
}

TEST(MeasureRoles, AQuantisationStepScalesItsWeightsByTheFanIn) {
  // Uniform int8 deviates by about 74 steps: step * 74 * sqrt(fan-in) is about 1.
  const Folder folder;
  onnx::ModelProto model = test::parse_model(
      "g (float[2,256] x) => (float[2,4] y) { d = DequantizeLinear<axis=1>(q, w)\n y = MatMul(x, d) }");
  test::add_missing_weight(model, "q", {256, 4}, int8);
  test::add_missing_weight(model, "w", {4}, float32);
  const auto shaped = test::shaped_model(folder, model);
  ASSERT_TRUE(shaped);
  for (const WeightPlan& plan : plan_weights(UseIndex(*shaped))) {
    if (plan.name == "q") {
      EXPECT_EQ(plan.fill, bits);
    }
    if (plan.name != "w") continue;
    EXPECT_GT(plan.fill.low, 0);
    EXPECT_NEAR((plan.fill.low + plan.fill.high) / 2 * 74 * std::sqrt(256.0), 1, 1e-6);
  }
}

/// A quantised convolution of which the file lacks the steps of the weights and of the bias.
onnx::ModelProto quantized_conv() {
  onnx::ModelProto model = test::parse_model(R"(
    g (uint8[1,8,4,4] x) => (uint8[1,6,4,4] y) <float xs = {0.5}, float ys = {0.1}, uint8 z = {128}> {
      xd = DequantizeLinear(x, xs, z)
      wd = DequantizeLinear<axis=0>(q, ws)
      bd = DequantizeLinear<axis=0>(b, bs)
      c = Conv(xd, wd, bd)
      y = QuantizeLinear(c, ys, z)
    })");
  test::add_missing_weight(model, "q", {6, 8, 1, 1}, int8);
  test::add_missing_weight(model, "ws", {6}, float32);
  test::add_missing_weight(model, "b", {6}, onnx::TensorProto::INT32);
  test::add_missing_weight(model, "bs", {6}, float32);
  return model;
}

TEST(MeasureRoles, AQuantisedBiasHasTheStepOfInputTimesWeights) {
  const Folder folder;
  const auto shaped = test::shaped_model(folder, quantized_conv());
  ASSERT_TRUE(shaped);
  std::map<std::string, Fill> fills;
  for (const WeightPlan& plan : plan_weights(UseIndex(*shaped))) fills[plan.name] = plan.fill;
  EXPECT_EQ(fills["ws"].kind, FillKind::constant);
  EXPECT_EQ(fills["bs"].kind, FillKind::constant);
  EXPECT_GT(fills["ws"].low, 0);
  EXPECT_FLOAT_EQ(static_cast<float>(fills["bs"].low), 0.5F * static_cast<float>(fills["ws"].low));
}

TEST(MeasureRoles, TheRuntimeComputesAConvolutionWithMadeUpStepsOnIntegers) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = test::shaped_model(folder, quantized_conv());
  ASSERT_TRUE(shaped);
  MeasureOptions options = test::quick_options();
  options.plan_only = true;
  const Measurement planned = measure(*shaped, options);
  ASSERT_TRUE(planned.optimized) << planned.reason;
  std::vector<std::string> ops;
  for (const Node& node : planned.optimized->graph.nodes) ops.push_back(node.op_type);
  EXPECT_THAT(ops, testing::Contains("QLinearConv"));
  EXPECT_THAT(ops, testing::Not(testing::Contains("Conv")));
}

TEST(MeasureRoles, TheFactorAfterAnIntegerProductIsAStep) {
  const Folder folder;
  onnx::ModelProto model = test::parse_model(R"(
    g (uint8[2,256] x, int8[256,4] b, float s) => (float[2,4] y) {
      p = MatMulInteger(x, b)
      f = Cast<to=1>(p)
      scales = Mul(s, w)
      y = Mul(f, scales)
    })");
  test::add_missing_weight(model, "w", {4}, float32);
  const auto shaped = test::shaped_model(folder, model);
  ASSERT_TRUE(shaped);
  const auto plans = plan_weights(UseIndex(*shaped));
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_GT(plans[0].fill.low, 0);
  EXPECT_LT(plans[0].fill.high, 0.01);
}

TEST(MeasureRoles, WeightsThatAreThereAreLeftAlone) {
  const Folder folder;
  const auto shaped = test::shaped_model(
      folder, test::parse_model("g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }"));
  ASSERT_TRUE(shaped);
  EXPECT_TRUE(plan_weights(UseIndex(*shaped)).empty());
}

struct InputCase {
  const char* what;
  const char* graph;
  Fill expected;
  const char* note;
};

const std::vector<InputCase>& input_cases() {
  static const std::vector<InputCase> all{
      {"token ids",
       "g (int64[2,3] input_ids, float[100,8] t) => (float[2,3,8] y) { y = Gather(t, input_ids) }",
       {FillKind::integers, 0, 99},
       "below 100"},
      {"token ids through Cast",
       "g (int32[2,3] ids, float[100,8] t) => (float[2,3,8] y) { c = Cast<to=7>(ids)\n y = Gather(t, c) }",
       {FillKind::integers, 0, 99},
       "below 100"},
      {"the smaller of two tables",
       "g (int64[3] ids, float[100,8] t, float[7,8] u) => (float[3,8] y) { a = Gather(t, ids)\n b = Gather(u, ids)\n y "
       "= Add(a, b) }",
       {FillKind::integers, 0, 6},
       "below 7"},
      {"another axis",
       "g (int64[3] ids, float[8,50] t) => (float[8,3] y) { y = Gather<axis=1>(t, ids) }",
       {FillKind::integers, 0, 49},
       "below 50"},
      {"table in a branch",
       "g (int64[3] ids, bool c, float[9,8] t) => (float[3,8] y) { y = If(c) <then_branch = a () => (float[3,8] p) { p "
       "= Gather(t, ids) }, else_branch = b () => (float[3,8] q) { q = Gather(t, ids) }> }",
       {FillKind::integers, 0, 8},
       "below 9"},
      {"mask",
       "g (int64[2,3] attention_mask) => (float[2,3] y) { y = Cast<to=1>(attention_mask) }",
       {FillKind::constant, 1, 0},
       "mask"},
      {"token types",
       "g (int64[2,3] token_type_ids, float[2,8] t) => (float[2,3,8] y) { y = Gather(t, token_type_ids) }",
       {FillKind::constant, 0, 0},
       "token types"},
      {"positions",
       "g (int64[1,3] position_ids, float[512,8] t) => (float[1,3,8] y) { y = Gather(t, position_ids) }",
       {FillKind::ramp, 0, 511},
       "positions 0 to 2"},
      {"image", "g (float[1,3,4,4] x) => (float[1,3,4,4] y) { y = Relu(x) }", {FillKind::normal, 0, 1}, "N(0, 1)"},
      {"additive mask",
       "g (float[1,1,4,4] attn_mask) => (float[1,1,4,4] y) { y = Relu(attn_mask) }",
       {FillKind::constant, 0, 0},
       "additive"},
      {"bool", "g (bool[2] use_cache) => (bool[2] y) { y = Not(use_cache) }", {FillKind::constant, 1, 0}, "true"},
      {"integers that index nothing",
       "g (int64[2] n) => (int64[2] y) { y = Abs(n) }",
       {FillKind::constant, 1, 0},
       "ones"},
  };
  return all;
}

TEST(MeasureRoles, Inputs) {
  for (const InputCase& one : input_cases()) {
    const Folder folder;
    const auto shaped = test::shaped_model(folder, test::parse_model(one.graph));
    ASSERT_TRUE(shaped) << one.what;
    const auto plans = plan_inputs(UseIndex(*shaped));
    ASSERT_TRUE(plans) << one.what << ": " << plans.error().message;
    ASSERT_FALSE(plans->empty()) << one.what;
    EXPECT_EQ(plans->front().fill, one.expected) << one.what << ": " << plans->front().note;
    EXPECT_THAT(plans->front().note, ::testing::HasSubstr(one.note)) << one.what;
  }
}

TEST(MeasureRoles, AnInputWithADefaultIsNotFed) {
  const Folder folder;
  onnx::ModelProto model =
      test::parse_model("g (float[2] x, float[2] w) => (float[2] y) <float[2] w = {1, 2}> { y = Add(x, w) }");
  const auto shaped = test::shaped_model(folder, model);
  ASSERT_TRUE(shaped);
  const auto plans = plan_inputs(UseIndex(*shaped));
  ASSERT_TRUE(plans);
  ASSERT_EQ(plans->size(), 1U);
  EXPECT_EQ(plans->front().name, "x");
}

TEST(MeasureRoles, ASequenceInputIsRefusedByName) {
  const Folder folder;
  const auto shaped = test::shaped_model(
      folder, test::parse_model("g (seq(float[2]) parts) => (float[n] y) { y = ConcatFromSequence<axis=0>(parts) }"));
  ASSERT_TRUE(shaped);
  const auto plans = plan_inputs(UseIndex(*shaped));
  ASSERT_FALSE(plans);
  EXPECT_THAT(plans.error().message, ::testing::HasSubstr("'parts'"));
}

}  // namespace
}  // namespace costscan
