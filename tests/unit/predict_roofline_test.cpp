// The plain roofline on rates chosen so that the expected time is a product one can read: 1 GFLOP/s is 1000 FLOP per
// µs, 1 GB/s is 1000 bytes per µs, 2 µs of dispatch.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "predict/predict.hpp"

namespace costscan {
namespace {

constexpr double dispatch = 2;
const MachineRates slow_machine{"slow", "by hand", 1e9, 1e9, dispatch};

struct RooflineCase {
  const char* label;
  Trust trust;
  std::int64_t flops;
  std::int64_t int_ops;
  std::int64_t bytes;
  std::int64_t executions;
  bool view;
  Bound bound;
  std::optional<double> us;
};

class Roofline : public ::testing::TestWithParam<RooflineCase> {};

NodeCost cost_of(const RooflineCase& each) {
  NodeCost cost;
  cost.trust = each.trust;
  cost.work.flops = each.flops;
  cost.work.int_ops = each.int_ops;
  cost.compulsory_bytes = each.bytes;
  cost.executions = each.executions;
  cost.view = each.view;
  return cost;
}

TEST_P(Roofline, BindsANodeAndARuntimeRowAlike) {
  Analysis analysis;
  analysis.rates = slow_machine;
  analysis.nodes.emplace_back().cost = cost_of(GetParam());
  analysis.runtime.emplace_back().cost = cost_of(GetParam());
  predict(analysis);
  EXPECT_EQ(analysis.nodes[0].bound, GetParam().bound);
  EXPECT_EQ(analysis.runtime[0].bound, GetParam().bound);
  ASSERT_EQ(analysis.nodes[0].predicted_us.has_value(), GetParam().us.has_value());
  if (GetParam().us) {
    EXPECT_DOUBLE_EQ(*analysis.nodes[0].predicted_us, *GetParam().us);
  }
  EXPECT_EQ(analysis.nodes[0].predicted_us, analysis.runtime[0].predicted_us);
  EXPECT_EQ(analysis.totals.predicted_us, analysis.nodes[0].predicted_us);
  EXPECT_EQ(analysis.totals.predicted_runtime_us, analysis.runtime[0].predicted_us);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, Roofline,
    ::testing::Values(
        RooflineCase{"compute", Trust::exact, 50'000, 0, 10'000, 1, false, Bound::compute, 50 + dispatch},
        RooflineCase{"memory", Trust::exact, 10'000, 0, 50'000, 1, false, Bound::memory, 50 + dispatch},
        RooflineCase{"balanced", Trust::exact, 50'000, 0, 50'000, 1, false, Bound::compute, 50 + dispatch},
        RooflineCase{"dispatch", Trust::exact, 1'000, 0, 1'999, 1, false, Bound::dispatch, 1.999 + dispatch},
        RooflineCase{"at_dispatch", Trust::exact, 0, 0, 2'000, 1, false, Bound::memory, 2 + dispatch},
        RooflineCase{"integer_work", Trust::approximate, 1'000, 49'000, 10'000, 1, false, Bound::compute,
                     50 + dispatch},
        RooflineCase{"movement_only", Trust::exact, 0, 0, 50'000, 1, false, Bound::memory, 50 + dispatch},
        RooflineCase{"looped", Trust::upper_bound, 50'000, 0, 0, 10, false, Bound::compute, 50 + 10 * dispatch},
        RooflineCase{"looped_small", Trust::exact, 19'000, 0, 0, 10, false, Bound::dispatch, 19 + 10 * dispatch},
        RooflineCase{"view", Trust::exact, 0, 0, 0, 1, true, Bound::free, 0},
        RooflineCase{"nothing_to_do", Trust::exact, 0, 0, 0, 1, false, Bound::free, 0},
        RooflineCase{"branch_not_taken", Trust::exact, 0, 0, 0, 0, false, Bound::free, 0},
        RooflineCase{"unknown", Trust::unknown, 0, 0, 0, 1, false, Bound::unknown, std::nullopt},
        RooflineCase{"beyond_int64_together", Trust::exact, INT64_MAX, INT64_MAX, 0, 1, false, Bound::compute,
                     2.0 * 9223372036854775807.0 / 1e3 + dispatch}),
    [](const auto& test_info) { return std::string(test_info.param.label); });

TEST(Predict, SumsOnlyWhereEveryRowHasACost) {
  Analysis analysis;
  analysis.rates = slow_machine;
  analysis.nodes.resize(3);
  for (NodeRow& row : analysis.nodes) {
    row.cost.trust = Trust::exact;
    row.cost.work.flops = 10'000;
  }
  predict(analysis);
  EXPECT_DOUBLE_EQ(analysis.totals.predicted_us.value(), 3 * (10 + dispatch));
  EXPECT_FALSE(analysis.totals.predicted_runtime_us) << "nothing was executed";

  analysis.nodes[1].cost.trust = Trust::unknown;
  predict(analysis);
  EXPECT_FALSE(analysis.totals.predicted_us);
  EXPECT_FALSE(analysis.nodes[1].predicted_us);
  EXPECT_EQ(analysis.nodes[1].bound, Bound::unknown);
  EXPECT_DOUBLE_EQ(analysis.nodes[2].predicted_us.value(), 10 + dispatch) << "rows after it keep theirs";
}

TEST(Predict, LeavesRowsEmptyWithoutRates) {
  Analysis analysis;
  analysis.nodes.emplace_back().cost.trust = Trust::exact;
  analysis.nodes[0].cost.work.flops = 1;
  predict(analysis);
  EXPECT_FALSE(analysis.nodes[0].predicted_us);
  EXPECT_EQ(analysis.nodes[0].bound, Bound::unknown);
}

}  // namespace
}  // namespace costscan
