// Names are whatever a file's author wrote. No format may break, be driven or be misread because of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/document.hpp"
#include "reports/names.hpp"
#include "reports/report.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

using namespace std::string_literals;

struct HostileCase {
  const char* label;
  std::string name;   ///< as in the file
  std::string clean;  ///< as programs read it
};

std::vector<HostileCase> hostile_cases() {
  const auto same = [](const char* label, const std::string& name) { return HostileCase{label, name, name}; };
  return {
      same("comma", "a,b"),
      same("quotes", "\"a\"\"b\""),
      same("newlines", "a\nb\r\nc\rd"),
      same("pipe", "a|b`c`*d*_e_~f~"),
      same("html", "<script>alert(1)</script><img src=x onerror=y>&amp;"),
      same("end_of_island", "</script><!--<script>"),
      same("cdata", "]]><!--"),
      same("line_separators",
           "a\xE2\x80\xA8"
           "b\xE2\x80\xA9"
           "c"),
      same("terminal_escape", "\x1B[2J\x1B]0;title\x07"),
      same("c1_control",
           "\xC2\x9B"
           "31m"),
      same("right_to_left",
           "abc\xE2\x80\xAE"
           "xyz"),
      same("formula", "=cmd|' /C calc'!A0"),
      same("unicode", "層/正規化 🚀"),
      same("backslashes", "\\u003c\\\\"),
      same("markdown_link", "[x](javascript:alert(1)) http://example.org www.example.org a@b.c"),
      same("marker", "__COSTSCAN_DATA__"),
      same("format_braces", "{0} {} {{}}"),
      same("blank", "   "),
      {"nul", "a\0b"s,
       "a\xEF\xBF\xBD"
       "b"},
      {"invalid_utf8",
       "a\xFF"
       "b",
       "a\xEF\xBF\xBD"
       "b"},
      {"cut_utf8", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
      same("long", std::string(100'000, 'n') + "end"),
  };
}

class Hostile : public ::testing::TestWithParam<HostileCase> {};

INSTANTIATE_TEST_SUITE_P(Names, Hostile, ::testing::ValuesIn(hostile_cases()),
                         [](const auto& test_info) { return std::string(test_info.param.label); });

/// The name in every place that a file decides: node, op, domain, scope, subgraph, tensors, dimension, model file.
Analysis with_name_everywhere(const std::string& name) {
  Analysis analysis = test::measured_analysis(name);
  NodeRow& row = analysis.nodes[2];
  row.op_type = row.domain = row.scope = row.subgraph = name;
  row.outputs[0].name = name;
  row.inputs[0].name = name;
  row.cost.unknown_reason = name;
  analysis.nodes[3].cost.unknown_reason = name;
  analysis.runtime[1].name = analysis.runtime[1].op_type = analysis.runtime[1].provider = name;
  analysis.uncovered[0].reason = analysis.uncovered[0].op_type = name;
  analysis.warnings = {name};
  analysis.measurement.machine.cpu = name;
  auto model = std::make_shared<Model>(*analysis.shaped->model);
  model->stem = name;
  model->producer_name = name;
  auto shaped = std::make_shared<ShapedModel>(*analysis.shaped);
  shaped->model = model;
  shaped->bindings[0].name = name;
  analysis.shaped = shaped;
  return analysis;
}

TEST_P(Hostile, CsvReadsBack) {
  const Analysis analysis = with_name_everywhere(GetParam().name);
  const auto rows = test::parse_csv(report_csv(analysis, {}).value());
  ASSERT_EQ(rows.size(), 1 + 6U);
  for (const char* name : {"node_name", "op_type", "domain", "scope", "subgraph", "model", "runtime_node"}) {
    EXPECT_EQ(test::column(rows, name)[2], GetParam().clean) << name;
  }
  EXPECT_EQ(test::column(rows, "outputs")[2], GetParam().clean + ";;inv_std");
}

TEST_P(Hostile, JsonReadsBack) {
  const auto doc = nlohmann::json::parse(report_json(with_name_everywhere(GetParam().name), {}).value());
  EXPECT_EQ(doc["nodes"][2]["node_name"], GetParam().clean);
  EXPECT_EQ(doc["nodes"][2]["outputs"][0], GetParam().clean);
  EXPECT_EQ(doc["nodes"][3]["unknown_reason"], GetParam().clean);
  EXPECT_EQ(doc["model"]["name"], GetParam().clean);
  EXPECT_EQ(doc["dims"][0]["name"], GetParam().clean);
  EXPECT_EQ(doc["runtime"][1]["runtime_node"], GetParam().clean);
  EXPECT_EQ(doc["warnings"][0], GetParam().clean);
}

TEST_P(Hostile, TheDataIslandStaysAnIsland) {
  const auto value = document(with_name_everywhere(GetParam().name), Rows::columnar);
  const std::string text = script_safe(value);
  for (const char* forbidden : {"<", ">", "&", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    EXPECT_EQ(text.find(forbidden), std::string::npos) << forbidden;
  }
  EXPECT_EQ(nlohmann::ordered_json::parse(text), nlohmann::ordered_json::parse(value.dump()));
}

TEST_P(Hostile, TextKeepsItsLines) {
  const std::string text = report_text(with_name_everywhere(GetParam().name), {}).value();
  const std::string plain = report_text(with_name_everywhere("plain"), {}).value();
  EXPECT_EQ(std::ranges::count(text, '\n'), std::ranges::count(plain, '\n'));
  for (const char c : text) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << static_cast<int>(c);
  for (const char* forbidden : {"\xC2\x9B", "\xE2\x80\xAE", "\xE2\x80\xA8"}) {
    EXPECT_EQ(text.find(forbidden), std::string::npos);
  }
  EXPECT_LT(text.size(), 20'000U);
}

TEST_P(Hostile, MarkdownKeepsItsTables) {
  const std::string text = report_md(with_name_everywhere(GetParam().name), {}).value();
  std::istringstream lines(text);
  std::ptrdiff_t cells = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      cells = 0;
      continue;
    }
    std::ptrdiff_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\') {
        ++i;  // whatever follows is plain text
      } else if (line[i] == '|') {
        ++bars;
      }
    }
    if (cells != 0) {
      EXPECT_EQ(bars, cells) << line;
    }
    cells = bars;
  }
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(text.find("](http"), std::string::npos);
  EXPECT_EQ(text.find(" http://"), std::string::npos);
  EXPECT_LT(text.size(), 50'000U);
}

}  // namespace
}  // namespace costscan
