// The timeline: slices that touch, add up to the time that other reports give, and carry the same figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

constexpr int nodes_track = 1;
constexpr int modules_track = 2;

nlohmann::json trace_of(const Analysis& analysis) { return nlohmann::json::parse(report_trace(analysis, {}).value()); }

std::vector<nlohmann::json> slices(const nlohmann::json& trace, int track) {
  std::vector<nlohmann::json> out;
  for (const nlohmann::json& event : trace["traceEvents"]) {
    if (event["ph"] == "X" && event["tid"] == track) out.push_back(event);
  }
  return out;
}

/// As a reader sees it that keeps whole nanoseconds.
std::int64_t ns(const nlohmann::json& us) { return static_cast<std::int64_t>(us.get<double>() * 1000.0); }

double total_us(const std::vector<nlohmann::json>& track) {
  double sum = 0;
  for (const nlohmann::json& slice : track) sum += slice["dur"].get<double>();
  return sum;
}

/// The fixture, with a second executed node in the same module, times that do not fit whole microseconds, and one node
/// that nobody measured.
Analysis uneven_analysis() {
  Analysis analysis = test::measured_analysis();
  for (std::size_t i = 0; i < 3; ++i) {
    RuntimeRow run = analysis.runtime.front();
    run.name = "extra" + std::to_string(i);
    run.measured_us = i == 1 ? std::nullopt : std::optional(1.0 / 3.0);
    analysis.runtime.push_back(run);
  }
  analysis.totals.measured_us = 1000;
  return analysis;
}

TEST(ReportsTrace, MeasuredTimesAndTheRemainderAddUp) {
  const Analysis analysis = uneven_analysis();
  const nlohmann::json trace = trace_of(analysis);
  EXPECT_EQ(trace["otherData"]["times"], "measured");
  const auto track = slices(trace, nodes_track);
  ASSERT_EQ(track.size(), analysis.runtime.size() + 1) << "and the remainder";
  EXPECT_NEAR(total_us(track), 1000, 0.01);
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    const auto& run = analysis.runtime[r];
    EXPECT_EQ(track[r]["name"], run.name);
    EXPECT_NEAR(track[r]["dur"].get<double>(), run.measured_us.value_or(0), 0.0011);
    EXPECT_EQ(track[r]["args"].contains("measured_us"), run.measured_us.has_value()) << "unknown is never zero";
    EXPECT_EQ(track[r]["args"].contains("time"), !run.measured_us.has_value());
  }
}

TEST(ReportsTrace, SlicesTouchAndNest) {
  const nlohmann::json trace = trace_of(uneven_analysis());
  std::int64_t before = 0;
  for (const nlohmann::json& slice : slices(trace, nodes_track)) {
    EXPECT_EQ(ns(slice["ts"]), before) << slice["name"];
    before = ns(slice["ts"]) + ns(slice["dur"]);
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> open;
  for (const nlohmann::json& slice : slices(trace, modules_track)) {
    const std::int64_t begin = ns(slice["ts"]);
    const std::int64_t end = begin + ns(slice["dur"]);
    while (!open.empty() && open.back().second <= begin) open.pop_back();
    EXPECT_TRUE(open.empty() || end <= open.back().second) << slice["name"];
    open.emplace_back(begin, end);
  }
}

TEST(ReportsTrace, WithoutAMeasurementThePredictionIsLaidOut) {
  const Analysis analysis = test::static_analysis();
  const nlohmann::json trace = trace_of(analysis);
  EXPECT_EQ(trace["otherData"]["times"], "predicted");
  const auto track = slices(trace, nodes_track);
  ASSERT_EQ(track.size(), analysis.nodes.size());
  double predicted = 0;
  for (const NodeRow& row : analysis.nodes) predicted += row.predicted_us.value_or(0);
  EXPECT_NEAR(total_us(track), predicted, 0.01);
  for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
    const NodeRow& row = analysis.nodes[r];
    const nlohmann::json& args = track[r]["args"];
    EXPECT_EQ(args["trust"], to_string(row.cost.trust));
    EXPECT_EQ(args.contains("flops"), row.cost.trust != Trust::unknown) << "unknown is never zero";
    EXPECT_EQ(args.value("flops", std::int64_t{0}), row.cost.work.flops);
  }
}

TEST(ReportsTrace, CountersAreWorkPerSecond) {
  const Analysis analysis = test::static_analysis();
  const nlohmann::json trace = trace_of(analysis);
  std::map<std::pair<std::string, std::int64_t>, double> counters;
  double last = -1;
  for (const nlohmann::json& event : trace["traceEvents"]) {
    if (event["ph"] != "C") continue;
    last = event["args"]["value"];
    counters[{event["name"], ns(event["ts"])}] = last;
  }
  EXPECT_DOUBLE_EQ(last, 0) << "after the last node";
  const nlohmann::json conv = slices(trace, nodes_track).front();  // 800 FLOP in 10.5 us
  EXPECT_NEAR((counters[{"FLOP/s", ns(conv["ts"])}]), 800 / 10.5e-6, 1);
  EXPECT_NEAR((counters[{"compulsory bytes/s", ns(conv["ts"])}]), 800 / 10.5e-6, 1);
}

/// Nothing is null: importers that want a number there drop the event, or the file.
void expect_no_null(const nlohmann::json& value, const std::string& where) {
  EXPECT_FALSE(value.is_null()) << where;
  if (!value.is_structured()) return;
  for (const auto& [key, inner] : value.items()) expect_no_null(inner, where + "/" + key);
}

/// A time as importers read it: a number of microseconds, not negative.
void expect_time(const nlohmann::json& event, const char* key) {
  ASSERT_TRUE(event.contains(key) && event[key].is_number()) << event;
  EXPECT_GE(event[key].get<double>(), 0) << event;
}

void expect_metadata(const nlohmann::json& event) {
  const std::string kind = event["name"];
  ASSERT_TRUE(event.contains("args") && event["args"].is_object()) << event;
  if (kind == "thread_sort_index") {
    EXPECT_TRUE(event["args"]["sort_index"].is_number_integer()) << event;
  } else {
    EXPECT_THAT(kind, testing::AnyOf("process_name", "thread_name"));
    EXPECT_TRUE(event["args"]["name"].is_string()) << event;
  }
}

/// What the "Trace Event Format" demands of each phase that is used here, and what Perfetto's importer counts as an
/// error.
void expect_event(const nlohmann::json& event, const std::set<std::int64_t>& named_tracks) {
  ASSERT_TRUE(event["name"].is_string() && event["ph"].is_string()) << event;
  EXPECT_TRUE(event["pid"].is_number_integer()) << event;
  const std::string phase = event["ph"];
  if (phase == "M") return expect_metadata(event);
  expect_time(event, "ts");
  if (phase == "C") {
    ASSERT_FALSE(event["args"].empty()) << event;
    for (const nlohmann::json& series : event["args"]) EXPECT_TRUE(series.is_number()) << event;
    return;
  }
  EXPECT_EQ(phase, "X") << event;
  expect_time(event, "dur");
  ASSERT_TRUE(event["tid"].is_number_integer()) << event;
  EXPECT_TRUE(named_tracks.contains(event["tid"].get<std::int64_t>())) << event;
  EXPECT_TRUE(event["cat"].is_string()) << event;
  EXPECT_TRUE(!event.contains("args") || event["args"].is_object()) << event;
}

/// Measured, predicted, and with figures that are no numbers or too large for a clock.
std::vector<Analysis> traced_analyses() {
  std::vector<Analysis> found{test::measured_analysis(), test::static_analysis(), uneven_analysis()};
  for (const double odd : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 1e300}) {
    Analysis analysis = uneven_analysis();
    analysis.runtime.front().measured_us = odd;
    analysis.runtime.back().predicted_us = odd;
    analysis.runtime.back().measured_mad_us = odd;
    found.push_back(std::move(analysis));
  }
  return found;
}

TEST(ReportsTrace, ObeysTheTraceEventFormat) {
  for (const Analysis& analysis : traced_analyses()) {
    const nlohmann::json trace = trace_of(analysis);
    expect_no_null(trace, "");
    EXPECT_THAT(trace["displayTimeUnit"].get<std::string>(), testing::AnyOf("ms", "ns"));
    std::set<std::int64_t> named_tracks;
    for (const nlohmann::json& event : trace["traceEvents"]) {
      if (event["name"] == "thread_name") named_tracks.insert(event["tid"].get<std::int64_t>());
    }
    for (const nlohmann::json& event : trace["traceEvents"]) expect_event(event, named_tracks);
    // Counters of one name stand in the order of time, as the importer reads them.
    std::map<std::string, double> last;
    for (const nlohmann::json& event : trace["traceEvents"]) {
      if (event["ph"] != "C") continue;
      double& before = last.try_emplace(event["name"], 0.0).first->second;
      EXPECT_GE(event["ts"].get<double>(), before);
      before = event["ts"];
    }
  }
}

TEST(ReportsTrace, HostileNamesStayText) {
  const std::string name = "a\"b\\c\n\xFF</script>";
  Analysis analysis = test::static_analysis();
  analysis.nodes[0].node_name = name;
  analysis.nodes[0].scope = "//" + name + "//x";
  EXPECT_EQ(slices(trace_of(analysis), modules_track).empty(), false);
}

}  // namespace
}  // namespace costscan
