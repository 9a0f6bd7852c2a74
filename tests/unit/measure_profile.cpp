// The dialects of ONNX Runtime's profile, as text in the order in which the runtime writes it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/profile.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;

std::string node_event(const std::string& name, const std::string& op, int ts, int dur, int index = 0,
                       const std::string& suffix = "_kernel_time") {
  return fmt::format(
      R"({{"cat" : "Node","pid" :1,"tid" :1,"dur" :{},"ts" :{},"ph" : "X","name" :"{}{}","args" : {{"node_index" : "{}","op_name" : "{}","provider" : "CPUExecutionProvider","input_type_shape" : [{{"float":[1,3]}},{{"int64":[]}}],"output_type_shape" : [{{"float16":[1,4]}}],"thread_scheduling_stats" : ""}}}},)"
      "\n",
      dur, ts, name, suffix, index, op);
}

std::string session_event(const std::string& name, int ts, int dur) {
  return fmt::format(
      R"({{"cat" : "Session","pid" :1,"tid" :1,"dur" :{},"ts" :{},"ph" : "X","name" :"{}","args" : {{}}}},)"
      "\n",
      dur, ts, name);
}

std::string end_of_run(int ts, int dur) {
  return session_event("SequentialExecutor::Execute", ts, dur) + session_event("model_run", ts, dur);
}

/// "[", the events, and the last one without its comma, as the runtime ends the file.
std::string trace(std::string events) {
  events.erase(events.rfind(','), 1);
  return "[\n" + events + "]\n";
}

Profile read(
    const std::string& text, const std::function<bool(std::int64_t)>& counts = [](std::int64_t) { return true; }) {
  const Folder folder;
  auto profile = read_profile(folder.write("profile.json", text), counts);
  EXPECT_TRUE(profile) << (profile ? "" : profile.error().message);
  return profile ? *profile : Profile{};
}

std::vector<std::pair<std::string, std::vector<double>>> times(const Profile& profile) {
  std::vector<std::pair<std::string, std::vector<double>>> out;
  out.reserve(profile.nodes.size());
  for (const RuntimeNode& node : profile.nodes) out.emplace_back(node.name, node.time.us);
  return out;
}

using SampledTimes = std::vector<std::pair<std::string, std::vector<double>>>;

TEST(MeasureProfile, SamplesPerRun) {
  const std::string text =
      trace(session_event("model_loading_array", 0, 5) + node_event("a", "Conv", 10, 7, 3) +
            node_event("Add_12", "Add", 18, 2, 12) + end_of_run(9, 12) + node_event("a", "Conv", 30, 9, 3) +
            node_event("Add_12", "Add", 40, 4, 12) + end_of_run(29, 16));
  const Profile profile = read(text);
  EXPECT_EQ(times(profile), (SampledTimes{{"a", {7, 9}}, {"Add_12", {2, 4}}}));
  EXPECT_THAT(profile.run_us, ::testing::ElementsAre(12, 16));
  EXPECT_FALSE(profile.truncated);
  const RuntimeNode& conv = profile.nodes[0];
  EXPECT_EQ(conv.op_type, "Conv");
  EXPECT_EQ(conv.provider, "CPUExecutionProvider");
  EXPECT_THAT(conv.input_shapes, ::testing::ElementsAre(Shape{1, 3}, Shape{}));
  EXPECT_THAT(conv.output_shapes, ::testing::ElementsAre(Shape{1, 4}));
  EXPECT_THAT(conv.output_dtypes, ::testing::ElementsAre(DType::float16));
  EXPECT_DOUBLE_EQ(conv.time.median, 8);
}

TEST(MeasureProfile, OnlyCountedRuns) {
  const std::string text =
      trace(node_event("a", "Conv", 10, 100) + end_of_run(9, 101) + node_event("a", "Conv", 130, 9) +
            end_of_run(129, 10) + node_event("a", "Conv", 150, 8) + end_of_run(149, 9));
  EXPECT_EQ(times(read(text, [](std::int64_t run) { return run > 0; })), (SampledTimes{{"a", {9, 8}}}));
}

TEST(MeasureProfile, FenceEventsAreNoKernels) {
  const std::string text = trace(node_event("a", "Conv", 10, 3, 0, "_fence_before") + node_event("a", "Conv", 13, 7) +
                                 node_event("a", "Conv", 20, 3, 0, "_fence_after") + end_of_run(9, 15));
  EXPECT_EQ(times(read(text)), (SampledTimes{{"a", {7}}}));
}

TEST(MeasureProfile, ABodyIsNotCountedTwice) {
  // Two trips of a loop whose body holds an If: inner events come first, each graph's executor event closes it.
  const std::string body = node_event("if_relu", "Relu", 101, 3) +
                           session_event("SequentialExecutor::Execute", 100, 5) + node_event("if", "If", 99, 8) +
                           node_event("body_add", "Add", 108, 2) + session_event("SequentialExecutor::Execute", 98, 14);
  const std::string second = node_event("if_relu", "Relu", 201, 4) +
                             session_event("SequentialExecutor::Execute", 200, 5) + node_event("if", "If", 199, 8) +
                             node_event("body_add", "Add", 208, 1) +
                             session_event("SequentialExecutor::Execute", 198, 14);
  const std::string text =
      trace(node_event("first", "Relu", 50, 20) + body + second + node_event("loop", "Loop", 90, 130) +
            node_event("last", "Relu", 230, 10) + end_of_run(40, 210));
  const Profile profile = read(text);
  EXPECT_EQ(times(profile), (SampledTimes{{"first", {20}},
                                          {"if_relu", {3 + 4}},
                                          {"if", {(8 - 3) + (8 - 4)}},
                                          {"body_add", {2 + 1}},
                                          {"loop", {130 - (8 + 2) - (8 + 1)}},
                                          {"last", {10}}}));
  double sum = 0;
  for (const RuntimeNode& node : profile.nodes) sum += node.time.median;
  EXPECT_DOUBLE_EQ(sum, 20 + 130 + 10) << "all of it is the main graph's kernels' time";
}

TEST(MeasureProfile, ABranchTakenNowAndThenHasZerosElsewhere) {
  const std::string text =
      trace(node_event("then", "Relu", 11, 3) + session_event("SequentialExecutor::Execute", 11, 3) +
            node_event("if", "If", 10, 5) + end_of_run(9, 8) + node_event("else", "Abs", 31, 4) +
            session_event("SequentialExecutor::Execute", 31, 4) + node_event("if", "If", 30, 5) + end_of_run(29, 8));
  EXPECT_EQ(times(read(text)), (SampledTimes{{"then", {3, 0}}, {"if", {2, 1}}, {"else", {0, 4}}}));
}

TEST(MeasureProfile, AnEarlyEndKeepsWholeRuns) {
  const std::string whole = "[\n" + node_event("a", "Conv", 10, 7) + end_of_run(9, 12) + node_event("a", "Conv", 30, 9);
  const Profile cut = read(whole + R"({"cat" : "Node","pid" :1,"tid)");
  EXPECT_EQ(times(cut), (SampledTimes{{"a", {7}}}));
  EXPECT_TRUE(cut.truncated);
  const Profile said =
      read(trace(node_event("a", "Conv", 10, 7) + end_of_run(9, 12) + session_event("profile_truncated", 50, 0)));
  EXPECT_TRUE(said.truncated);
}

TEST(MeasureProfile, ANameThatBreaksJsonCostsItsLineOnly) {
  const Profile profile =
      read(trace(node_event("a", "Conv", 10, 7) + node_event("b\"b", "Add", 18, 2) + end_of_run(9, 12)));
  EXPECT_EQ(times(profile), (SampledTimes{{"a", {7}}}));
  EXPECT_EQ(profile.unreadable_lines, 1);
}

TEST(MeasureProfile, WhatIsNoProfileIsAnError) {
  const Folder folder;
  const auto all = [](std::int64_t) { return true; };
  for (const char* text : {"", "hello", "[]", "[\n]\n"}) {
    const auto profile = read_profile(folder.write("p.json", text), all);
    ASSERT_FALSE(profile) << text;
    EXPECT_THAT(profile.error().message, ::testing::HasSubstr("p.json"));
  }
  EXPECT_FALSE(read_profile(folder / "absent.json", all));
}

Node optimized_node(const std::string& name, const std::string& op_type, const std::string& domain = "") {
  Node node;
  node.name = name;
  node.op_type = op_type;
  node.domain = domain;
  return node;
}

RuntimeNode executed(const std::string& name, const std::string& op_type) {
  RuntimeNode node;
  node.name = name;
  node.op_type = op_type;
  return node;
}

TEST(MeasureJoin, ByNameElseByOpAndOrder) {
  Graph graph;
  graph.nodes = {optimized_node("conv", "Conv", "com.microsoft.nchwc"),
                 optimized_node("", "Add"),
                 optimized_node("", "Relu"),
                 optimized_node("", "Add"),
                 optimized_node("twice", "Abs"),
                 optimized_node("twice", "Neg"),
                 optimized_node("twice", "Abs")};
  std::vector<RuntimeNode> nodes{executed("conv", "Conv"),  executed("Add_3", "Add"), executed("Relu_9", "Relu"),
                                 executed("Add_11", "Add"), executed("twice", "Abs"), executed("twice", "Neg"),
                                 executed("twice", "Abs"),  executed("lost", "Add"),  executed("conv", "Conv")};
  join_to_graph(nodes, graph);
  std::vector<std::int32_t> joined;
  joined.reserve(nodes.size());
  for (const RuntimeNode& node : nodes) joined.push_back(node.optimized_node);
  EXPECT_THAT(joined, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, -1, -1)) << "a node of the graph is joined once";
  EXPECT_EQ(nodes[0].domain, "com.microsoft.nchwc");
}

}  // namespace
}  // namespace costscan
