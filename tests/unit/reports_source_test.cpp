// The reports of `costscan source`: each from one small report with every kind of count, and with hostile names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <string>

#include "reports/source_report.hpp"

namespace costscan {
namespace {

using source::Count;
using source::Measure;
using testing::HasSubstr;
using testing::Not;

Count exact(std::int64_t value, std::string formula) { return {value, value, "", std::move(formula)}; }

source::SourceReport sample() {
  source::FunctionReport function;
  function.function = "ns::relu<float>";
  function.file = "kernels, \"mine\".cpp";
  function.line = 2;
  function.end_line = 4;
  for (Count& count : function.counts) count = exact(0, "0");
  function.counts[0] = exact(8000, "n");
  function.counts[static_cast<std::size_t>(Measure::write_bytes)] = {0, 32000, "line 3: x[i] < 0", "0 .. 4*n"};
  function.counts[static_cast<std::size_t>(Measure::int_ops)] = {5, std::nullopt,
                                                                 "line 4: call of f: its cost is not known", ""};
  function.counts[static_cast<std::size_t>(Measure::read_bytes)] = {std::nullopt, std::nullopt, "needs --dim n=N",
                                                                    "4*n"};
  source::LineCounts line;
  line.line = 3;
  line.executions = "n";
  line.counts = function.counts;
  function.lines.push_back(line);
  source::ArrayCounts array;
  array.name = "x";
  array.element = "float";
  array.element_bytes = 4;
  array.counts = function.counts;
  function.arrays.push_back(array);
  function.symbols = {"n"};
  function.assumptions = {"formulas hold for n >= 1"};
  function.unsupported.push_back({{"kernels.cpp", 4, 7}, "call of <f>: its cost is not known", 0});
  source::Finding finding;
  finding.kind = "overwritten_accumulator";
  finding.at = {"kernels.cpp", 3, 5};
  finding.accumulator = "sum";
  finding.message = "2 of 265 tiles contribute to 'sum'; add to it instead";
  finding.contributing = 2;
  finding.of = 265;
  function.findings.push_back(finding);
  return {"kernels.cpp", {function}};
}

std::string rendered(std::string_view format, const SourceReportOptions& options = {}) {
  const SourceReportFormat* found = find_source_report_format(format);
  EXPECT_NE(found, nullptr) << format;
  const auto text = found->render(sample(), options);
  EXPECT_TRUE(text.has_value());
  return text.value_or("");
}

TEST(SourceReports, JsonFollowsTheContract) {
  const auto json = nlohmann::json::parse(rendered("json"));
  const auto& function = json.at("functions").at(0);
  EXPECT_EQ(function.at("function"), "ns::relu<float>");
  EXPECT_EQ(function.at("line"), 2);
  EXPECT_EQ(function.at("flops"), 8000);
  EXPECT_EQ(function.at("write_bytes"),
            nlohmann::json({{"lower", 0}, {"upper", 32000}, {"assumption", "line 3: x[i] < 0"}}));
  EXPECT_TRUE(function.at("int_ops").is_null());
  EXPECT_EQ(function.at("at_least").at("int_ops"), 5);
  EXPECT_EQ(function.at("unknown").at("read_bytes"), "needs --dim n=N");
  EXPECT_EQ(function.at("formulas").at("flops"), "n");
  EXPECT_TRUE(function.at("formulas").at("int_ops").is_null());
  EXPECT_EQ(function.at("lines").at(0).at("executions"), "n");
  EXPECT_EQ(function.at("arrays").at(0).at("element_bytes"), 4);
  EXPECT_EQ(function.at("unsupported").at(0).at("column"), 7);
  EXPECT_EQ(function.at("findings").at(0).at("of"), 265);
  for (const auto name : source::measure_names) EXPECT_TRUE(function.contains(std::string(name))) << name;
}

TEST(SourceReports, CsvHasEveryColumnInEveryRow) {
  const std::string csv = rendered("csv");
  const std::size_t columns = 4 + 4 * source::measure_count;
  std::size_t rows = 0;
  for (std::size_t at = 0; at < csv.size(); ++rows) {
    const std::size_t end = csv.find('\n', at);
    std::size_t fields = 1;
    bool quoted = false;
    for (std::size_t i = at; i < end; ++i) {
      if (csv[i] == '"') quoted = !quoted;
      fields += csv[i] == ',' && !quoted ? 1 : 0;
    }
    EXPECT_EQ(fields, columns) << "row " << rows;
    at = end + 1;
  }
  EXPECT_EQ(rows, 3U);  // header, totals, one line
  EXPECT_THAT(csv, HasSubstr("\"kernels, \"\"mine\"\".cpp\",ns::relu<float>,,1,8000,0,,,,0,0,8000,8000"));
}

TEST(SourceReports, TextSaysEachReasonOnce) {
  const std::string text = rendered("text");
  EXPECT_THAT(text, HasSubstr("8,000   n"));
  EXPECT_THAT(text, HasSubstr("0 .. 32,000   0 .. 4*n"));
  EXPECT_THAT(text, HasSubstr("at least 5"));
  EXPECT_THAT(text, HasSubstr("a number needs --dim n=N"));
  EXPECT_THAT(text, HasSubstr("2 of 265 tiles contribute"));
  EXPECT_EQ(text.find("x[i] < 0"), text.rfind("x[i] < 0"));
  EXPECT_THAT(text, Not(HasSubstr("\x1B")));
  SourceReportOptions options;
  options.color = true;
  EXPECT_THAT(rendered("text", options), HasSubstr("\x1B[1m"));
}

TEST(SourceReports, MarkdownEscapesNames) {
  const std::string md = rendered("md");
  EXPECT_THAT(md, HasSubstr("ns::relu&lt;float&gt;"));
  EXPECT_THAT(md, HasSubstr("| write\\_bytes | 0 .. 32,000 | 0 .. 4\\*n | line 3: x\\[i\\] &lt; 0 |"));
}

TEST(SourceReports, HtmlIsOneOfflinePageWithEscapedSource) {
  SourceReportOptions options;
  options.source_text = "// <script>alert(1)</script>\nvoid relu() {\n\tx[i] = a && b;\n}\n";
  const std::string html = rendered("html", options);
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(html, HasSubstr("\tx[i] = a &amp;&amp; b;"));
  EXPECT_THAT(html, HasSubstr("call of &lt;f&gt;"));
  EXPECT_THAT(html, Not(testing::ContainsRegex("<script|https?:|<link|<img|@import|url\\(")));
  // A note stands directly under its line.
  EXPECT_TRUE(std::regex_search(html, std::regex("id=\"L3\"[^\\n]*\\n<tr class=\"say find\">")));
}

TEST(SourceReports, ControlCharactersInNamesDoNotReachATerminal) {
  source::SourceReport report = sample();
  report.functions[0].function = "evil\x1B[2J\xFF";
  for (const SourceReportFormat& format : source_report_formats()) {
    const auto text = format.render(report, {});
    ASSERT_TRUE(text.has_value()) << format.name;
    if (format.name != "csv") {  // for programs: RFC 4180 keeps what it is given
      EXPECT_THAT(*text, Not(HasSubstr("\x1B[2J"))) << format.name;
    }
    EXPECT_THAT(*text, Not(HasSubstr("\xFF"))) << format.name;
  }
}

TEST(SourceReports, AnEmptyReportIsNotAnEmptyPage) {
  for (const SourceReportFormat& format : source_report_formats()) {
    const auto text = format.render({"empty.cpp", {}}, {});
    ASSERT_TRUE(text.has_value()) << format.name;
    EXPECT_FALSE(text->empty()) << format.name;
  }
  EXPECT_EQ(find_source_report_format("pdf"), nullptr);
}

}  // namespace
}  // namespace costscan
