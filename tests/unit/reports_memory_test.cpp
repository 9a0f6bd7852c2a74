// Memory over the run in the reports: both JSON forms, the first screen, Markdown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "reports/document.hpp"
#include "reports/memory_summary.hpp"
#include "reports/report.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using OrderedJson = nlohmann::ordered_json;

/// Conv makes `a` out of `x`; a nameless Relu writes `r` over it, which is an output.
Analysis with_memory(MemoryOrder order) {
  Analysis analysis = test::measured_analysis();
  MemoryTimeline memory;
  memory.order = order;
  const bool executed = order == MemoryOrder::executed;
  memory.steps = {
      {"/conv|1", "Conv", "com.microsoft.nchwc", executed ? -1 : 0, executed ? 1 : -1, 3000, 2000, 0, {}},
      {"", "Relu", "", executed ? -1 : 1, executed ? 2 : -1, 2000, 2000, 0, {}},
  };
  if (executed) {
    memory.steps[0].held = 2000;
    memory.steps[1].held = 2500;
    memory.held_peak_bytes = 2500;
    memory.held_peak_step = 1;
  }
  memory.buffers = {{"x", DType::float32, {1, 250}, 1000, -1, 0, 0, false, false, {}},
                    {"a", DType::float32, {1, 500}, 2000, 0, 1, 1, true, false, {"r"}}};
  memory.peak_bytes = 3000;
  memory.peak_step = 0;
  memory.at_peak = {memory.buffers[1], memory.buffers[0]};
  memory.input_bytes = 1000;
  memory.weight_bytes = 96;
  memory.packed = {{"w", "/gemm", 4096, 4608}, {"q", "/int", 64, std::nullopt}};
  analysis.memory = std::make_shared<MemoryTimeline>(memory);
  return analysis;
}

TEST(MemoryReport, TheDocumentHoldsStepsBuffersAndWeights) {
  const OrderedJson memory = document(with_memory(MemoryOrder::executed), Rows::objects)["memory"];
  EXPECT_EQ(memory["order"], "executed");
  EXPECT_EQ(memory["peak_bytes"], 3000);
  EXPECT_EQ(memory["held_peak_step"], 1);
  EXPECT_EQ(memory["steps"][0]["node_name"], "/conv|1");
  EXPECT_TRUE(memory["steps"][0]["node"].is_null()) << "its row is among the executed ones";
  EXPECT_EQ(memory["steps"][0]["runtime"], 1);
  EXPECT_EQ(memory["steps"][1]["held_bytes"], 2500);
  EXPECT_TRUE(memory["buffers"][0]["producer"].is_null()) << "an input has no producer";
  EXPECT_EQ(memory["buffers"][1]["shape"], "1x500");
  EXPECT_EQ(memory["buffers"][1]["sharers"], OrderedJson::array({"r"}));
  EXPECT_EQ(memory["at_peak"][0]["name"], "a");
  EXPECT_EQ(memory["packed"][0]["packed_bytes"], 4608);
  EXPECT_TRUE(memory["packed"][1]["packed_bytes"].is_null()) << "unknown is not 0";
}

TEST(MemoryReport, TheColumnarFormSaysTheSame) {
  const Analysis analysis = with_memory(MemoryOrder::executed);
  const OrderedJson objects = document(analysis, Rows::objects)["memory"];
  const OrderedJson columnar = document(analysis, Rows::columnar)["memory"];
  for (const char* table : {"steps", "buffers", "at_peak"}) {
    const OrderedJson& columns = columnar[table]["columns"];
    const OrderedJson& rows = columnar[table]["rows"];
    ASSERT_EQ(rows.size(), objects[table].size()) << table;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < columns.size(); ++c) {
        EXPECT_EQ(rows[r][c], objects[table][r][columns[c].get<std::string>()]) << table << " " << columns[c];
      }
    }
  }
}

TEST(MemoryReport, IsNullWhereAShapeIsUnknown) {
  EXPECT_TRUE(document(test::measured_analysis(), Rows::objects)["memory"].is_null());
}

std::string text(const Analysis& analysis, std::int32_t top) {
  ReportOptions options;
  options.top = top;
  return report_text(analysis, options).value();
}

TEST(MemoryReport, TheFirstScreenNamesThePeakAndOnDemandItsTensors) {
  const Analysis analysis = with_memory(MemoryOrder::executed);
  EXPECT_THAT(text(analysis, 1), HasSubstr(" as written, 3.00 kB as executed at Conv /conv|1   "));
  EXPECT_THAT(text(analysis, 1), Not(HasSubstr("alive at the peak")));
  const std::string more = text(analysis, 5);
  EXPECT_THAT(more, HasSubstr("alive at the peak  2.00 kB  a: float32 1x500, from Conv /conv|1, an output\n"));
  EXPECT_THAT(more, HasSubstr("1.00 kB  x: float32 1x250, an input, read last by Conv /conv|1\n"));
}

TEST(MemoryReport, TheFilesOrderSaysWhatResultsInPlaceSave) {
  EXPECT_THAT(text(with_memory(MemoryOrder::file), 1), HasSubstr(", 3.00 kB with results in place at Conv /conv|1   "));
}

TEST(MemoryReport, MarkdownListsThemOnce) {
  const std::string md = report_md(with_memory(MemoryOrder::executed), {}).value();
  EXPECT_THAT(md, HasSubstr("## Memory\n"));
  EXPECT_THAT(
      md,
      HasSubstr("in executed order; the runtime holds up to 2.50 kB beside its inputs; 96 B of weights are apart."));
  EXPECT_THAT(md, HasSubstr("| a | float32 | 1x500 | from Conv /conv\\|1, an output | 2.00 kB |"));
  EXPECT_THAT(md, Not(HasSubstr("**alive at the peak**")));
}

}  // namespace
}  // namespace costscan
