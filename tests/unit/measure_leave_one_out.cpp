// Leave-one-out of the runtime's optimisers: reading its log, and a whole study of a small model in a real child.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/leave_one_out.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;
using test::quick_options;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(LeaveOneOut, ReadsWhichTransformersChangedTheGraph) {
  const std::vector<std::string> log{
      "GraphTransformer EnsureUniqueDQForNodeUnit modified: 0 with status: OK",
      "GraphTransformer Level1_RuleBasedTransformer modified: 1 with status: OK",
      "GraphTransformer GeluFusionL2 modified: 1 with status: OK",
      "GraphTransformer Level1_RuleBasedTransformer modified: 1 with status: OK",
      "something else modified: 1",
      "GraphTransformer  modified: 12",
      "GraphTransformer",
  };
  EXPECT_THAT(transformers_that_modified(log), ElementsAre("Level1_RuleBasedTransformer", "GeluFusionL2"));
}

TEST(LeaveOneOut, KnowsTheRulesOfARuleBasedTransformer) {
  EXPECT_THAT(rewrite_rules("Level1_RuleBasedTransformer"), Contains("ConvBNFusion"));
  EXPECT_THAT(rewrite_rules("GeluFusionL2"), IsEmpty());
}

/// A product with bias, which MatMulAddFusion makes a Gemm, and an Identity, which the rule EliminateIdentity removes.
std::shared_ptr<const ShapedModel> small_model(const Folder& folder) {
  onnx::ModelProto model = test::parse_model(R"(
    g (float[2,16] x) => (float[2,4] z) { a = MatMul(x, w)
      b = Add(a, c)
      d = Identity(b)
      z = Relu(d) })");
  test::add_missing_weight(model, "w", {16, 4});
  test::add_missing_weight(model, "c", {4});
  return test::shaped_model(folder, model);
}

TEST(LeaveOneOut, MeasuresWithoutEachOptimiserThatChangedTheGraph) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = small_model(folder);
  ASSERT_TRUE(shaped);
  const OptimizerStudy study = leave_one_out(*shaped, quick_options());
  ASSERT_EQ(study.status, MeasureStatus::ok) << study.reason;
  EXPECT_THAT(study.warnings, IsEmpty());
  EXPECT_EQ(study.nodes, 1);  // the runtime's FusedGemm does it all
  ASSERT_TRUE(study.control.measured);
  EXPECT_EQ(study.control.nodes, study.nodes);
  // Without it there is more to execute.
  EXPECT_THAT(study.effects, Contains(AllOf(Field(&OptimizerEffect::name, "MatMulAddFusion"),
                                            Field(&OptimizerEffect::nodes, Gt(study.nodes)))));
  EXPECT_THAT(study.effects, Contains(AllOf(Field(&OptimizerEffect::name, "EliminateIdentity"),
                                            Field(&OptimizerEffect::nodes, Gt(study.nodes)))));
  EXPECT_THAT(study.effects, Not(Contains(Field(&OptimizerEffect::name, "ConvBNFusion"))));
  for (const OptimizerEffect& effect : study.effects) {
    EXPECT_TRUE(effect.measured) << effect.name << ": " << effect.reason;
    EXPECT_EQ(effect.with.us.size(), effect.without.us.size());
    EXPECT_GE(effect.with.us.size(), 5U);
    EXPECT_LE(effect.low, effect.ratio) << effect.name;
    EXPECT_GE(effect.high, effect.ratio) << effect.name;
    EXPECT_EQ(effect.no_difference(), effect.low <= 1 && effect.high >= 1);
  }
}

TEST(LeaveOneOut, AtLevelDisabledThereIsNothingToLeaveOut) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = small_model(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.optimization_level = "disabled";
  const OptimizerStudy study = leave_one_out(*shaped, options);
  ASSERT_EQ(study.status, MeasureStatus::ok) << study.reason;
  EXPECT_EQ(study.nodes, 4);
  EXPECT_THAT(study.effects, IsEmpty());
}

TEST(LeaveOneOut, SaysWhyThereIsNoStudy) {
  const Folder folder;
  const auto shaped = small_model(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.runtime_library = folder / "libabsent.so";
  const OptimizerStudy study = leave_one_out(*shaped, options);
  EXPECT_EQ(study.status, MeasureStatus::no_runtime);
  EXPECT_THAT(study.reason, ::testing::HasSubstr("libabsent.so"));
  EXPECT_FALSE(study.advice.empty());
}

TEST(LeaveOneOut, ATimeOutIsSaid) {
  SKIP_WITHOUT_RUNTIME();
  const Folder folder;
  const auto shaped = small_model(folder);
  ASSERT_TRUE(shaped);
  MeasureOptions options = quick_options();
  options.timeout_seconds = 0.01;
  const OptimizerStudy study = leave_one_out(*shaped, options);
  EXPECT_EQ(study.status, MeasureStatus::timed_out) << study.reason;
  EXPECT_FALSE(study.reason.empty());
}

TEST(LeaveOneOut, AStudySurvivesItsWayToTheParent) {
  const Folder folder;
  OptimizerStudy study;
  study.status = MeasureStatus::ok;
  study.nodes = 7;
  study.effects.push_back({.name = "A", .nodes = 8, .with = {}, .without = {}, .reason = "not reached"});
  study.effects.push_back({.name = "B",
                           .nodes = 9,
                           .with = {},
                           .without = {},
                           .ratio = 1.5,
                           .low = 1.25,
                           .high = 2,
                           .measured = true,
                           .reason = {}});
  study.effects.back().with.us = {1, 2, 3};
  study.effects.back().without.us = {2, 3, 4};
  ASSERT_TRUE(write_study(study, folder / "study.json"));
  const auto read = read_study(folder / "study.json");
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->effects.size(), 2U);
  EXPECT_EQ(read->effects[0].reason, "not reached");
  EXPECT_FALSE(read->effects[0].measured);
  EXPECT_EQ(read->effects[1].with.median, 2);
  EXPECT_EQ(read->effects[1].low, 1.25);
  EXPECT_FALSE(read_study(folder / "absent.json"));
}

}  // namespace
}  // namespace costscan
