// The tables: headers by contract, empty = unknown, and sums that agree between levels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "reports/report.hpp"
#include "unit/reports_fixture.hpp"

namespace costscan {
namespace {

using test::column;
using ::testing::ElementsAre;
using CsvRows = std::vector<std::vector<std::string>>;

CsvRows csv(const Analysis& analysis, Level level) {
  ReportOptions options;
  options.level = level;
  return test::parse_csv(report_csv(analysis, options).value());
}

std::optional<double> number(const std::string& cell) {
  if (cell.empty()) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size()) throw std::runtime_error("not a number: " + cell);
  return value;
}

double sum(const CsvRows& rows, std::string_view name) {
  double total = 0;
  for (const std::string& cell : column(rows, name)) total += number(cell).value_or(0);
  return total;
}

struct HeaderCase {
  Level level;
  const char* name;
  const char* header;
};

class Header : public ::testing::TestWithParam<HeaderCase> {};

TEST_P(Header, IsTheContract) {
  ReportOptions options;
  options.level = GetParam().level;
  const std::string text = report_csv(test::static_analysis(), options).value();
  EXPECT_EQ(text.substr(0, text.find('\n')), GetParam().header);
}

INSTANTIATE_TEST_SUITE_P(
    Levels, Header,
    ::testing::Values(
        HeaderCase{Level::node, "node",
                   "model,node_index,node_name,op_type,domain,subgraph,scope,outputs,input_shapes,output_shapes,dtype,"
                   "flops,macs,transcendentals,read_bytes,write_bytes,compulsory_bytes,weight_bytes,"
                   "arithmetic_intensity,bound,trust,predicted_us,measured_us,measured_mad_us,runtime_node"},
        HeaderCase{
            Level::kernel, "kernel",
            "model,node_index,node_name,op_type,kernel_index,kernel,flops,transcendentals,read_bytes,write_bytes,"
            "flops_formula,read_formula,write_formula"},
        HeaderCase{Level::runtime, "runtime",
                   "model,runtime_index,runtime_node,op_type,provider,node_indices,flops,compulsory_bytes,predicted_us,"
                   "measured_us,measured_mad_us"},
        HeaderCase{Level::op, "op",
                   "model,op_type,domain,nodes,covered_nodes,flops,macs,transcendentals,int_ops,read_bytes,write_bytes,"
                   "compulsory_bytes,weight_bytes,predicted_us,measured_us"},
        HeaderCase{Level::model, "model",
                   "model,nodes,rows,covered_nodes,coverage,trust,parameters,weight_bytes,peak_activation_bytes,flops,"
                   "macs,transcendentals,int_ops,read_bytes,write_bytes,compulsory_bytes,arithmetic_intensity,"
                   "predicted_us,predicted_runtime_us,measured_us,measured_mad_us,remainder_us,family,flops_formula,"
                   "compulsory_bytes_formula,flops_formula_evidence,compulsory_bytes_formula_evidence"}),
    [](const auto& test_info) { return test_info.param.name; });

TEST(NodeLevel, ShowsEveryRowInOrder) {
  const CsvRows rows = csv(test::static_analysis(), Level::node);
  EXPECT_THAT(column(rows, "op_type"), ElementsAre("Conv", "Reshape", "LayerNormalization", "Magic", "Loop", "Mul"));
  EXPECT_THAT(column(rows, "node_index"), ElementsAre("0", "1", "2", "3", "4", "0"));
  EXPECT_THAT(column(rows, "subgraph"), ElementsAre("", "", "", "", "", "repeat/body"));
  EXPECT_THAT(column(rows, "bound"), ElementsAre("compute", "free", "memory", "", "free", "dispatch"));
  EXPECT_THAT(column(rows, "trust"), ElementsAre("exact", "exact", "approximate", "unknown", "exact", "upper_bound"));
  EXPECT_THAT(column(rows, "domain"), ElementsAre("", "", "", "com.acme", "", ""));
}

TEST(NodeLevel, WritesShapesByPosition) {
  const CsvRows rows = csv(test::static_analysis(), Level::node);
  EXPECT_THAT(column(rows, "input_shapes"), ElementsAre("1x3x4x4;8x3x1x1;", "1x8x4x4;2", "1x128", "", "", "1x128"));
  EXPECT_THAT(column(rows, "output_shapes"), ElementsAre("1x8x4x4", "1x128", "1x128;;scalar", "", "1x128", "1x128"));
  EXPECT_THAT(column(rows, "outputs"), ElementsAre("conv1_out", "flat", "normed;;inv_std", "spell", "looped", "next"));
}

TEST(NodeLevel, LeavesTheUnknownEmptyAndShowsViewsAsZero) {
  const CsvRows rows = csv(test::static_analysis(), Level::node);
  constexpr std::size_t view = 1;
  constexpr std::size_t unknown = 3;
  for (const char* name : {"flops", "macs", "transcendentals", "read_bytes", "write_bytes", "compulsory_bytes"}) {
    EXPECT_EQ(column(rows, name)[view], "0") << name;
    EXPECT_EQ(column(rows, name)[unknown], "") << name;
  }
  for (const char* name : {"predicted_us", "weight_bytes", "arithmetic_intensity", "dtype"}) {
    EXPECT_EQ(column(rows, name)[unknown], "") << name;
  }
  EXPECT_EQ(column(rows, "arithmetic_intensity")[view], "");
  EXPECT_EQ(column(rows, "predicted_us")[view], "0");
  for (const std::string& cell : column(rows, "measured_us")) EXPECT_EQ(cell, "");
}

TEST(NodeLevel, DividesFlopsByCompulsoryBytes) {
  const CsvRows rows = csv(test::static_analysis(), Level::node);
  EXPECT_DOUBLE_EQ(number(column(rows, "arithmetic_intensity")[0]).value(), 800.0 / 800.0);
  EXPECT_DOUBLE_EQ(number(column(rows, "arithmetic_intensity")[2]).value(), 1026.0 / 1028.0);
}

TEST(NodeLevel, NamesTheExecutedNodes) {
  Analysis analysis = test::measured_analysis();
  analysis.nodes[0].runtime_nodes = {0, 2};
  EXPECT_THAT(column(csv(analysis, Level::node), "runtime_node"),
              ElementsAre("conv1_fused;reorder", "", "norm_fused", "", "", "norm_fused"));
}

TEST(NodeLevel, AddsUpToTheModel) {
  const Analysis analysis = test::measured_analysis();
  const CsvRows nodes = csv(analysis, Level::node);
  const CsvRows ops = csv(analysis, Level::op);
  const CsvRows model = csv(analysis, Level::model);
  for (const char* name : {"flops", "macs", "transcendentals", "read_bytes", "write_bytes", "compulsory_bytes"}) {
    EXPECT_EQ(sum(nodes, name), sum(model, name)) << name;
    EXPECT_EQ(sum(ops, name), sum(model, name)) << name;
  }
  EXPECT_DOUBLE_EQ(sum(nodes, "measured_us") + sum(model, "remainder_us"), sum(model, "measured_us"));
  EXPECT_DOUBLE_EQ(sum(ops, "measured_us"), sum(nodes, "measured_us"));
  EXPECT_DOUBLE_EQ(sum(ops, "predicted_us"), sum(nodes, "predicted_us"));
}

TEST(KernelLevel, AddsUpToTheNodesOverAllExecutions) {
  const Analysis analysis = test::static_analysis();
  const CsvRows kernels = csv(analysis, Level::kernel);
  const CsvRows nodes = csv(analysis, Level::node);
  for (const char* name : {"flops", "transcendentals", "read_bytes", "write_bytes"}) {
    EXPECT_EQ(sum(kernels, name), sum(nodes, name)) << name;
  }
  EXPECT_THAT(column(kernels, "kernel"), ElementsAre("conv", "relu", "normalize", "", "multiply"));
  EXPECT_THAT(column(kernels, "kernel_index"), ElementsAre("0", "1", "0", "", "0"));
  EXPECT_THAT(column(kernels, "flops_formula"), ElementsAre("2 * macs", "numel(Y)", "8*H + 2", "", "numel(Y)"));
  EXPECT_EQ(column(kernels, "op_type")[3], "Magic") << "a node without a cost stays visible";
  EXPECT_EQ(column(kernels, "flops")[4], "896") << "128 per trip, 7 trips";
}

TEST(OpLevel, SortsByTimeAndKeepsTheUnknownUnknown) {
  const CsvRows measured = csv(test::measured_analysis(), Level::op);
  EXPECT_EQ(column(measured, "op_type")[0], "Conv");
  EXPECT_EQ(column(measured, "op_type")[1], "Mul");
  const CsvRows predicted = csv(test::static_analysis(), Level::op);
  EXPECT_EQ(column(predicted, "op_type")[0], "Mul");
  EXPECT_EQ(column(predicted, "op_type").back(), "Magic");
  EXPECT_EQ(column(predicted, "flops").back(), "");
  EXPECT_EQ(column(predicted, "covered_nodes").back(), "0");
  EXPECT_EQ(column(predicted, "nodes").back(), "1");
}

TEST(OpLevel, KeepsDomainsApart) {
  Analysis analysis = test::static_analysis();
  analysis.nodes[2].op_type = "Conv";
  analysis.nodes[2].domain = "com.microsoft";
  const CsvRows rows = csv(analysis, Level::op);
  EXPECT_EQ(rows.size(), 1 + 6U);
}

TEST(OpLevel, LeavesASumEmptyThatDoesNotFit) {
  Analysis analysis = test::static_analysis();
  analysis.nodes[1].op_type = "Conv";
  analysis.nodes[1].cost.work.flops = std::numeric_limits<std::int64_t>::max();
  const CsvRows rows = csv(analysis, Level::op);
  EXPECT_EQ(column(rows, "op_type")[1], "Conv");
  EXPECT_EQ(column(rows, "flops")[1], "");
}

TEST(ModelLevel, SaysWhatIsCovered) {
  const CsvRows rows = csv(test::static_analysis(), Level::model);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(number(column(rows, "coverage")[0]).value(), 5.0 / 6.0);
  EXPECT_EQ(column(rows, "flops")[0], "2722");
  EXPECT_EQ(column(rows, "measured_us")[0], "");
  EXPECT_EQ(column(rows, "predicted_us")[0], "") << "one node has no prediction";
  EXPECT_EQ(column(rows, "flops_formula")[0], "");
}

TEST(ModelLevel, GivesFormulasWithTheirEvidence) {
  Analysis analysis = test::static_analysis();
  ClosedForm flops;
  flops.total = "flops";
  flops.text = "6*batch*seq + 2";
  flops.evidence = "exact at 4 points, checked at 9 others";
  ClosedForm bytes;
  bytes.total = "compulsory_bytes";
  bytes.evidence = "none: not polynomial: differs at batch=3, seq=5";
  analysis.closed_forms = ClosedForms{{"batch", "seq"}, {flops, bytes}, Trust::exact, 0, 13};
  const CsvRows rows = csv(analysis, Level::model);
  EXPECT_EQ(column(rows, "flops_formula")[0], "6*batch*seq + 2");
  EXPECT_EQ(column(rows, "flops_formula_evidence")[0], "exact at 4 points, checked at 9 others");
  EXPECT_EQ(column(rows, "compulsory_bytes_formula")[0], "");
  EXPECT_EQ(column(rows, "compulsory_bytes_formula_evidence")[0], "none: not polynomial: differs at batch=3, seq=5");
}

TEST(ModelLevel, HasNoSumsWhereNothingIsCovered) {
  Analysis analysis = test::static_analysis();
  analysis.totals = {};
  analysis.totals.rows = 6;
  const CsvRows rows = csv(analysis, Level::model);
  EXPECT_EQ(column(rows, "flops")[0], "");
  EXPECT_EQ(column(rows, "compulsory_bytes")[0], "");
  EXPECT_EQ(column(rows, "trust")[0], "unknown");
  EXPECT_EQ(column(rows, "coverage")[0], "0");
}

TEST(RuntimeLevel, EndsWithTheRemainderAndAddsUpToTheLatency) {
  const CsvRows rows = csv(test::measured_analysis(), Level::runtime);
  EXPECT_THAT(column(rows, "op_type"), ElementsAre("FusedConv", "FusedConv", "FusedConv", "remainder"));
  EXPECT_THAT(column(rows, "node_indices"), ElementsAre("0", "2;5", "", ""));
  EXPECT_THAT(column(rows, "runtime_index"), ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(column(rows, "measured_us").back(), "10");
  EXPECT_DOUBLE_EQ(sum(rows, "measured_us"), 100);
}

TEST(RuntimeLevel, HasAnEmptyRemainderWithoutAMeasurement) {
  const CsvRows rows = csv(test::static_analysis(), Level::runtime);
  EXPECT_THAT(column(rows, "op_type"), ElementsAre("remainder"));
  EXPECT_THAT(column(rows, "measured_us"), ElementsAre(""));
}

TEST(EmptyModel, HasATableOfEveryLevel) {
  Analysis analysis;
  analysis.shaped = test::shaped_model("empty");
  for (const Level level : {Level::node, Level::kernel, Level::op, Level::model, Level::runtime}) {
    EXPECT_NO_THROW(csv(analysis, level));
  }
  EXPECT_EQ(column(csv(analysis, Level::model), "coverage")[0], "1");
  EXPECT_EQ(column(csv(analysis, Level::model), "flops")[0], "0");
}

TEST(Numbers, ReadBackExactly) {
  Analysis analysis = test::static_analysis();
  const double odd = 1.0 / 3.0 * 1e-7;
  analysis.nodes[0].predicted_us = odd;
  analysis.nodes[1].predicted_us = std::numeric_limits<double>::infinity();
  const CsvRows rows = csv(analysis, Level::node);
  EXPECT_EQ(number(column(rows, "predicted_us")[0]), odd);
  EXPECT_EQ(column(rows, "predicted_us")[1], "") << "not a number that readers know";
}

}  // namespace
}  // namespace costscan
