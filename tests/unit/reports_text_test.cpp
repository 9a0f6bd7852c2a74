// How values are written, and the layout of the text and Markdown reports (golden files; rewrite them with
// COSTSCAN_REWRITE_GOLDEN=1 and read the difference).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "model/prediction.hpp"
#include "reports/names.hpp"
#include "reports/report.hpp"
#include "reports/slow_text.hpp"
#include "reports/summary.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct TextCase {
  std::string got;
  std::string want;
};

void expect_all(const std::vector<TextCase>& cases) {
  for (const TextCase& each : cases) EXPECT_EQ(each.got, each.want);
}

TEST(Quantities, HaveThreeFiguresAndAUnit) {
  expect_all({{quantity(0, "FLOP"), "0 FLOP"},
              {quantity(640, "FLOP"), "640 FLOP"},
              {quantity(999, "B"), "999 B"},
              {quantity(1000, "B"), "1.00 kB"},
              {quantity(8.18e9, "FLOP"), "8.18 GFLOP"},
              {quantity(25'557'032, ""), "25.6 M"},
              {quantity(999'999, "B"), "1.00 MB"},
              {quantity(999'400, "B"), "999 kB"},
              {quantity(9.22e18, "FLOP"), "9.22 EFLOP"},
              {quantity(-1536, "B"), "-1.54 kB"}});
}

TEST(Times, ChooseTheirUnit) {
  expect_all({{time_text(0), "0 µs"},
              {time_text(0.01234), "0.0123 µs"},
              {time_text(12.345), "12.3 µs"},
              {time_text(999.4), "999 µs"},
              {time_text(999.6), "1.00 ms"},
              {time_text(76'100), "76.1 ms"},
              {time_text(1.2e6), "1.20 s"},
              {time_text(3.6e9), "3600 s"},
              {time_with_spread(76'100, 400), "76.1 ms ± 0.4"},
              {time_with_spread(100, 1), "100 µs ± 1"}});
}

TEST(Shares, KeepSmallOnesVisible) {
  expect_all({{percent(0), "0%"},
              {percent(1), "100%"},
              {percent(0.941), "94.1%"},
              {percent(0.0042), "0.42%"},
              {percent(0.00001), "<0.01%"},
              {percent(-0.031), "-3.1%"},
              {relative(77.7, 76.1), "+2.1%"},
              {relative(50, 100), "−50.0%"},
              {bar(1, 4), "████"},
              {bar(0.5, 4), "██"},
              {bar(0.0001, 4), "▏"},
              {bar(0, 4), ""},
              {bar(0.34375, 4), "█▍"}});
}

TEST(Names, AreShortenedInTheMiddleByCharacters) {
  expect_all({{shorten("abcdef", 6), "abcdef"},
              {shorten("abcdefghij", 7), "ab…ghij"},
              {shorten("äöüäöüäöü", 4), "ä…öü"},
              {shorten("abc", 0), ""},
              {plain_text("a\nb\x1B"), "a\\nb\\x1B"},
              {shape_text({}), "scalar"},
              {shape_text({1, 0, 768}), "1x0x768"},
              {dtype_text(DType::undefined), ""},
              {dtype_text(DType::bfloat16), "bfloat16"},
              {op_label("", "Conv"), "Conv"},
              {op_label("com.microsoft", "FusedConv"), "com.microsoft.FusedConv"}});
}

struct GoldenCase {
  const char* file;
  std::string text;
};

void compare_with_golden(const GoldenCase& each) {
  const auto path = std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests/unit/golden" / each.file;
  if (std::getenv("COSTSCAN_REWRITE_GOLDEN") != nullptr) std::ofstream(path) << each.text;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path << " is missing";
  std::ostringstream want;
  want << file.rdbuf();
  EXPECT_EQ(each.text, want.str()) << each.file;
}

TEST(Layout, IsAsInTheGoldenFiles) {
  ReportOptions options;
  options.top = 2;
  compare_with_golden({"reports_measured.txt", report_text(test::measured_analysis(), options).value()});
  compare_with_golden({"reports_static.txt", report_text(test::static_analysis(), options).value()});
  compare_with_golden({"reports_measured.md", report_md(test::measured_analysis(), options).value()});
}

TEST(Layout, FitsTheWidthThatItIsGiven) {
  Analysis analysis = test::measured_analysis(std::string(300, 'x') + "/last");
  for (std::size_t i = 0; i < 6; ++i) analysis.nodes[i].op_type = "Operator" + std::to_string(i);
  for (const std::int32_t width : {100, 120, 200}) {
    ReportOptions options;
    options.width = width;
    options.top = 10;
    for (const SummaryLine& line : summarize(analysis, options)) {
      if (line.label != "where" && line.label != "slow for its work" && !line.label.empty()) continue;
      const std::size_t used = std::max(label_columns, text_width(line.label) + 2) + text_width(line.value);
      EXPECT_LE(used, static_cast<std::size_t>(width)) << line.value;
    }
  }
}

TEST(Text, ColoursLabelsOnlyWhenAsked) {
  ReportOptions options;
  EXPECT_THAT(report_text(test::static_analysis(), options).value(), Not(HasSubstr("\x1B")));
  options.color = true;
  EXPECT_THAT(report_text(test::static_analysis(), options).value(), HasSubstr("\x1B[1mlatency\x1B[0m"));
}

TEST(Text, SaysWhyNothingWasMeasured) {
  const std::string text = report_text(test::static_analysis(), {}).value();
  EXPECT_THAT(text, HasSubstr("--static: nothing was executed"));
  EXPECT_THAT(text, HasSubstr("run without --static to measure"));
  EXPECT_THAT(text, HasSubstr("at least 30.0 µs predicted: 1 node without a cost"));
  EXPECT_THAT(text, HasSubstr("Magic"));
  EXPECT_THAT(text, HasSubstr("batch=1 (--dim batch=N)"));
}

/// As a calibration leaves it: rows share what the executed nodes are predicted to take.
PredictionReport calibrated_prediction() {
  PredictionReport prediction;
  prediction.calibration = "full calibration of 2026-11-21 (ONNX Runtime 1.31.1, 1 thread, 3120 points)";
  prediction.age_seconds = 9 * 3600;
  prediction.us = 90;
  prediction.low_us = 80;
  prediction.high_us = 101;
  return prediction;
}

TEST(Text, SaysOnePredictionWhereRowsShareIt) {
  Analysis analysis = test::measured_analysis();
  analysis.totals.predicted_us = 31.5;
  EXPECT_THAT(report_text(analysis, {}).value(),
              HasSubstr("31.5 µs predicted (−68.5%) as optimised, 31.5 µs as written"));
  analysis.prediction = std::make_shared<PredictionReport>(calibrated_prediction());
  analysis.totals.predicted_us = analysis.totals.predicted_runtime_us = 90;
  const std::string text = report_text(analysis, {}).value();
  EXPECT_THAT(text, HasSubstr("90.0 µs predicted (−10.0%)   "));
  EXPECT_THAT(text, Not(HasSubstr("as written")));
  EXPECT_THAT(text, HasSubstr("90% interval 80.0 µs to 101 µs   the graph that was executed   full calibration of "
                              "2026-11-21 (ONNX Runtime 1.31.1, 1 thread, 3120 points), 9 hours old\n"));
}

TEST(Text, ASumOfPredictionsWithAHoleIsALowerBound) {
  Analysis analysis = test::measured_analysis();
  PredictionReport prediction = calibrated_prediction();
  prediction.unknown_nodes = 2;
  analysis.prediction = std::make_shared<PredictionReport>(prediction);
  analysis.totals.predicted_us = analysis.totals.predicted_runtime_us = std::nullopt;
  EXPECT_THAT(report_text(analysis, {}).value(),
              HasSubstr("at least 90.0 µs predicted: 2 executed nodes of unknown shape"));
}

TEST(Text, ANegativeRemainderIsNoShare) {
  EXPECT_EQ(between_text(4, 1000), "0.4% between nodes");
  EXPECT_EQ(between_text(0, 1000), "0% between nodes");
  EXPECT_EQ(between_text(-27, 1000), "none between nodes: timed one by one they add up to 2.7% more than the latency");
  Analysis analysis = test::measured_analysis();
  analysis.totals.remainder_us = -2.7;
  for (const auto report : {report_text, report_md}) {
    const std::string text = report(analysis, {}).value();
    EXPECT_THAT(text, HasSubstr("add up to 2.7% more than the latency"));
    EXPECT_THAT(text, Not(HasSubstr("-2.7%")));
  }
}

TEST(Text, QuotesTheFileForTheShell) {
  EXPECT_THAT(report_text(test::static_analysis(), {}).value(),
              HasSubstr("costscan 'some folder/tiny.onnx' --report html"));
}

TEST(Text, SaysThatThereAreMoreSlowNodes) {
  ReportOptions options;
  EXPECT_THAT(report_text(test::measured_analysis(), options).value(), HasSubstr("(more: --top 10)"));
  options.top = 2;
  EXPECT_THAT(report_text(test::measured_analysis(), options).value(), Not(HasSubstr("--top")));
}

TEST(SlowNodes, AreThoseThatLoseMostTime) {
  const auto measured = slow_nodes(test::measured_analysis());
  ASSERT_EQ(measured.size(), 3U);
  EXPECT_EQ(measured[0].row, 0U);  // 60 against 10.5
  EXPECT_EQ(measured[1].row, 5U);  // 20 against 15.25
  EXPECT_EQ(measured[2].row, 2U);  // 5 against 4.25
  EXPECT_DOUBLE_EQ(measured[0].roof_share, 10.5 / 60);
  const auto predicted = slow_nodes(test::static_analysis());
  ASSERT_EQ(predicted.size(), 3U) << "views and unknown rows lose nothing that is known";
  EXPECT_EQ(predicted[0].row, 5U);
}

TEST(Formats, AreFoundByName) {
  for (const ReportFormat& format : report_formats()) EXPECT_EQ(find_report_format(format.name), &format);
  EXPECT_EQ(find_report_format("pdf"), nullptr);
  EXPECT_FALSE(find_report_format("html")->to_stdout);
}

}  // namespace
}  // namespace costscan
