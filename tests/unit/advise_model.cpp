#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

#include "study/advise.hpp"

namespace costscan {
namespace {

std::filesystem::path bundled_model(const char* name) {
  return std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests" / "models" / name;
}

AdviseOptions static_advice() {
  AdviseOptions options;
  options.machine = "generic-cpu";
  options.static_only = true;
  return options;
}

class AdviseModel : public testing::TestWithParam<const char*> {};

TEST_P(AdviseModel, AddsUpAndGivesReasons) {
  const auto advice = advise(bundled_model(GetParam()), static_advice());
  ASSERT_TRUE(advice) << advice.error().message;
  ASSERT_TRUE(advice->before.executed_us);
  EXPECT_GT(*advice->before.executed_us, 0);
  EXPECT_LE(advice->everything.nodes, advice->before.nodes);
  EXPECT_FALSE(advice->family.empty());
  for (const AdvisedPass& pass : advice->passes) {
    EXPECT_GT(pass.sites, 0) << pass.name;
    EXPECT_FALSE(pass.why.empty()) << pass.name;
    ASSERT_TRUE(pass.executed) << pass.name;
    if (pass.verdict == AdviceVerdict::pays) {
      EXPECT_GT(pass.executed->low(), 0) << pass.name;
    }
    if (pass.verdict == AdviceVerdict::slower) {
      EXPECT_LT(pass.executed->us, 0) << pass.name;
    }
  }
  if (advice->recommended.empty()) return;
  ASSERT_TRUE(advice->total);
  ASSERT_TRUE(advice->after.executed_us);
  EXPECT_NEAR(advice->total->us, *advice->before.executed_us - *advice->after.executed_us,
              1e-6 * *advice->before.executed_us);
  EXPECT_GT(advice->total->us, 0);
}

INSTANTIATE_TEST_SUITE_P(Small, AdviseModel, testing::Values("bert_tiny.onnx", "tagger_loop_if.onnx"));
INSTANTIATE_TEST_SUITE_P(Large, AdviseModel, testing::Values("mobilenet_v3_small.onnx", "llama_2layer_gqa_kv.onnx"));

/// What the runtime's optimiser does by itself, a pass gains only where that is switched off: convolutions take in
/// their batch normalisations at every level but `disabled`.
TEST(Advise, KnowsTheRuntimesLevel) {
  AdviseOptions options = static_advice();
  for (const char* level : {"all", "disabled"}) {
    options.measure.optimization_level = level;
    const auto advice = advise(bundled_model("bert_tiny.onnx"), options);
    ASSERT_TRUE(advice) << advice.error().message;
    const bool off = level == std::string_view("disabled");
    const auto found =
        std::ranges::find(advice->passes, std::string_view("eliminate_common_subexpressions"), &AdvisedPass::name);
    ASSERT_NE(found, advice->passes.end());
    EXPECT_EQ(found->verdict == AdviceVerdict::pays, off) << level;
    EXPECT_EQ(found->verdict == AdviceVerdict::no_effect, !off) << level;
  }
}

TEST(Advise, SaysWhatIsWrong) {
  const auto missing = advise(bundled_model("absent.onnx"), static_advice());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::input);
  AdviseOptions options = static_advice();
  options.machine = "abacus";
  const auto unknown = advise(bundled_model("bert_tiny.onnx"), options);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace costscan
