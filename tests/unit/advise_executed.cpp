#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "study/executed.hpp"

namespace costscan {
namespace {

ExecutedNode executed(const std::string& signature, const std::string& op, double us, double deviation = 0.1,
                      const std::string& error_class = "one") {
  return {signature, op, error_class, us, deviation};
}

TEST(ExecutedChange, EqualNodesCancelWithTheirErrors) {
  const std::vector<ExecutedNode> before{executed("a", "MatMul", 100, 0.5), executed("b", "Transpose", 10)};
  const std::vector<ExecutedNode> after{executed("a", "MatMul", 100, 0.5)};
  const ExecutedChange change = change_between(before, after);
  EXPECT_DOUBLE_EQ(change.gain.us, 10);
  EXPECT_DOUBLE_EQ(change.gain.deviation_us, 1);  // 10 us, 10%: half of the variance shared, half apart
  EXPECT_EQ(words_for(change), "1 Transpose fewer (-10 µs)");
}

TEST(ExecutedChange, NothingChangedIsNothing) {
  const std::vector<ExecutedNode> nodes{executed("a", "MatMul", 100), executed("a", "MatMul", 100)};
  const ExecutedChange change = change_between(nodes, nodes);
  EXPECT_EQ(change.gain.us, 0);
  EXPECT_EQ(change.gain.deviation_us, 0);
  EXPECT_EQ(words_for(change), "the runtime executes the same nodes");
}

TEST(ExecutedChange, AsManyNodesAreTakenAsThereAre) {
  const std::vector<ExecutedNode> before{executed("a", "Add", 5), executed("a", "Add", 5), executed("a", "Add", 5)};
  const ExecutedChange change = change_between(before, {executed("a", "Add", 5)});
  EXPECT_DOUBLE_EQ(change.gain.us, 10);
  EXPECT_EQ(change.operators.at("Add").nodes, -2);
}

/// What goes and what comes err together in half of their variance: sqrt(0.5 (10 - 8)^2 + 0.5 (10^2 + 8^2)) x 10%.
TEST(ExecutedChange, ErrorsOfOneClassCancelInPart) {
  const ExecutedChange change = change_between({executed("a", "Gemm", 10)}, {executed("b", "Gemm", 8)});
  EXPECT_DOUBLE_EQ(change.gain.us, 2);
  EXPECT_NEAR(change.gain.deviation_us, 0.1 * std::sqrt(0.5 * 4 + 0.5 * 164), 1e-12);
  const ExecutedChange apart = change_between({executed("a", "Gemm", 10)}, {executed("b", "Gemm", 8, 0.1, "two")});
  EXPECT_NEAR(apart.gain.deviation_us, 0.1 * std::sqrt(0.5 * 164 + 0.5 * 164), 1e-12);
  EXPECT_GT(apart.gain.deviation_us, change.gain.deviation_us);
}

TEST(ExecutedChange, LossesAreBelowZero) {
  const ExecutedChange change = change_between({}, {executed("a", "Reshape", 3), executed("b", "Reshape", 4)});
  EXPECT_DOUBLE_EQ(change.gain.us, -7);
  EXPECT_LT(change.gain.high(), 0);
  EXPECT_EQ(words_for(change), "2 Reshape more (+7 µs)");
}

}  // namespace
}  // namespace costscan
