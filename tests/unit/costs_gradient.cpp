// Gradient counts the nodes between the tensors that it names.
#include <gtest/gtest.h>

#include "costs_fixture.hpp"

namespace costscan::costs_test {
namespace {

NodeCost gradient_of(const std::string& y) {
  GraphBuilder builder;
  const ValueId x = builder.value("x", tensor(DType::float32, {4, 8}));
  const ValueId w = builder.value("w", tensor(DType::float32, {8, 2}));
  const ValueId product = builder.value("product", tensor(DType::float32, {4, 2}));
  const ValueId exp = builder.value("exp", tensor(DType::float32, {4, 2}));
  const ValueId aside = builder.value("aside", tensor(DType::float32, {4, 8}));
  const ValueId dx = builder.value("dx", tensor(DType::float32, {4, 8}));
  const ValueId dw = builder.value("dw", tensor(DType::float32, {8, 2}));
  builder.node("MatMul", "", {x, w}, {product});
  builder.node("Exp", "", {product}, {exp});
  builder.node("Tanh", "", {x}, {aside});  // not between xs and y
  builder.graph->values[static_cast<std::size_t>(product)].producer = 0;
  builder.graph->values[static_cast<std::size_t>(exp)].producer = 1;
  builder.graph->values[static_cast<std::size_t>(aside)].producer = 2;
  Node& node = builder.node("Gradient", "ai.onnx.preview.training", {x, w}, {dx, dw});
  node.attributes.push_back({"xs", std::vector<std::string>{"x", "w"}, {}, 0});
  node.attributes.push_back({"y", y, {}, 0});
  ShapedModel shaped;
  shaped.scopes.push_back(builder.finish({{"", 20}, {"ai.onnx.preview.training", 1}}));
  return cost_scope(CostLibrary::builtin(), shaped, 0).at(3);
}

TEST(Gradient, IsAtMostFourTimesTheFunction) {
  const NodeCost cost = gradient_of("exp");
  ASSERT_EQ(cost.unknown_reason, "");
  EXPECT_EQ(cost.trust, Trust::upper_bound);
  EXPECT_EQ(cost.work.flops, 4 * (2 * 4 * 2 * 8 + 4 * 2));
  EXPECT_EQ(cost.work.macs, 3 * (4 * 2 * 8));
  EXPECT_EQ(cost.work.transcendentals, 2 * (4 * 2));
  const std::int64_t elements = (4 * 8 + 8 * 2 + 4 * 2) + 2 * 4 * 2;
  EXPECT_EQ(cost.work.read_bytes, 5 * elements * 4 + (4 * 8 + 8 * 2) * 4);
  EXPECT_EQ(cost.work.write_bytes, (4 * 8 + 8 * 2) * 4);
}

TEST(Gradient, WithoutAPathIsUnknown) {
  EXPECT_EQ(gradient_of("nowhere").trust, Trust::unknown);
  EXPECT_NE(gradient_of("x").unknown_reason.find("no path"), std::string::npos);
}

}  // namespace
}  // namespace costscan::costs_test
