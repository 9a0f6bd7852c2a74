// Which class a node is timed under, and where in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "predict/rate_features.hpp"
#include "unit/predict_feature_cases.hpp"
#include "unit/predict_feature_cases_movement.hpp"
#include "unit/predict_scope.hpp"

namespace costscan {
namespace {

class RateFeaturesOf : public testing::TestWithParam<FeatureCase> {};

TEST_P(RateFeaturesOf, OneNode) {
  const FeatureCase& given = GetParam();
  std::map<std::string, TestTensor> tensors;
  TestNode node{given.op, {}, {}, given.domain, given.attributes};
  for (std::size_t i = 0; i < given.inputs.size(); ++i) {
    node.inputs.push_back("i" + std::to_string(i));
    tensors[node.inputs.back()] = given.inputs[i];
  }
  for (std::size_t i = 0; i < given.outputs.size(); ++i) {
    node.outputs.push_back("o" + std::to_string(i));
    tensors[node.outputs.back()] = given.outputs[i];
  }
  const Scope scope = make_scope(tensors, {node}, node.outputs);
  const auto found = rate_features(scope, 0, NodeCost{});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->rate_class, given.rate_class);
  EXPECT_THAT(found->coords, testing::ElementsAreArray(given.coords));
  EXPECT_DOUBLE_EQ(found->work, given.work);
  EXPECT_EQ(found->activation, given.activation);
  EXPECT_EQ(found->generic, given.rate_class.starts_with("generic/"));
}

std::string case_name(const testing::TestParamInfo<FeatureCase>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Products, RateFeaturesOf, testing::ValuesIn(products()), case_name);
INSTANTIATE_TEST_SUITE_P(Windows, RateFeaturesOf, testing::ValuesIn(windows()), case_name);
INSTANTIATE_TEST_SUITE_P(Elementwise, RateFeaturesOf, testing::ValuesIn(elementwise()), case_name);
INSTANTIATE_TEST_SUITE_P(RowsAndMoves, RateFeaturesOf, testing::ValuesIn(rows_and_moves()), case_name);

TEST(RateFeatures, BlockedConvolutionsByKernelAfterAReorder) {
  struct Blocked {
    Shape weights;
    std::int64_t group;
    std::int64_t stride;
    std::string rate_class;
    std::vector<double> coords;
  };
  const std::vector<Blocked> cases = {
      {{64, 32, 1, 1}, 1, 1, "conv_nchwc/1x1/s1", {32, 64, 64}},
      {{64, 32, 3, 3}, 1, 2, "conv_nchwc/3x3/s2", {32, 64, 64}},
      {{64, 32, 5, 5}, 1, 1, "conv_nchwc/kxk/s1", {32, 64, 64, 25}},
      {{32, 1, 5, 5}, 32, 2, "conv_nchwc/dw5x5/s2", {32, 64}},
      {{64, 16, 3, 3}, 2, 1, "conv_nchwc/grouped/s1", {16, 32, 64, 9}},
  };
  for (const Blocked& given : cases) {
    const std::map<std::string, TestTensor> tensors = {{"x", f32({1, 32, 16, 16})},
                                                       {"r", f32({1, 32, 16, 16})},
                                                       {"w", weight(given.weights)},
                                                       {"y", f32({1, given.weights[0], 8, 8})}};
    const Scope scope = make_scope(
        tensors, {{"ReorderInput", {"x"}, {"r"}, nchwc},
                  {"Conv",
                   {"r", "w"},
                   {"y"},
                   nchwc,
                   {attribute("group", given.group), attribute("strides", Ints{given.stride, given.stride})}}});
    const auto found = rate_features(scope, 1, NodeCost{});
    ASSERT_TRUE(found.has_value()) << given.rate_class;
    EXPECT_EQ(found->rate_class, given.rate_class);
    EXPECT_THAT(found->coords, testing::ElementsAreArray(given.coords));
  }
}

TEST(RateFeatures, ElementwiseNodesKeepBlocks) {
  const std::map<std::string, TestTensor> tensors = {
      {"x", f32({1, 32, 8, 8})}, {"s", f32({1, 32, 8, 8})}, {"w", weight({64, 32, 3, 3})}, {"y", f32({1, 64, 8, 8})}};
  const Scope scope = make_scope(tensors, {{"Add", {"x", "x"}, {"s"}}, {"Conv", {"s", "w"}, {"y"}, nchwc}});
  const auto found = rate_features(scope, 1, NodeCost{});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->rate_class, "conv_nchwc/3x3/s1") << "as wide as a block: not a first layer";
}

TEST(RateFeatures, UnknownShapesGiveNone) {
  Scope scope = make_scope({{"x", f32({2})}, {"y", f32({2})}}, {{"Relu", {"x"}, {"y"}}});
  scope.tensors[static_cast<std::size_t>(scope.graph->value_by_name.at("x"))].shape.reset();
  EXPECT_FALSE(rate_features(scope, 0, NodeCost{}).has_value());
}

}  // namespace
}  // namespace costscan
