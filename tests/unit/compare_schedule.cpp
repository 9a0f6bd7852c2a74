// How often two models are run, for models from microseconds to minutes.
#include <gtest/gtest.h>

#include "compare/pair_schedule.hpp"
#include "measure/bootstrap.hpp"

namespace costscan {
namespace {

double counted_seconds(const PairDemand& demand, const PairPlan& plan) {
  return plan.sittings * plan.rounds * (plan.runs_a * demand.us_a + plan.runs_b * demand.us_b) * 1e-6;
}

TEST(CompareSchedule, KeepsWithinItsMeans) {
  for (const double us : {0.0, 5.0, 400.0, 2e4, 1.5e5, 2e6, 6e7}) {
    for (const double other : {us, us / 3, us * 10}) {
      for (const double create : {0.001, 0.4, 5.0, 60.0}) {
        for (const double remaining : {0.0, 3.0, 60.0, 600.0}) {
          const PairDemand demand{us, other, create, 2, remaining};
          const PairPlan plan = plan_pair(demand);
          SCOPED_TRACE(testing::Message() << us << ' ' << other << ' ' << create << ' ' << remaining);
          EXPECT_GE(plan.sittings, 1);
          EXPECT_GE(plan.rounds, 1);
          EXPECT_GE(plan.runs_a, 1);
          EXPECT_GE(plan.runs_b, 1);
          EXPECT_LE(plan.sittings * plan.rounds, 24);
          // One turn is always made; beyond that the limit holds.
          if (plan.sittings * plan.rounds > 1) {
            EXPECT_LE(counted_seconds(demand, plan) + (plan.sittings - 1) * create, remaining);
          }
        }
      }
    }
  }
}

TEST(CompareSchedule, SmallModelsGetAllTurnsAndTheirSeconds) {
  const PairDemand demand{500, 400, 0.05, 2, 600};
  const PairPlan plan = plan_pair(demand);
  EXPECT_EQ(plan.sittings, 4);
  EXPECT_EQ(plan.rounds, 5);
  EXPECT_TRUE(plan.rewarm);
  EXPECT_NEAR(plan.sittings * plan.rounds * plan.runs_a * demand.us_a * 1e-6, 1.0, 0.05);  // at most 100 runs a turn
  EXPECT_NEAR(plan.sittings * plan.rounds * plan.runs_b * demand.us_b * 1e-6, 0.8, 0.05);
}

TEST(CompareSchedule, SlowModelsStillGetAnInterval) {
  const PairPlan plan = plan_pair({8e6, 8e6, 4, 2, 600});
  EXPECT_GE(static_cast<std::size_t>(plan.sittings * plan.rounds), fewest_rounds);
  EXPECT_EQ(plan.runs_a, 1);
  EXPECT_FALSE(plan.rewarm);
}

TEST(CompareSchedule, InTurnEverySittingIsARound) {
  const PairPlan plan = plan_in_turn({1e6, 1e6, 20, 2, 600});
  EXPECT_EQ(plan.rounds, 1);
  EXPECT_GE(static_cast<std::size_t>(plan.sittings), fewest_rounds);
  EXPECT_EQ(plan_in_turn({1e6, 1e6, 20, 2, 1}).sittings, 1);
}

}  // namespace
}  // namespace costscan
