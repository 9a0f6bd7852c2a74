// Times from elsewhere: what each format means, by hand. A row of a table is a file and what must come of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "measure/foreign.hpp"
#include "unit/measure_support.hpp"

namespace costscan {
namespace {

using test::Folder;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pointwise;

Model model_with(const std::vector<std::string>& names) {
  Model model;
  for (const std::string& name : names) {
    Node node;
    node.name = name;
    model.graph.nodes.push_back(node);
  }
  return model;
}

Result<ForeignTimes> read_text(const std::string& text, const Model& model = {}) {
  const Folder folder;
  return read_foreign(folder.write("times.txt", text), model);
}

struct Times {
  std::string name;
  std::vector<double> us;
};

struct Readable {
  std::string what;
  std::string text;
  ForeignFormat format;
  std::vector<Times> nodes;
  std::vector<double> end_to_end;
  std::size_t warnings = 0;
};

std::string event(const char* category, const std::string& name, int ts, int dur, const std::string& args) {
  return fmt::format(R"({{"cat" : "{}","pid" :1,"tid" :1,"dur" :{},"ts" :{},"ph" : "X","name" :"{}","args" : {{{}}}}})",
                     category, dur, ts, name, args);
}

std::string node(const std::string& name, int ts, int dur) {
  return event(
      "Node", name + "_kernel_time", ts, dur,
      R"("op_name" : "Relu","provider" : "CPUExecutionProvider","node_index" : "0","output_type_shape" : [{"float":[2,3]}])");
}

std::string run(int ts, int dur) {
  return event("Session", "SequentialExecutor::Execute", ts, dur, "") + ",\n" +
         event("Session", "model_run", ts, dur, "");
}

/// Three runs of two nodes, as ONNX Runtime writes them.
std::string profile() {
  return "[\n" + node("a", 1, 100) + ",\n" + node("b", 2, 50) + ",\n" + run(0, 160) + ",\n" + node("a", 201, 10) +
         ",\n" + node("b", 202, 5) + ",\n" + run(200, 20) + ",\n" + node("a", 301, 12) + ",\n" + node("b", 302, 7) +
         ",\n" + run(300, 24) + "\n]\n";
}

std::string without_breaks(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::vector<Readable> readable() {
  const auto ort = ForeignFormat::ort_profile;
  const auto table = ForeignFormat::table;
  const auto layers = ForeignFormat::tensorrt_layers;
  const std::vector<Times> warm{{"a", {10, 12}}, {"b", {5, 7}}};
  const std::string cut = profile();
  return {
      {"profile, first run left out", profile(), ort, warm, {20, 24}},
      {"profile on one line", without_breaks(profile()), ort, warm, {20, 24}},
      {"profile in a trace object", "{\"traceEvents\": " + without_breaks(profile()) + "}", ort, warm, {20, 24}},
      {"profile cut in the third run", cut.substr(0, cut.find("\"ts\" :302")), ort, {{"a", {10}}, {"b", {5}}}, {20}, 1},
      {"profile cut in the second run: the only whole run counts",
       cut.substr(0, cut.find("\"ts\" :202")),
       ort,
       {{"a", {100}}, {"b", {50}}},
       {160},
       1},
      {"profile cut in the first run: whole nodes, no end-to-end time",
       cut.substr(0, cut.find("\"ts\" :2,")),
       ort,
       {{"a", {100}}},
       {},
       1},
      {"csv in microseconds", "node,latency_us\na,1.5\nb,2\n", table, {{"a", {1.5}}, {"b", {2}}}, {3.5}},
      {"csv in milliseconds, columns the other way round",
       "time (ms),Node Name\n1.5,a\n",
       table,
       {{"a", {1500}}},
       {1500}},
      {"csv in nanoseconds", "name,duration_ns\na,1500\n", table, {{"a", {1.5}}}, {1.5}},
      {"csv in seconds", "layer,latency_s\na,0.25\n", table, {{"a", {250000}}}, {250000}},
      {"unit in the cells", "node;time\na;1,5 ms\nb;2 us\n", table, {{"a", {1500}}, {"b", {2}}}, {1502}},
      {"rows of one node are its samples",
       "node,us\na,1\nb,5\na,3\nb,7\n",
       table,
       {{"a", {1, 3}}, {"b", {5, 7}}},
       {6, 10}},
      {"unequal samples: medians add up", "node,us\na,1\na,3\nb,7\n", table, {{"a", {1, 3}}, {"b", {7}}}, {9}},
      {"a row for the whole", "node,us\na,1\ntotal,9\ntotal,11\n", table, {{"a", {1}}}, {9, 11}},
      {"quotes, byte order mark, CRLF and blank lines",
       "\xEF\xBB\xBFnode,latency_us\r\n\r\n\"a, \"\"b\"\"\",1\r\n",
       table,
       {{"a, \"b\"", {1}}},
       {1}},
      {"medians are chosen over means, extremes and spreads",
       "node,min_us,mean_us,median_us,std_us,max_us\na,1,5,4,9,8\n",
       table,
       {{"a", {4}}},
       {4}},
      {"our own table: nameless nodes by output, unmeasured ones left out",
       "model,node_index,node_name,op_type,outputs,predicted_us,measured_us,measured_mad_us,runtime_node\n"
       "m,0,,Conv,y;z,7,3,1,r\nm,1,named,Relu,w,7,,,\n",
       table,
       {{"y", {3}}},
       {3},
       1},
      {"TensorRT: median, else mean, else total over runs",
       R"([{"count" : 200}, {"name" : "a + b", "timeMs" : 30, "averageMs" : 0.15, "medianMs" : 0.1, "percentage" : 50},
           {"name" : "c", "timeMs" : 30, "averageMs" : 0.15, "percentage" : 25}, {"name" : "d", "timeMs" : 40}])",
       layers,
       {{"a + b", {100}}, {"c", {150}}, {"d", {200}}},
       {450}},
      {"TensorRT, cut",
       R"([{"count" : 2}, {"name" : "a [1]", "medianMs" : 0.1, "percentage" : 50}, {"name" : "b", "med)",
       layers,
       {{"a [1]", {100}}},
       {100},
       1},
      {"TensorRT runs",
       R"([{"startInMs" : 1, "inMs" : 0.5, "computeMs" : 2, "latencyMs" : 3}, {"computeMs" : 2.5, "latencyMs" : 3}])",
       ForeignFormat::tensorrt_runs,
       {},
       {2000, 2500}},
  };
}

TEST(MeasureForeign, EveryFormat) {
  for (const Readable& one : readable()) {
    SCOPED_TRACE(one.what);
    const auto times = read_text(one.text);
    ASSERT_TRUE(times) << times.error().message;
    EXPECT_EQ(times->format, one.format);
    const Measurement& m = times->measurement;
    EXPECT_EQ(m.status, MeasureStatus::ok);
    EXPECT_EQ(m.threads, 0) << "no format states it";
    EXPECT_THAT(m.reason, HasSubstr("times.txt"));
    EXPECT_THAT(m.latency.us, Pointwise(DoubleNear(1e-9), one.end_to_end));
    EXPECT_EQ(m.warnings.size(), one.warnings);
    ASSERT_EQ(m.nodes.size(), one.nodes.size());
    for (std::size_t n = 0; n < m.nodes.size(); ++n) {
      EXPECT_EQ(m.nodes[n].name, one.nodes[n].name);
      EXPECT_THAT(m.nodes[n].time.us, Pointwise(DoubleNear(1e-9), one.nodes[n].us));
    }
  }
}

TEST(MeasureForeign, ANodeMayBeCalledTotal) {
  const auto times = read_text("node,us\na,1\ntotal,9\n", model_with({"a", "total"}));
  ASSERT_TRUE(times) << times.error().message;
  EXPECT_EQ(times->measurement.nodes.size(), 2U);
  EXPECT_THAT(times->measurement.latency.us, ElementsAre(10));
}

TEST(MeasureForeign, SamplesGiveMedianAndMad) {
  const auto times = read_text("node,us\na,1\na,2\na,9\n");
  ASSERT_TRUE(times) << times.error().message;
  EXPECT_DOUBLE_EQ(times->measurement.nodes[0].time.median, 2);
  EXPECT_DOUBLE_EQ(times->measurement.nodes[0].time.mad, 1);
}

/// A profile cut at any byte is read or refused in one line; what is read is never more than the whole file holds.
TEST(MeasureForeign, AProfileCutAnywhere) {
  const std::string whole = profile();
  const Folder folder;
  for (std::size_t length = 0; length < whole.size(); length += 23) {
    const auto times = read_foreign(folder.write("cut.json", whole.substr(0, length)), {});
    if (!times) {
      EXPECT_LT(length, whole.find("\"ts\" :2,")) << times.error().message;
      EXPECT_EQ(times.error().kind, ErrorKind::input);
      EXPECT_EQ(times.error().message.find('\n'), std::string::npos);
      continue;
    }
    EXPECT_LE(times->measurement.latency.us.size(), 2U);
    EXPECT_EQ(times->measurement.warnings.empty(), length + 3 > whole.size()) << length;
  }
}

struct Refused {
  std::string text;
  std::vector<std::string> says;
};

TEST(MeasureForeign, WhatCannotBeReadIsSaid) {
  const std::vector<Refused> cases{
      {"", {"is empty", "ONNX Runtime profile", "trtexec --exportProfile"}},
      {"{\"hello\": 1}", {"no measurement", "node and latency_us"}},
      {std::string("PK\0\0", 4), {"no measurement"}},
      {"hello\nworld\n", {"times.txt:1", "no column of nodes"}},
      {"node,shape\na,3\n", {"times.txt:1", "no column of times"}},
      {"node,latency\na,3\n", {"times.txt:2", "without a unit", "latency_ms"}},
      {"node,us\na,1\nb,fast\n", {"times.txt:3", "'fast' is no time"}},
      {"node,us\na,-1\n", {"times.txt:2", "'-1' is no time"}},
      {"node,us\na,nan\n", {"times.txt:2", "'nan' is no time"}},
      {"node,us\na,1e999\n", {"times.txt:2", "is no time"}},
      {"node,us\na,1 parsec\n", {"times.txt:2", "is no time"}},
      {"node,us\n", {"no time below it"}},
      {R"([{"count" : 3, "x" : "\"timeMs\""}, {"count": 1, "timeMs": 3}])", {"names no layer"}},
      {R"([{"name" : "a", "timeMs" : 3}])", {"layer 'a' has no time", "count of runs"}},
      {R"([{"name" : "a", "medianMs" : -3}])", {"layer 'a' has no time"}},
      {"[\n" + event("Session", "model_loading_uri", 1, 2, "") + "\n]\n", {"without a complete node"}},
  };
  for (const Refused& refused : cases) {
    SCOPED_TRACE(refused.text);
    const auto times = read_text(refused.text);
    ASSERT_FALSE(times);
    EXPECT_EQ(times.error().kind, ErrorKind::input);
    for (const std::string& words : refused.says) EXPECT_THAT(times.error().message, HasSubstr(words));
    EXPECT_EQ(times.error().message.find('\n'), std::string::npos);
  }
}

TEST(MeasureForeign, AFileThatIsNotThere) {
  const Folder folder;
  const auto times = read_foreign(folder / "absent.json", {});
  ASSERT_FALSE(times);
  EXPECT_EQ(times.error().kind, ErrorKind::input);
  EXPECT_THAT(times.error().message, HasSubstr("absent.json"));
  EXPECT_FALSE(read_foreign(folder.path(), {})) << "a folder";
}

}  // namespace
}  // namespace costscan
