// Rows, module scopes and totals from hand-built scopes.
#include <gtest/gtest.h>

#include "assemble/module_scope.hpp"
#include "assemble/rows.hpp"
#include "unit/attribute_graph_text.hpp"

namespace costscan {
namespace {

struct ScopeCase {
  std::string name;
  std::string node_name;
  std::string name_scopes;  ///< metadata of the dynamo exporter; empty: none
  std::string expected;
};

const std::vector<ScopeCase> scope_cases{
    {"torchscript_path", "/encoder/layer.0/query/MatMul", "", "encoder/layer.0/query"},
    {"no_path", "MatMul_12", "", ""},
    {"empty", "", "", ""},
    {"only_slashes", "///", "", ""},
    {"dynamo", "node_MatMul_3", "['', 'm', 'm.encoder', 'm.encoder.layer.0', 'linear']", "m/encoder/layer.0"},
    {"dynamo_top_level", "node_Add_3", "['', 'add_3']", ""},
    {"dynamo_unrelated_levels", "n", "['', 'a', 'b.c', 'op']", "a/b.c"},
    {"dynamo_prefix_without_dot", "n", "['', 'm', 'model', 'op']", "m/model"},
    {"dynamo_broken_list", "/x/y", "['', 'm", ""},
};

TEST(ModuleScopeTest, Cases) {
  for (const ScopeCase& test_case : scope_cases) {
    Node node;
    node.name = test_case.node_name;
    if (!test_case.name_scopes.empty()) node.metadata.emplace_back("pkg.torch.onnx.name_scopes", test_case.name_scopes);
    EXPECT_EQ(module_scope(node), test_case.expected) << test_case.name;
  }
}

Analysis analysis_with(std::vector<NodeCost> costs) {
  auto model = std::make_shared<Model>();
  model->path = "m.onnx";
  std::vector<std::string> lines(costs.size(), "Relu: x -> y");
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] = "Relu: x" + std::to_string(i) + " -> y" + std::to_string(i);
  model->graph = test::graph_from_text(lines);
  Tensor weight;
  weight.dtype = DType::int4;
  weight.dims = {3, 5};
  model->graph.initializers.push_back(weight);
  auto shaped = std::make_shared<ShapedModel>();
  shaped->scopes.push_back(test::scope_from_graph(model->graph));
  shaped->model = model;
  Analysis analysis;
  analysis.shaped = shaped;
  analysis.nodes = build_rows(*shaped, {std::move(costs)});
  return analysis;
}

NodeCost cost_of(std::int64_t flops, Trust trust = Trust::exact) {
  NodeCost cost;
  cost.trust = trust;
  cost.work.flops = flops;
  cost.compulsory_bytes = 2 * flops;
  return cost;
}

TEST(NodeRowsTest, StandInTheFilesOrderWhereTheGraphIsSortedOtherwise) {
  auto model = std::make_shared<Model>();
  model->graph = test::graph_from_text({"first = Relu: x -> a", "second = Relu: a -> b", "third = Relu: b -> c"});
  // The file had the last node first: load() sorts, and keeps where each one stood.
  model->graph.nodes[0].file_index = 1;
  model->graph.nodes[1].file_index = 2;
  model->graph.nodes[2].file_index = 0;
  ShapedModel shaped;
  shaped.scopes.push_back(test::scope_from_graph(model->graph));
  shaped.model = model;
  const auto rows = build_rows(shaped, {{cost_of(1), cost_of(2), cost_of(3)}});
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].node_name, "third");
  EXPECT_EQ(rows[0].node_index, 0);
  EXPECT_EQ(rows[0].cost.work.flops, 3);  // costs come in the graph's order and stay with their node
  EXPECT_EQ(rows[1].node_name, "first");
  EXPECT_EQ(rows[2].node_name, "second");
}

TEST(TotalsTest, SumsRowsAndWeightsOnce) {
  Analysis analysis = analysis_with({cost_of(3), cost_of(4, Trust::upper_bound)});
  ASSERT_TRUE(sum_up(analysis));
  EXPECT_EQ(analysis.totals.work.flops, 3 + 4);
  EXPECT_EQ(analysis.totals.compulsory_bytes, 2 * (3 + 4));
  EXPECT_EQ(analysis.totals.trust, Trust::upper_bound);
  EXPECT_EQ(analysis.totals.parameters, 3 * 5);
  EXPECT_EQ(analysis.totals.weight_bytes, 8);  // 15 packed int4 elements need 7.5 bytes
  EXPECT_EQ(analysis.totals.covered_nodes, 2);
  EXPECT_TRUE(analysis.uncovered.empty());
}

TEST(TotalsTest, UnknownLowersCoverageAndIsListed) {
  NodeCost unknown;
  unknown.unknown_reason = "no cost model";
  Analysis analysis = analysis_with({cost_of(3), unknown});
  ASSERT_TRUE(sum_up(analysis));
  EXPECT_EQ(analysis.totals.covered_nodes, 1);
  EXPECT_EQ(analysis.totals.rows, 2);
  ASSERT_EQ(analysis.uncovered.size(), 1U);
  EXPECT_EQ(analysis.uncovered[0].reason, "no cost model");
  EXPECT_EQ(analysis.uncovered[0].rows, std::vector<std::int32_t>{1});
}

TEST(TotalsTest, OverflowingSumIsAnErrorThatNamesTheColumn) {
  constexpr std::int64_t large = std::int64_t{1} << 62;
  NodeCost cost = cost_of(0);
  cost.work.flops = large;
  Analysis analysis = analysis_with({cost, cost});
  const auto result = sum_up(analysis);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::input);
  EXPECT_NE(result.error().message.find("m.onnx: the sum of flops"), std::string::npos) << result.error().message;
}

struct BiasCase {
  std::string name;
  double plain_us;
  double profiled_us;
  std::vector<double> events_us;
  std::vector<double> expected_us;
};

const std::vector<BiasCase> bias_cases{
    {"evenly", 100, 106, {50, 5}, {50 - 3, 5 - 3}},
    {"never_below_zero", 100, 104, {50, 1.75}, {50 - 2, 0}},
    // 2500 us a node: the machine, not the profiler.
    {"at_most_four_microseconds", 100, 5100, {50, 5}, {50 - 4, 5 - 4}},
    // Each event holds the profiler's part, so that part is not above the shortest ones (in whole microseconds).
    {"at_most_the_shortest_events", 40, 120, {1, 1, 2, 12, 3}, {0, 0, 0.5, 10.5, 1.5}},
    {"a_profiled_session_that_was_faster", 100, 90, {50, 5}, {50, 5}},
};

TEST(RuntimeRowsTest, ProfilingIsTakenOff) {
  for (const BiasCase& test_case : bias_cases) {
    SCOPED_TRACE(test_case.name);
    Measurement measurement;
    measurement.latency = {.us = {test_case.plain_us}, .median = test_case.plain_us};
    measurement.profiled_latency = {.us = {test_case.profiled_us}, .median = test_case.profiled_us};
    for (const double us : test_case.events_us) {
      measurement.nodes.emplace_back().time = {.us = {us}, .median = us};
    }
    const auto rows = build_runtime_rows(measurement, {});
    ASSERT_EQ(rows.size(), test_case.expected_us.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_DOUBLE_EQ(rows[i].measured_us.value(), test_case.expected_us[i]) << i;
      EXPECT_EQ(rows[i].cost.trust, Trust::unknown);
      EXPECT_FALSE(rows[i].cost.unknown_reason.empty());
    }
  }
}

}  // namespace
}  // namespace costscan
