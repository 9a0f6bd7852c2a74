// Peak activation memory of graphs small enough to draw; sizes are in bytes (uint8 tensors of that many elements).
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "predict/predict.hpp"
#include "predict_drawing.hpp"

namespace costscan {
namespace {

std::optional<std::int64_t> peak(const std::vector<Drawing>& drawings) {
  return peak_activation_bytes(drawn(drawings));
}

struct LivenessCase {
  const char* label;
  std::vector<Drawing> scopes;
  std::optional<std::int64_t> peak;
};

std::vector<LivenessCase> cases() {
  const Drawing chain{{"x"},
                      {{"Relu", {"x"}, {"a"}}, {"Relu", {"a"}, {"b"}}, {"Relu", {"b"}, {"y"}}},
                      {"y"},
                      {{"x", 1}, {"a", 10}, {"b", 100}, {"y", 20}}};
  Drawing viewed = chain;
  viewed.steps[1].op = "Reshape";
  viewed.bytes["b"] = 10;
  const Drawing residual{{"x"},
                         {{"Relu", {"x"}, {"a"}}, {"Relu", {"a"}, {"b"}}, {"Add", {"b", "x"}, {"y"}}},
                         {"y"},
                         {{"x", 50}, {"a", 10}, {"b", 10}, {"y", 50}}};
  Drawing unknown = chain;
  unknown.bytes.erase("b");
  // Two branches that both read `x` and `kept` from outside; `kept` has no reader but them.
  const Drawing caller{{"x", "cond"},
                       {{"Relu", {"x"}, {"kept"}}, {"If", {"cond"}, {"z"}}, {"Relu", {"z"}, {"y"}}},
                       {"y"},
                       {{"x", 5}, {"cond", 1}, {"kept", 40}, {"z", 10}, {"y", 10}}};
  const Drawing then_branch{
      {}, {{"Relu", {"kept"}, {"t"}}, {"Relu", {"t"}, {"out"}}}, {"out"}, {{"t", 100}, {"out", 10}}};
  const Drawing else_branch{{}, {{"Relu", {"x"}, {"out"}}}, {"out"}, {{"out", 10}}};
  const Drawing calls{{"x"}, {{"F", {"x"}, {"y"}}}, {"y"}, {{"x", 8}, {"y", 8}}};
  const Drawing body{
      {"arg"}, {{"Relu", {"arg"}, {"t"}}, {"Relu", {"t"}, {"r"}}}, {"r"}, {{"arg", 8}, {"t", 64}, {"r", 8}}};
  const Drawing loops{{"n", "s"}, {{"Loop", {"n", "", "s"}, {"end"}}}, {"end"}, {{"n", 8}, {"s", 16}, {"end", 16}}};
  const Drawing trip{{"i", "c", "in"},
                     {{"Relu", {"in"}, {"out"}}, {"Identity", {"c"}, {"c2"}}},
                     {"c2", "out"},
                     {{"i", 8}, {"c", 1}, {"in", 16}, {"out", 16}, {"c2", 1}}};
  return {
      {"chain", {chain}, 100 + 20},
      {"views_share_memory", {viewed}, 10 + 20},
      {"inputs_live_to_their_last_reader", {residual}, 50 + 10 + 50},
      {"unknown_shape", {unknown}, std::nullopt},
      {"no_scopes", {}, std::nullopt},
      {"no_nodes", {Drawing{{"x"}, {}, {"x"}, {{"x", 7}}}}, 7},
      {"constants_are_apart",
       {Drawing{{"x"}, {{"MatMul", {"x", "w"}, {"y"}}}, {"y"}, {{"x", 3}, {"y", 4}, {"w", 1000}}, {"w"}}},
       3 + 4},
      {"view_of_a_constant",
       {Drawing{{"x"},
                {{"Reshape", {"w"}, {"v"}}, {"MatMul", {"x", "v"}, {"y"}}},
                {"y"},
                {{"x", 3}, {"y", 4}, {"w", 1000}, {"v", 1000}},
                {"w"}}},
       3 + 4},
      {"unread_output_lives_one_step",
       {Drawing{{"x"},
                {{"Split", {"x"}, {"a", "b"}}, {"Relu", {"a"}, {"y"}}},
                {"y"},
                {{"x", 10}, {"a", 5}, {"b", 50}, {"y", 5}}}},
       10 + 5 + 50},
      {"graph_outputs_live_to_the_end",
       {Drawing{{"x"},
                {{"Relu", {"x"}, {"early"}}, {"Relu", {"x"}, {"a"}}, {"Relu", {"a"}, {"late"}}},
                {"early", "late"},
                {{"x", 1}, {"early", 100}, {"a", 10}, {"late", 20}}}},
       100 + 10 + 20},
      {"view_as_graph_output",
       {Drawing{{"x"},
                {{"Relu", {"x"}, {"a"}}, {"Flatten", {"a"}, {"flat"}}, {"Relu", {"x"}, {"b"}}},
                {"flat", "b"},
                {{"x", 1}, {"a", 100}, {"flat", 100}, {"b", 30}}}},
       1 + 100 + 30},
      {"omitted_optionals", {Drawing{{"x"}, {{"Clip", {"x", "", ""}, {"y", ""}}}, {"y"}, {{"x", 2}, {"y", 2}}}}, 2 + 2},
      {"dropout_without_mask_is_a_view", {Drawing{{"x"}, {{"Dropout", {"x"}, {"y"}}}, {"y"}, {{"x", 9}, {"y", 9}}}}, 9},
      {"dropout_with_mask_copies",
       {Drawing{{"x"}, {{"Dropout", {"x"}, {"y", "mask"}}}, {"y"}, {{"x", 9}, {"y", 9}, {"mask", 9}}}},
       27},
      {"zero_sized", {Drawing{{"x"}, {{"Relu", {"x"}, {"y"}}}, {"y"}, {{"x", 0}, {"y", 0}}}}, 0},
      // At the If: cond 1, kept 40 (read inside), then branch t 100 + out 10 (which becomes z).
      {"the_dearer_branch_adds",
       {caller, inside(ScopeKind::branch, 0, 1, then_branch), inside(ScopeKind::branch, 0, 1, else_branch)},
       5 + 1 + 40 + 100 + 10},
      {"a_branch_not_taken_adds_nothing",
       {caller, inside(ScopeKind::branch, 0, 1, then_branch, 0), inside(ScopeKind::branch, 0, 1, else_branch)},
       5 + 1 + 40 + 10},
      // At the call: x 8 is the body's arg; t 64 + r 8, which is y.
      {"a_function_shares_its_arguments", {calls, inside(ScopeKind::function, 0, 0, body)}, 8 + 64 + 8},
      // At the Loop: n 8, s 16, end 16; one trip: i 8, c 1 (c2 is a view of it), in 16, out 16.
      {"a_loop_keeps_its_state_apart",
       {loops, inside(ScopeKind::loop_body, 0, 0, trip, 5)},
       8 + 16 + 16 + 8 + 1 + 16 + 16},
      {"nested_bodies_add_up",
       {calls,
        inside(ScopeKind::function, 0, 0, Drawing{{"arg"}, {{"G", {"arg"}, {"r"}}}, {"r"}, {{"arg", 8}, {"r", 8}}}),
        inside(ScopeKind::function, 1, 0, body)},
       8 + 64 + 8},
  };
}

class Liveness : public ::testing::TestWithParam<LivenessCase> {};

TEST_P(Liveness, Peak) { EXPECT_EQ(peak(GetParam().scopes), GetParam().peak); }

INSTANTIATE_TEST_SUITE_P(Drawings, Liveness, ::testing::ValuesIn(cases()),
                         [](const auto& test_info) { return std::string(test_info.param.label); });

TEST(Liveness, IsUnknownForSequencesAndOverflow) {
  const Drawing drawing{{"x"}, {{"SequenceConstruct", {"x"}, {"s"}}}, {"s"}, {{"x", 1}, {"s", 1}}};
  ShapedModel shaped = drawn({drawing});
  shaped.scopes[0].tensors[1].kind = TypeKind::sequence;
  EXPECT_EQ(peak_activation_bytes(shaped), std::nullopt);
  shaped.scopes[0].tensors[1].kind = TypeKind::tensor;
  shaped.scopes[0].tensors[1].shape = Shape{INT64_MAX, 2};
  EXPECT_EQ(peak_activation_bytes(shaped), std::nullopt);
  shaped.scopes[0].tensors[1].shape = Shape{INT64_MAX};
  EXPECT_EQ(peak_activation_bytes(shaped), std::nullopt) << "the sum with x leaves 64 bits";
}

struct ViewFolder {
  const char* folder;
  const char* domain;
};

class Views : public ::testing::TestWithParam<ViewFolder> {};

/// Ops whose cost model says `view: true` must share memory here, and the others must not. Conditional ones have cases
/// above; what is not a tensor has no size here.
TEST_P(Views, AreThoseOfTheCostModels) {
  const auto folder = std::filesystem::path(COSTSCAN_SOURCE_DIR) / "costmodels" / GetParam().folder;
  std::size_t views = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string op = entry.path().stem().string();
    if (entry.path().extension() != ".yaml" || op == "Constant" || op.starts_with("Sequence") ||
        op.starts_with("Optional"))
      continue;
    const YAML::Node file = YAML::LoadFile(entry.path().string());
    const std::string view = file["view"] ? file["view"].as<std::string>() : "false";
    if (view != "true" && view != "false") continue;
    const Drawing drawing{{"x"}, {{op, {"x"}, {"y"}, GetParam().domain}}, {"y"}, {{"x", 9}, {"y", 9}}};
    EXPECT_EQ(peak({drawing}), view == "true" ? 9 : 18) << op;
    views += view == "true" ? 1U : 0U;
  }
  EXPECT_GT(views, 0U);
}

INSTANTIATE_TEST_SUITE_P(Domains, Views,
                         ::testing::Values(ViewFolder{"onnx", ""}, ViewFolder{"com.microsoft", "com.microsoft"}),
                         [](const auto& test_info) { return std::string(test_info.param.folder).substr(0, 3); });

}  // namespace
}  // namespace costscan
