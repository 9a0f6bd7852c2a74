// The tables of micro-graphs: every case is a graph that ONNX accepts, and every case is in the plan once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "calibrate/plan.hpp"
#include "load/load.hpp"
#include "shapes/infer.hpp"
#include "unit/measure_support.hpp"

namespace costscan::calibrate {
namespace {

using test::Folder;
using ::testing::ElementsAreArray;

class CalibrateFamily : public ::testing::TestWithParam<Family> {};

TEST_P(CalibrateFamily, CasesHaveNamesOfTheirOwn) {
  std::set<std::pair<std::string, CacheContext>> seen;
  for (const Case& one : cases_of(GetParam())) {
    EXPECT_TRUE(seen.emplace(one.id, one.context).second) << one.id;
    EXPECT_EQ(one.id.find_first_of(" \n"), std::string::npos) << one.id;
    EXPECT_GE(one.rank, 0) << one.id;
  }
  EXPECT_FALSE(seen.empty());
}

TEST_P(CalibrateFamily, HasACoreForQuickRuns) {
  const auto cases = cases_of(GetParam());
  if (GetParam().name == "float16") GTEST_SKIP() << "what the runtime makes of float16 is conversions and float32";
  EXPECT_TRUE(std::ranges::any_of(cases, [](const Case& one) { return one.rank == 0; }));
}

/// The oracle is ONNX's own shape inference (and ours for operators that ONNX lacks): each node gets a shape.
TEST_P(CalibrateFamily, GraphsAreWellFormed) {
  constexpr std::int64_t small = 1 << 20;
  const Folder folder;
  std::map<std::string, int> by_operator;  // a few of each: the settings of one operator differ in sizes only
  for (const Case& one : cases_of(GetParam())) {
    GraphBuilder graph({one.context, one.opset, one.after_gemm});
    one.build(graph);
    const std::string kind = one.id.substr(0, one.id.find('/')) + std::to_string(static_cast<int>(one.context));
    if (graph.bytes() > small || ++by_operator[kind] > 3) continue;
    const auto model = graph.finish();
    ASSERT_TRUE(model) << one.id << model.error().message;
    const auto loaded = load_model(folder.write("model.onnx", model->model.model), {.lenient = true});
    ASSERT_TRUE(loaded) << one.id << ": " << loaded.error().message;
    const auto shaped = infer_shapes(*loaded);
    ASSERT_TRUE(shaped) << one.id << ": " << shaped.error().message;
    const Scope& scope = (*shaped)->scopes.front();
    for (const Node& node : scope.graph->nodes) {
      EXPECT_TRUE(scope.tensors[static_cast<std::size_t>(node.outputs.front())].shape)
          << one.id << ": " << describe_node(node);
    }
    EXPECT_FALSE(scope.graph->outputs.empty()) << one.id;
  }
}

INSTANTIATE_TEST_SUITE_P(All, CalibrateFamily, ::testing::ValuesIn(families().begin(), families().end()),
                         [](const auto& made) {
                           std::string name(made.param.name);
                           std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

std::multiset<std::pair<std::string, CacheContext>> planned(const std::vector<Batch>& batches) {
  std::multiset<std::pair<std::string, CacheContext>> out;
  for (const Batch& batch : batches) {
    for (const Case& one : batch.cases) out.emplace(one.id, one.context);
  }
  return out;
}

std::vector<std::string> ids_of(const std::vector<Batch>& batches) {
  std::vector<std::string> out;
  for (const Batch& batch : batches) out.push_back(batch.id);
  return out;
}

TEST(CalibratePlan, HoldsEveryCaseOnce) {
  std::multiset<std::pair<std::string, CacheContext>> all;
  std::multiset<std::pair<std::string, CacheContext>> core;
  for (const Family& family : families()) {
    for (const Case& one : cases_of(family)) {
      if (one.rank <= last_rank(Mode::full)) all.emplace(one.id, one.context);
      if (one.rank == 0) core.emplace(one.id, one.context);
    }
  }
  EXPECT_EQ(planned(plan_batches(Mode::full)), all);
  EXPECT_EQ(planned(plan_batches(Mode::quick)), core);
}

TEST(CalibratePlan, IsTheSameEveryTime) {
  const auto once = plan_batches(Mode::full);
  const auto again = plan_batches(Mode::full);
  EXPECT_THAT(ids_of(again), ElementsAreArray(ids_of(once)));
  EXPECT_EQ(plan_id(once), plan_id(again));
  EXPECT_NE(plan_id(once), plan_id(plan_batches(Mode::quick)));
  const std::vector<std::string> ids = ids_of(once);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(CalibratePlan, TakesWhatMattersMostFirst) {
  int rank = 0;
  for (const Batch& batch : plan_batches(Mode::full)) {
    for (const Case& one : batch.cases) {
      EXPECT_GE(one.rank, rank) << one.id;
      EXPECT_EQ(one.context, batch.options.context) << one.id;
      rank = one.rank;
    }
  }
}

TEST(CalibratePlan, WarmGraphsStayInACache) {
  constexpr std::int64_t cache = std::int64_t{4} << 20U;  // what may be of weights
  for (const Batch& batch : plan_batches(Mode::full)) {
    const bool compute = batch.flops > 64 * static_cast<double>(batch.bytes);
    if (batch.options.context != CacheContext::warm || batch.cases.size() == 1 || compute) continue;
    EXPECT_LE(batch.weight_bytes, cache) << batch.id;
  }
}

TEST(CalibratePlan, TheSampleOfStabilityIsComplete) { EXPECT_GE(stability_batch().cases.size(), 10U); }

}  // namespace
}  // namespace costscan::calibrate
