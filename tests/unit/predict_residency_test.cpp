// Where operands are, by replaying small graphs over a cache of 1 MiB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "predict/residency.hpp"
#include "unit/predict_scope.hpp"

namespace costscan {
namespace {

constexpr std::int64_t mib_of_floats = 262'144;

double one_mib_cache(double distance) { return distance > 1024.0 * 1024 ? 1 : 0; }

std::vector<Residence> replayed(const Scope& scope) {
  std::vector<std::optional<RateFeatures>> features;
  for (std::size_t n = 0; n < scope.graph->nodes.size(); ++n) features.push_back(rate_features(scope, n, NodeCost{}));
  ShapedModel shaped;
  shaped.scopes.push_back(scope);
  const auto lives = live_memory(shaped, {.rule = MemoryRule::runtime});
  EXPECT_TRUE(lives);
  return replay(scope, lives ? &lives->front() : nullptr, features, one_mib_cache);
}

TestTensor floats(std::int64_t count) { return {{count}}; }
TestTensor matrix(std::int64_t rows, std::int64_t columns, bool constant = false) {
  return {{rows, columns}, DType::float32, constant};
}

TEST(Residency, SmallGraphsStayInCache) {
  const Scope scope = make_scope({{"x", floats(1000)}, {"a", floats(1000)}, {"b", floats(1000)}},
                                 {{"Sigmoid", {"x"}, {"a"}}, {"Tanh", {"a"}, {"b"}}}, {"b"});
  for (const Residence& found : replayed(scope)) {
    EXPECT_EQ(found.inputs, 0);
    EXPECT_EQ(found.outputs, 0);
  }
}

TEST(Residency, WeightsLargerThanTheCacheComeFromMemoryEveryRun) {
  const Scope scope = make_scope({{"x", matrix(1, 512)},
                                  {"w", matrix(512, 2048, true)},
                                  {"h", matrix(1, 2048)},
                                  {"v", matrix(2048, 64, true)},
                                  {"y", matrix(1, 64)}},
                                 {{"MatMul", {"x", "w"}, {"h"}}, {"MatMul", {"h", "v"}, {"y"}}}, {"y"});
  const auto found = replayed(scope);
  EXPECT_EQ(found[0].weights, 1) << "4 MiB";
  EXPECT_EQ(found[1].weights, 1) << "0.5 MiB, but 4 MiB went by since the last run";
  EXPECT_EQ(found[1].inputs, 0) << "just made";
  EXPECT_EQ(found[1].streamed, 1) << "4 MiB of weights went by just before";
}

TEST(Residency, AnOldTensorIsGoneWhenMuchWentBetween) {
  const Scope scope = make_scope(
      {{"x", floats(1000)},
       {"early", floats(1000)},
       {"big", floats(4 * mib_of_floats)},
       {"big2", floats(4 * mib_of_floats)},
       {"y", floats(1000)}},
      {{"Sigmoid", {"x"}, {"early"}}, {"Exp", {"big"}, {"big2"}}, {"Sigmoid", {"early"}, {"y"}}}, {"y", "big2"});
  const auto found = replayed(scope);
  EXPECT_EQ(found[2].inputs, 1);
  EXPECT_EQ(found[1].inputs, 1);
}

TEST(Residency, ViewsAreTheirInputAndReadersAfterThemFindItWarm) {
  const Scope scope =
      make_scope({{"x", floats(1000)},
                  {"a", floats(1000)},
                  {"s", {{1}, DType::int64, true, {1000}}},
                  {"v", floats(1000)},
                  {"y", floats(1000)}},
                 {{"Sigmoid", {"x"}, {"a"}}, {"Reshape", {"a", "s"}, {"v"}}, {"Exp", {"v"}, {"y"}}}, {"y"});
  const auto found = replayed(scope);
  EXPECT_EQ(found[1].inputs, 0);
  EXPECT_EQ(found[2].inputs, 0);
}

TEST(Residency, OutputsTakeOverMemoryThatIsFree) {
  // 16 nodes of half a MiB each in a chain that cannot work in place: two buffers take turns and stay in cache.
  std::map<std::string, TestTensor> tensors;
  std::vector<TestNode> nodes;
  constexpr std::int64_t side = 256;
  tensors["t0"] = matrix(side, side);
  for (int i = 1; i <= 16; ++i) {
    const std::string before = "t" + std::to_string(i - 1);
    const std::string after = "t" + std::to_string(i);
    tensors[after] = matrix(side, side);
    nodes.push_back({"Transpose", {before}, {after}});
  }
  const auto found = replayed(make_scope(tensors, nodes, {"t16"}));
  for (std::size_t i = 2; i < found.size() - 1; ++i) {
    EXPECT_EQ(found[i].inputs, 0) << i;
    EXPECT_EQ(found[i].outputs, 0) << i;
  }
}

TEST(Residency, OfATableOnlyTheRowsReadCount) {
  const Scope scope = make_scope({{"table", matrix(100'000, 64, true)},
                                  {"ids", {{4}, DType::int64}},
                                  {"rows", matrix(4, 64)},
                                  {"y", matrix(4, 64)}},
                                 {{"Gather", {"table", "ids"}, {"rows"}}, {"Exp", {"rows"}, {"y"}}}, {"y"});
  const auto found = replayed(scope);
  EXPECT_EQ(found[0].weights, 0) << "a kilobyte of a 25 MB table";
  EXPECT_LT(found[1].streamed, 0.001);
}

}  // namespace
}  // namespace costscan
