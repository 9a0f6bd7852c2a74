// Measured times against roofs that one can do sums with: 1000 operations, and 1000 bytes, per µs; 2 µs of dispatch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "predict/slow.hpp"
#include "predict/slow_roofs.hpp"
#include "predict/slow_words.hpp"

namespace costscan {
namespace {

using ::testing::DoubleNear;

constexpr double node_dispatch_us = 2;

NodeCost cost_of(std::int64_t flops, std::int64_t bytes, std::int64_t executions = 1) {
  NodeCost cost;
  cost.trust = Trust::exact;
  cost.work.flops = flops;
  cost.compulsory_bytes = bytes;
  cost.executions = executions;
  return cost;
}

NodeCost view_cost() {
  NodeCost cost = cost_of(0, 0);
  cost.view = true;
  return cost;
}

/// A run that was made here, with its roofs.
Analysis measured_analysis() {
  Analysis analysis;
  Measurement& m = analysis.measurement;
  m.status = MeasureStatus::ok;
  m.machine.cpu = "Test CPU";
  m.runtime_version = "1.31.1";
  m.roofs = MeasuredRoofs{1e9, 1e9, node_dispatch_us};
  return analysis;
}

void add_executed(Analysis& analysis, std::string op_type, NodeCost cost, std::optional<double> us,
                  std::vector<std::int32_t> rows = {}, std::vector<double> shares = {}) {
  RuntimeRow row;
  row.name = "executed " + std::to_string(analysis.runtime.size());
  row.op_type = std::move(op_type);
  row.cost = std::move(cost);
  row.measured_us = us;
  const auto index = static_cast<std::int32_t>(analysis.runtime.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    NodeRow& node = analysis.nodes[static_cast<std::size_t>(rows[i])];
    node.runtime_nodes.push_back(index);
    if (us) node.measured_us = node.measured_us.value_or(0) + (shares.empty() ? 1 : shares[i]) * *us;
  }
  row.rows = std::move(rows);
  row.shares = std::move(shares);
  analysis.runtime.push_back(std::move(row));
}

struct RoofCase {
  const char* label;
  NodeCost cost;
  double measured_us;
  Bound limit;
  double roof_us;
};

class Reached : public ::testing::TestWithParam<RoofCase> {};

TEST_P(Reached, OfTheRoof) {
  const RoofCase& one = GetParam();
  Analysis analysis = measured_analysis();
  add_executed(analysis, "Op", one.cost, one.measured_us);
  find_slow(analysis, nullptr);
  ASSERT_TRUE(analysis.slow);
  EXPECT_EQ(analysis.slow->roof, "measured here");
  const Achieved& reached = analysis.slow->runtime.at(0);
  EXPECT_EQ(reached.limit, one.limit);
  EXPECT_EQ(analysis.runtime[0].bound, one.limit) << "all views agree";
  EXPECT_DOUBLE_EQ(reached.roof_us.value(), one.roof_us);
  EXPECT_DOUBLE_EQ(reached.efficiency.value(), one.roof_us / one.measured_us);
  EXPECT_DOUBLE_EQ(reached.gap_us.value(), std::max(0.0, one.measured_us - one.roof_us));
  EXPECT_DOUBLE_EQ(reached.operations_per_second.value(),
                   static_cast<double>(one.cost.work.flops) / one.measured_us * 1e6);
  EXPECT_DOUBLE_EQ(reached.bytes_per_second.value(),
                   static_cast<double>(one.cost.compulsory_bytes) / one.measured_us * 1e6);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Reached,
    ::testing::Values(RoofCase{"compute", cost_of(50'000, 10'000), 104, Bound::compute, 50 + node_dispatch_us},
                      RoofCase{"memory", cost_of(10'000, 50'000), 104, Bound::memory, 50 + node_dispatch_us},
                      RoofCase{"dispatch", cost_of(1'000, 500), 6, Bound::dispatch, 1 + node_dispatch_us},
                      RoofCase{"view", view_cost(), 3, Bound::free, node_dispatch_us},
                      RoofCase{"looped", cost_of(50'000, 0, 10), 100, Bound::compute, 50 + 10 * node_dispatch_us},
                      RoofCase{"above_the_roof", cost_of(50'000, 0), 26, Bound::compute, 50 + node_dispatch_us}),
    [](const auto& test_info) { return std::string(test_info.param.label); });

TEST(Slow, UnknownIsNotZero) {
  Analysis analysis = measured_analysis();
  NodeCost unknown;
  unknown.unknown_reason = "no cost model";
  add_executed(analysis, "Magic", unknown, 10);
  add_executed(analysis, "Op", cost_of(1000, 1000), std::nullopt);
  find_slow(analysis, nullptr);
  ASSERT_TRUE(analysis.slow);
  const Achieved& magic = analysis.slow->runtime.at(0);
  EXPECT_FALSE(magic.efficiency || magic.gap_us || magic.operations_per_second);
  EXPECT_EQ(magic.limit, Bound::unknown);
  EXPECT_FALSE(analysis.slow->runtime.at(1).efficiency);
  EXPECT_DOUBLE_EQ(analysis.slow->parts.unknown_us, 10);
}

TEST(Slow, WithoutMeasuredNodesThereIsNoReport) {
  Analysis analysis = measured_analysis();
  find_slow(analysis, nullptr);
  EXPECT_FALSE(analysis.slow);
  add_executed(analysis, "Op", cost_of(1000, 1000), std::nullopt);
  find_slow(analysis, nullptr);
  EXPECT_FALSE(analysis.slow);
}

TEST(Slow, TimesFromElsewhereNeedANamedMachine) {
  struct Case {
    const char* rates;
    bool named;
    const char* roof;
  };
  for (const Case& one : {Case{"generic-cpu", false, ""}, Case{"generic-cpu", true, "generic-cpu"},
                          Case{"nvidia-h100-sxm", true, "nvidia-h100-sxm"}}) {
    Analysis analysis;
    analysis.measurement.status = MeasureStatus::ok;
    analysis.rates = {one.rates, "a source", 1e9, 1e9, 1, {}, one.named};
    add_executed(analysis, "Op", cost_of(50'000, 1), 102);
    find_slow(analysis, nullptr);
    ASSERT_TRUE(analysis.slow);
    EXPECT_EQ(analysis.slow->roof, one.roof);
    EXPECT_EQ(analysis.slow->runtime[0].efficiency.has_value(), *one.roof != '\0') << one.rates;
    EXPECT_TRUE(analysis.slow->runtime[0].operations_per_second) << "what was reached needs no roof";
    EXPECT_EQ(analysis.slow->gaps.empty(), *one.roof == '\0');
  }
}

TEST(Slow, APredictionForAnotherMachineDoesNotMoveTheRoofsOfThisOne) {
  Analysis analysis = measured_analysis();
  analysis.rates = {"nvidia-h100-sxm", "datasheet", 67e12, 3.35e12, 5, {}, true};
  add_executed(analysis, "Op", cost_of(50'000, 0), 104);
  find_slow(analysis, nullptr);
  EXPECT_EQ(analysis.slow->roof, "measured here");
  EXPECT_DOUBLE_EQ(analysis.slow->runtime[0].efficiency.value(), 0.5);
  EXPECT_EQ(analysis.runtime[0].bound, Bound::unknown) << "left to the prediction for that machine";
}

TEST(Slow, ARowHasItsShareOfTheGap) {
  Analysis analysis = measured_analysis();
  for (int i = 0; i < 3; ++i) analysis.nodes.emplace_back().cost = cost_of(10'000, 10'000);
  add_executed(analysis, "Fused", cost_of(50'000, 0), 152, {0, 1}, {0.75, 0.25});  // a gap of 100
  add_executed(analysis, "ReorderOutput", cost_of(0, 10'000), 22, {1}, {1.0});     // a gap of 10
  find_slow(analysis, nullptr);
  const SlowReport& slow = *analysis.slow;
  EXPECT_DOUBLE_EQ(slow.nodes[0].gap_us.value(), 75);
  EXPECT_DOUBLE_EQ(slow.nodes[1].gap_us.value(), 25 + 10);
  EXPECT_FALSE(slow.nodes[2].gap_us);
  EXPECT_DOUBLE_EQ(slow.gap_us, 110);
  EXPECT_DOUBLE_EQ(slow.nodes[0].efficiency.value(), 52.0 / 152) << "as the node that it was fused into";
  EXPECT_DOUBLE_EQ(slow.nodes[0].operations_per_second.value(), 10'000 / (0.75 * 152) * 1e6) << "its own work";
}

TEST(Slow, PartsSumToTheLatency) {
  Analysis analysis = measured_analysis();
  Measurement& m = analysis.measurement;
  m.latency = {{200}, 200, 0};
  m.profiled_latency = {{230}, 230, 0};
  analysis.nodes.emplace_back().op_type = "Transpose";
  analysis.nodes.emplace_back().op_type = "Conv";
  add_executed(analysis, "Conv", cost_of(50'000, 0), 100, {1});
  add_executed(analysis, "ReorderInput", cost_of(0, 20'000), 30, {1});
  add_executed(analysis, "Transpose", cost_of(0, 10'000), 20, {0});  // the file's own
  add_executed(analysis, "Transpose", cost_of(0, 10'000), 15, {1});  // the runtime's
  add_executed(analysis, "Reshape", view_cost(), 5);
  add_executed(analysis, "Magic", {}, 10);
  for (const double us : {110, 33, 22, 17, 7, 12}) m.nodes.emplace_back().time = {{us}, us, 0};
  find_slow(analysis, nullptr);
  const TimeParts& parts = analysis.slow->parts;
  EXPECT_DOUBLE_EQ(parts.compute_us, 100);
  EXPECT_DOUBLE_EQ(parts.memory_us, 30 + 20 + 15);
  EXPECT_DOUBLE_EQ(parts.free_us, 5);
  EXPECT_DOUBLE_EQ(parts.unknown_us, 10);
  EXPECT_DOUBLE_EQ(parts.between_us, 20);
  EXPECT_DOUBLE_EQ(
      parts.compute_us + parts.memory_us + parts.dispatch_us + parts.free_us + parts.unknown_us + parts.between_us,
      parts.latency_us);
  EXPECT_DOUBLE_EQ(parts.overhead_us, 6 * node_dispatch_us);
  EXPECT_DOUBLE_EQ(parts.profiling_us, 30);
  EXPECT_DOUBLE_EQ(parts.profiling_removed_us, 201 - 180);
  ASSERT_EQ(parts.added.size(), 3U);
  EXPECT_EQ(parts.added[0].op_type, "ReorderInput");
  EXPECT_EQ(parts.added[1].op_type, "Transpose");
  EXPECT_EQ(parts.added[1].nodes, 1) << "not the one that the file has";
  EXPECT_DOUBLE_EQ(parts.added[1].us, 15);
  EXPECT_EQ(parts.added[2].op_type, "Reshape");
}

TEST(Slow, AlikeNodesAreOneGapAndTheMostToBeWonComesFirst) {
  Analysis analysis = measured_analysis();
  for (const double us : {60.0, 70.0, 65.0}) add_executed(analysis, "MatMul", cost_of(50'000, 0), us);
  add_executed(analysis, "Add", cost_of(0, 10'000), 40);
  add_executed(analysis, "Relu", cost_of(0, 10'000), 11);  // above the roof: nothing to be won
  find_slow(analysis, nullptr);
  const std::vector<Gap>& gaps = analysis.slow->gaps;
  ASSERT_EQ(gaps.size(), 2U);
  EXPECT_EQ(gaps[0].runtime, 1) << "the worst of three stands for all";
  EXPECT_DOUBLE_EQ(gaps[0].saves_us, 70 - 52);
  EXPECT_EQ(gaps[0].alike, 2);
  EXPECT_DOUBLE_EQ(gaps[0].all_saves_us, 8 + 18 + 13);
  EXPECT_EQ(gaps[1].runtime, 3);
  EXPECT_EQ(gaps[1].alike, 0);
}

TEST(Roofs, BandwidthFollowsTheFootprint) {
  Roofs roofs;
  roofs.rates.bytes_per_second = 7e9;
  EXPECT_DOUBLE_EQ(bandwidth_at(roofs, 1e6), 7e9) << "without copies one rate for all";
  roofs.copies = {{1 << 10, 64e9}, {1 << 20, 16e9}, {1 << 30, 4e9}};
  EXPECT_DOUBLE_EQ(bandwidth_at(roofs, 0), 64e9);
  EXPECT_DOUBLE_EQ(bandwidth_at(roofs, 1 << 10), 64e9);
  EXPECT_THAT(bandwidth_at(roofs, 1 << 15), DoubleNear(32e9, 1));  // half way by logarithm: the geometric mean
  EXPECT_THAT(bandwidth_at(roofs, 1 << 25), DoubleNear(8e9, 1));
  EXPECT_DOUBLE_EQ(bandwidth_at(roofs, 1e12), 4e9);
}

TEST(Roofs, ACalibrationOfThisMachineIsPreferred) {
  Analysis analysis = measured_analysis();
  add_executed(analysis, "Op", cost_of(50'000, 10), 100);
  Calibration calibration;
  calibration.key = {"Test CPU", "1.31.1", 1};
  calibration.mode = "quick";
  calibration.dispatch_us = 1;
  calibration.compute_peaks = {{"float32", "AVX2 FMA", 2e9}};
  calibration.copy_bandwidth = {{"L2", 1 << 20, 8e9}, {"DRAM", 1 << 28, 2e9}};
  find_slow(analysis, &calibration);
  EXPECT_EQ(analysis.slow->roof, "calibrated here");
  EXPECT_DOUBLE_EQ(analysis.slow->runtime[0].roof_us.value(), 25 + 1);
  for (const CalibrationKey& other : {CalibrationKey{"Other CPU", "1.31.1", 1}, CalibrationKey{"Test CPU", "1.19.2", 1},
                                      CalibrationKey{"Test CPU", "1.31.1", 2}}) {
    calibration.key = other;
    find_slow(analysis, &calibration);
    EXPECT_EQ(analysis.slow->roof, "measured here");
  }
}

/// A graph of one node of the file, executed as it stands.
struct WordsCase {
  const char* op_type;
  std::vector<Attribute> attributes;
  std::vector<Shape> inputs;
  Shape output;
  DType dtype;
  const char* words;
};

using Ints = std::vector<std::int64_t>;

Attribute ints(const char* name, Ints values) { return {name, std::move(values), {}, 0}; }
Attribute integer(const char* name, std::int64_t value) { return {name, value, {}, 0}; }

class Words : public ::testing::TestWithParam<WordsCase> {};

TEST_P(Words, OfTheWork) {
  const WordsCase& one = GetParam();
  auto graph = std::make_shared<Graph>();
  Node& node = graph->nodes.emplace_back();
  node.op_type = one.op_type;
  node.attributes = one.attributes;
  auto shaped = std::make_shared<ShapedModel>();
  shaped->scopes.emplace_back().graph = graph;
  Analysis analysis = measured_analysis();
  analysis.shaped = shaped;
  NodeRow& row = analysis.nodes.emplace_back();
  row.graph_node = 0;
  row.op_type = one.op_type;
  row.dtype = one.dtype;
  for (const Shape& shape : one.inputs) row.inputs.push_back({"x", true, one.dtype, shape, false});
  row.outputs.push_back({"y", true, one.dtype, one.output, false});
  row.cost = cost_of(1000, 10);
  add_executed(analysis, one.op_type, cost_of(1000, 10), 10, {0});
  EXPECT_EQ(work_in_words(analysis, 0), one.words);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Words,
    ::testing::Values(
        WordsCase{"Conv",
                  {ints("kernel_shape", {3, 3})},
                  {{1, 64, 56, 56}, {64, 64, 3, 3}},
                  {1, 64, 56, 56},
                  DType::float32,
                  "3x3, 64 channels at 56x56"},
        WordsCase{"Conv",
                  {ints("strides", {2, 2})},
                  {{1, 64, 56, 56}, {128, 64, 1, 1}},
                  {1, 128, 28, 28},
                  DType::float32,
                  "1x1 stride 2, 64 to 128 channels at 28x28"},
        WordsCase{"Conv",
                  {integer("group", 32)},
                  {{8, 32, 112, 112}, {32, 1, 3, 3}},
                  {8, 32, 112, 112},
                  DType::float32,
                  "3x3 depthwise, 32 channels at 112x112, batch 8"},
        WordsCase{"Conv",
                  {integer("group", 4), ints("strides", {2, 1}), ints("dilations", {2, 2})},
                  {{1, 32, 9, 9}, {16, 8, 3, 3}},
                  {1, 16, 3, 5},
                  DType::float32,
                  "3x3 in 4 groups stride 2x1 dilation 2, 32 to 16 channels at 3x5"},
        WordsCase{"QLinearConv",
                  {},
                  {{1, 8, 5, 5}, {}, {}, {8, 8, 3, 3}},
                  {1, 8, 3, 3},
                  DType::uint8,
                  "3x3, 8 channels at 3x3"},
        WordsCase{"MatMul", {}, {{1, 128, 768}, {768, 3072}}, {1, 128, 3072}, DType::float32, "128x768 times 768x3072"},
        WordsCase{"MatMul",
                  {},
                  {{1, 12, 128, 64}, {1, 12, 64, 128}},
                  {1, 12, 128, 128},
                  DType::float32,
                  "12 products of 128x64 times 64x128"},
        WordsCase{"MatMul", {}, {{5, 7}, {7}}, {5}, DType::float32, "5x7 times 7x1"},
        WordsCase{
            "Gemm", {integer("transA", 1)}, {{16, 4}, {16, 10}, {10}}, {4, 10}, DType::float32, "4x16 times 16x10"},
        WordsCase{"LayerNormalization",
                  {integer("axis", -1)},
                  {{2, 128, 768}, {768}},
                  {2, 128, 768},
                  DType::float32,
                  "256 rows of 768"},
        WordsCase{"Softmax", {integer("axis", 1)}, {{2, 10, 4}}, {2, 10, 4}, DType::float32, "8 rows of 10"},
        WordsCase{"Transpose",
                  {ints("perm", {0, 2, 1, 3})},
                  {{1, 128, 12, 64}},
                  {1, 12, 128, 64},
                  DType::float32,
                  "1x128x12x64 by 0,2,1,3"},
        WordsCase{"LSTM",
                  {integer("hidden_size", 256)},
                  {{30, 4, 100}, {}, {}},
                  {30, 1, 4, 256},
                  DType::float32,
                  "30 steps, batch 4, 100 to 256 features"},
        WordsCase{"MaxPool",
                  {ints("kernel_shape", {3, 3}), ints("strides", {2, 2})},
                  {{1, 64, 112, 112}},
                  {1, 64, 56, 56},
                  DType::float32,
                  "3x3 stride 2, 64 channels at 56x56"},
        WordsCase{"GlobalAveragePool", {}, {{1, 64, 7, 7}}, {1, 64, 1, 1}, DType::float32, "64 channels"},
        WordsCase{"Add", {}, {{1, 128, 768}, {768}}, {1, 128, 768}, DType::float16, "1x128x768 float16"},
        WordsCase{"ReduceSum", {}, {{4}}, {}, DType::float32, "scalar"}));

}  // namespace
}  // namespace costscan
