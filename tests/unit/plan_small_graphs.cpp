// Small quantised and function-calling graphs whose plan the runtime decides by something that no real export of the
// corpus shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.hpp"
#include "shapes/infer.hpp"
#include "unit/shapes_support.hpp"

namespace costscan {
namespace {

using test::GraphBuilder;
using test::int_attr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> planned_ops(std::shared_ptr<Model> model, PlanLevel level) {
  const auto shaped = infer_shapes(std::move(model));
  if (!shaped) {
    ADD_FAILURE() << shaped.error().message;
    return {};
  }
  const auto plan = plan_execution(**shaped, {.level = level, .nchwc_block = 8});
  if (!plan) {
    ADD_FAILURE() << plan.error().message;
    return {};
  }
  std::vector<std::string> ops;
  for (const Node& node : (*plan)->graph.nodes) ops.push_back(node.op_type);
  return ops;
}

/// Quantisation steps of a convolution's operands; an empty list is a constant whose bytes are not here.
struct StepsCase {
  const char* label;
  std::vector<float> input;
  std::vector<float> weights;
  std::vector<float> bias;
  bool on_integers;
};

/// The rule is that of onnxruntime's pull request 28229.
const std::vector<StepsCase> steps_cases{
    {"product", {0.5F}, {0.25F}, {0.125F}, true},
    {"per_channel", {0.5F}, {0.25F, 0.5F, 1}, {0.125F, 0.25F, 0.5F}, true},
    {"within_a_percent", {0.5F}, {0.25F}, {0.1259F}, true},
    {"beyond_a_percent", {0.5F}, {0.25F}, {0.127F}, false},
    {"one_channel_differs", {0.5F}, {0.25F, 0.5F, 1}, {0.125F, 0.25F, 0.6F}, false},
    {"bias_of_another_convolution", {0.5F}, {0.25F}, {0.01F}, false},
    {"one_step_for_unlike_channels", {0.5F}, {0.25F, 0.5F, 1}, {0.125F}, false},
    {"all_zero", {0}, {0}, {0}, true},
    {"bytes_elsewhere", {0.5F}, {}, {}, true},
};

Tensor& initializer(Model& model, const std::string& name) {
  return *std::ranges::find(model.graph.initializers, name, &Tensor::name);
}

void fill(Model& model, const std::string& name, const std::vector<float>& values) {
  if (values.empty()) return;
  OwnedBytes owned;
  owned.bytes.resize(values.size() * sizeof(float));
  std::memcpy(owned.bytes.data(), values.data(), owned.bytes.size());
  initializer(model, name).storage = std::move(owned);
}

/// Three channels: steps of one or three elements.
std::shared_ptr<Model> quantised_conv(const StepsCase& given) {
  const auto dims = [](const std::vector<float>& values) { return values.size() == 1 ? Shape{} : Shape{3}; };
  GraphBuilder graph;
  graph.input("x", DType::uint8, {std::int64_t{1}, std::int64_t{8}, std::int64_t{4}, std::int64_t{4}})
      .weight("z", DType::uint8, {})
      .weight("xs", DType::float32, {})
      .weight("ys", DType::float32, {})
      .weight("q", DType::int8, {3, 8, 1, 1})
      .weight("ws", DType::float32, dims(given.weights))
      .weight("b", DType::int32, {3})
      .weight("bs", DType::float32, dims(given.bias))
      .node("DequantizeLinear", {"x", "xs", "z"}, {"xd"})
      .node("DequantizeLinear", {"q", "ws"}, {"wd"}, {int_attr("axis", 0)})
      .node("DequantizeLinear", {"b", "bs"}, {"bd"}, {int_attr("axis", 0)})
      .node("Conv", {"xd", "wd", "bd"}, {"c"})
      .node("QuantizeLinear", {"c", "ys", "z"}, {"y"})
      .output("y");
  auto model = graph.model();
  fill(*model, "xs", given.input);
  fill(*model, "ws", given.weights);
  fill(*model, "bs", given.bias);
  return model;
}

class PlanBiasStep : public testing::TestWithParam<StepsCase> {};

TEST_P(PlanBiasStep, DecidesWhetherTheConvolutionIsOnIntegers) {
  const auto ops = planned_ops(quantised_conv(GetParam()), PlanLevel::extended);
  EXPECT_EQ(std::ranges::count(ops, "QLinearConv"), GetParam().on_integers ? 1 : 0);
  EXPECT_EQ(std::ranges::count(ops, "Conv"), GetParam().on_integers ? 0 : 1);
}

INSTANTIATE_TEST_SUITE_P(Steps, PlanBiasStep, testing::ValuesIn(steps_cases),
                         [](const auto& param) { return std::string(param.param.label); });

/// A model-local function of the given body, called once on x (and with its other operands left out).
std::shared_ptr<Model> calling(const GraphBuilder& body, const std::vector<std::string>& results) {
  GraphBuilder main;
  main.input("x", DType::float32, {std::int64_t{4}}).node("Local", {"x"}, results, {}, "local");
  for (const std::string& result : results) main.node("Neg", {result}, {"n_" + result}).output("n_" + result);
  auto model = main.model();
  Function function;
  function.name = "Local";
  function.domain = "local";
  function.opset_imports = model->opset_imports;
  function.body = *body.graph();
  model->functions.push_back(std::move(function));
  return model;
}

TEST(PlanFunctions, ResultsThatAreOperandsAreHandedThrough) {
  GraphBuilder body;
  body.formal("a").node("Exp", {"a"}, {"e"}).output("a").output("e");
  EXPECT_THAT(planned_ops(calling(body, {"p", "q"}), PlanLevel::disabled),
              UnorderedElementsAre("Identity", "Neg", "Exp", "Neg"));
  EXPECT_THAT(planned_ops(calling(body, {"p", "q"}), PlanLevel::basic), UnorderedElementsAre("Neg", "Exp", "Neg"));
}

}  // namespace
}  // namespace costscan
