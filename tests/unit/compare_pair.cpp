// Two small models in a real child process: what they answer with weights that the files lack, and every kind of bad
// end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compare/align.hpp"
#include "compare/compare.hpp"
#include "compare/pair.hpp"
#include "unit/compare_support.hpp"

namespace costscan {
namespace {

using test::Folder;
using ::testing::HasSubstr;

MeasureOptions quick() {
  MeasureOptions options = test::quick_options();
  options.target_seconds = 0.02;
  return options;
}

/// Aligned without the runtime, then run in turns: no profiles, which would take longer than all else.
struct PairRun {
  std::vector<NodeGroup> groups;
  PairMeasurement measurement;
};

PairRun run_pair(const Folder& folder, const onnx::ModelProto& a, const onnx::ModelProto& b) {
  const Analysis of_a = test::analysed(folder, "a.onnx", a);
  const Analysis of_b = test::analysed(folder, "b.onnx", b);
  if (!of_a.shaped || !of_b.shaped) return {};
  const Alignment alignment = align(of_a, of_b);
  const SharedWeights shared{alignment.constants, find_folded_norms(of_a, of_b, alignment.groups)};
  return {alignment.groups, measure_pair(*of_a.shaped, *of_b.shaped, shared, quick())};
}

struct Weight {
  const char* name;
  std::vector<std::int64_t> dims;
};

struct PairCase {
  const char* what;
  const char* a;
  std::vector<Weight> missing_a;  ///< weights whose bytes are in a file that is not there
  const char* b;
  std::vector<Weight> missing_b;
  bool same_data;  ///< both saw the same numbers, so that the outputs must agree
};

// Weights of more than a thousand elements lie outside the thin model, where the worker has to carry them.
const PairCase pair_cases[] = {
    {"the same names",
     "g (float[4,32] x) => (float[4,64] y) { y = MatMul(x, w) }",
     {{"w", {32, 64}}},
     "g (float[4,32] x) => (float[4,64] y) { y = MatMul(x, w) }",
     {{"w", {32, 64}}},
     true},
    {"other names",
     "g (float[4,32] x) => (float[4,64] y) { y = MatMul(x, w) }",
     {{"w", {32, 64}}},
     "g (float[4,32] in) => (float[4,64] out) { out = MatMul(in, v) }",
     {{"v", {32, 64}}},
     true},
    {"a folded Transpose",
     "g (float[4,64] x) => (float[4,64] y) { t = Transpose <perm = [1,0]> (w) y = MatMul(x, t) }",
     {{"w", {64, 64}}},
     "g (float[4,64] x) => (float[4,64] y) { y = MatMul(x, v) }",
     {{"v", {64, 64}}},
     true},
    {"a folded batch normalisation",
     R"(g (float[1,16,6,6] x) => (float[1,2048,6,6] z) {
       c = Conv(x, w) n = BatchNormalization <epsilon = 0.01> (c, scale, shift, mean, variance) z = Relu(n) })",
     {{"w", {2048, 16, 1, 1}}, {"scale", {2048}}, {"shift", {2048}}, {"mean", {2048}}, {"variance", {2048}}},
     "g (float[1,16,6,6] x) => (float[1,2048,6,6] z) { c = Conv(x, folded, bias) z = Relu(c) }",
     {{"folded", {2048, 16, 1, 1}}, {"bias", {2048}}},
     true},
    {"a weight that A does not have",
     "g (float[4,32] x) => (float[4,64] y) { y = MatMul(x, w) }",
     {{"w", {32, 64}}},
     "g (float[4,32] x) => (float[4,64] y) { m = MatMul(x, w) y = Mul(m, extra) }",
     {{"w", {32, 64}}, {"extra", {4, 64}}},
     false},
};

onnx::ModelProto model_of(const char* text, const std::vector<Weight>& missing) {
  onnx::ModelProto model = test::parse_model(text, R"(ir_version: 8, opset_import: ["" : 17])");
  for (const Weight& weight : missing) test::add_missing_weight(model, weight.name, weight.dims);
  return model;
}

TEST(ComparePair, WeightsThatFilesLackAreTheSameInBoth) {
  SKIP_WITHOUT_RUNTIME();
  for (const PairCase& one : pair_cases) {
    SCOPED_TRACE(one.what);
    const Folder folder;
    const PairRun found = run_pair(folder, model_of(one.a, one.missing_a), model_of(one.b, one.missing_b));
    ASSERT_EQ(found.measurement.status, MeasureStatus::ok) << found.measurement.reason;
    const Agreement& agreement = found.measurement.agreement;
    ASSERT_EQ(agreement.outputs.size(), 1U);
    const OutputAgreement& output = agreement.outputs.front();
    ASSERT_TRUE(output.compared()) << output.reason;
    EXPECT_EQ(agreement.differing_data.empty(), one.same_data)
        << (agreement.differing_data.empty() ? "" : agreement.differing_data.front());
    EXPECT_GT(output.max_abs_a, 0);
    if (one.same_data) {
      EXPECT_LE(output.max_abs_diff.value_or(1e9), 1e-5 * output.max_abs_a);
    } else {
      EXPECT_GT(output.max_abs_diff.value_or(0), 1e-5 * output.max_abs_a);
    }
  }
}

TEST(ComparePair, RoundsHoldSamplesOfBoth) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const PairRun found = run_pair(folder, test::parse_model("g (float[4,32] x) => (float[4,32] y) { y = Relu(x) }"),
                                 test::parse_model("g (float[4,32] x) => (float[4,32] y) { y = Abs(x) }"));
  const PairMeasurement& m = found.measurement;
  ASSERT_EQ(m.status, MeasureStatus::ok) << m.reason;
  EXPECT_EQ(m.sittings, 4);
  EXPECT_EQ(m.rounds.size(), 20U);
  std::size_t samples = 0;
  std::int32_t last = 0;
  for (const PairRound& round : m.rounds) {
    EXPECT_FALSE(round.first_us.empty());
    EXPECT_FALSE(round.second_us.empty());
    EXPECT_GE(round.sitting, last);
    last = round.sitting;
    samples += round.first_us.size();
  }
  EXPECT_EQ(m.latency_a.us.size(), samples);
  EXPECT_FALSE(m.warmup_a_us.empty());
  ASSERT_TRUE(m.speedup);
  EXPECT_LE(m.speedup->low, m.speedup->high);
  // Relu and Abs differ on what is negative.
  EXPECT_GT(m.agreement.outputs.front().differing, 0);
}

TEST(ComparePair, InputsOfOtherSizesAreSaid) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const PairRun found = run_pair(folder, test::parse_model("g (float[4,8] x) => (float[4,8] y) { y = Relu(x) }"),
                                 test::parse_model("g (float[2,8] x) => (float[2,8] y) { y = Relu(x) }"));
  ASSERT_EQ(found.measurement.status, MeasureStatus::ok) << found.measurement.reason;
  EXPECT_THAT(found.measurement.agreement.differing_data, ::testing::ElementsAre(HasSubstr("[4x8] in A, [2x8] in B")));
  EXPECT_THAT(found.measurement.agreement.outputs.front().reason, HasSubstr("sizes differ"));
}

TEST(ComparePair, FreeSizesFollowTheOtherModel) {
  const Folder folder;
  AnalyzeOptions options;
  options.depth = Depth::static_only;
  const auto fixed = folder.write(
      "fixed.onnx", test::parse_model("g (float[3,8] x) => (float[3,8] y) { y = Relu(x) }").SerializeAsString());
  const auto open = folder.write(
      "open.onnx", test::parse_model("g (float[n,8] x) => (float[n,8] y) { y = Relu(x) }").SerializeAsString());
  for (const auto& [a, b] : {std::pair(fixed, open), std::pair(open, fixed)}) {
    const auto found = compare_models(a, b, options);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->a.totals.work.flops, 24);
    EXPECT_EQ(found->b.totals.work.flops, 24);
    EXPECT_EQ(found->notes.size(), 1U);
  }
}

struct BadEnd {
  const char* fault;
  MeasureStatus status;
  const char* reason;
  bool outputs;  ///< what was found before the fault is kept
};

TEST(ComparePair, EveryBadEndKeepsWhatCameBefore) {
  SKIP_WITHOUT_RUNTIME();
  const BadEnd ends[] = {
      {"crash@start", MeasureStatus::crashed, "SIGSEGV", false},
      {"exit@start", MeasureStatus::failed, "code 7", false},
      {"memory@start", MeasureStatus::out_of_memory, "out of memory", false},
      {"crash@outputs", MeasureStatus::crashed, "SIGSEGV", true},
      {"crash@sitting", MeasureStatus::crashed, "SIGSEGV", true},
      {"hang@outputs", MeasureStatus::timed_out, "longer than", true},
  };
  const Folder folder;
  const auto shaped =
      test::shaped_model(folder, test::parse_model("g (float[4,8] x) => (float[4,8] y) { y = Relu(x) }"));
  ASSERT_TRUE(shaped);
  for (const BadEnd& end : ends) {
    SCOPED_TRACE(end.fault);
    MeasureOptions options = quick();
    if (std::string_view(end.fault).starts_with("hang")) options.timeout_seconds = 1.5;
    const PairMeasurement m = measure_pair_with_fault(*shaped, *shaped, {}, options, end.fault);
    EXPECT_EQ(m.status, end.status) << m.reason;
    EXPECT_THAT(m.reason, HasSubstr(end.reason));
    EXPECT_FALSE(m.advice.empty());
    EXPECT_EQ(!m.agreement.outputs.empty(), end.outputs);
    EXPECT_EQ(!m.rounds.empty(), std::string_view(end.fault) == "crash@sitting");
  }
}

TEST(ComparePair, ARefusedModelIsNamed) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const PairRun found = run_pair(folder, test::parse_model("g (float[4,8] x) => (float[4,8] y) { y = Relu(x) }"),
                                 test::parse_model("g (float[4,8] x) => (float[4,8] y) { y = com.nobody.Op(x) }",
                                                   R"(ir_version: 10, opset_import: ["" : 20, "com.nobody" : 1])"));
  EXPECT_EQ(found.measurement.status, MeasureStatus::refused);
  EXPECT_THAT(found.measurement.reason, HasSubstr("B (b.onnx): "));
  EXPECT_EQ(found.groups.size(), 1U);
}

}  // namespace
}  // namespace costscan
