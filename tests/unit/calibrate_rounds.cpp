// The same batch at several times: which times become a point.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibrate/calibrate.hpp"
#include "calibrate/journal.hpp"
#include "calibrate/rounds.hpp"

namespace costscan::calibrate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CalibrationPoint timed(double us, double coordinate = 1) {
  CalibrationPoint point;
  point.rate_class = "gemm";
  point.coords = {coordinate};
  point.us = us;
  point.samples = 4;
  return point;
}

struct RoundsCase {
  std::string name;
  std::vector<double> us;  ///< of one point, by round
  double agreed_us;
  double spread;
  bool wants_another;
};

const std::vector<RoundsCase> rounds_cases{
    {"one_round", {100}, 100, 0, true},
    {"two_that_agree", {104, 100}, 102, 4.0 / 102, false},
    {"a_slow_first_round", {150, 100}, 125, 50.0 / 125, true},
    {"a_slow_round_between_two", {100, 150, 102}, 102, 2.0 / 102, false},
    {"the_fastest_is_confirmed_by_none", {80, 100, 101, 150}, 100.5, 21.0 / 100.5, true},
    {"all_apart", {100, 120, 150}, 120, 20.0 / 120, true},
};

TEST(CalibrateRounds, TheMiddleOfAll) {
  for (const RoundsCase& test_case : rounds_cases) {
    SCOPED_TRACE(test_case.name);
    Rounds rounds;
    for (const double us : test_case.us) rounds.push_back({timed(us)});
    const auto points = agreed_points(rounds);
    ASSERT_EQ(points.size(), 1U);
    EXPECT_DOUBLE_EQ(points[0].us, test_case.agreed_us);
    EXPECT_DOUBLE_EQ(points[0].spread, test_case.spread);
    EXPECT_EQ(points[0].samples, 4 * static_cast<int>(test_case.us.size()));
    EXPECT_EQ(wants_another_round(rounds), test_case.wants_another);
  }
}

TEST(CalibrateRounds, PointsOfOneRoundOnlyStay) {
  const Rounds rounds{{timed(10, 1), timed(20, 2)}, {timed(10, 1)}};
  EXPECT_EQ(agreed_points(rounds).size(), 2U);
  EXPECT_THAT(round_ratios(rounds), ElementsAre(1));
  EXPECT_THAT(agreed_points({}), IsEmpty());
}

TEST(CalibrateRounds, ShortTimesDoNotAskForMore) {
  EXPECT_FALSE(wants_another_round({{timed(1)}, {timed(2)}}));  // whole microseconds
}

TEST(CalibrateRounds, StepsAreNamedByBatchAndRound) {
  EXPECT_EQ(step_of("0/gemm/warm/12", 1), "0/gemm/warm/12");
  EXPECT_EQ(step_of("0/gemm/warm/12", 2), "0/gemm/warm/12@2");
  EXPECT_EQ(batch_of("0/gemm/warm/12@2"), "0/gemm/warm/12");
  EXPECT_EQ(batch_of("peaks"), "peaks");
}

TEST(CalibrateRounds, LaterRoundsChangeTimesAndNotWhetherAllIsDone) {
  const auto entry = [](std::string step, double us) {
    JournalEntry out;
    out.step = std::move(step);
    out.found.points = {timed(us)};
    return out;
  };
  const Calibration found = assemble({entry("a", 150), entry("a@2", 100), entry("a@3", 102)}, 1);
  EXPECT_TRUE(found.complete);
  ASSERT_EQ(found.points.size(), 1U);
  EXPECT_DOUBLE_EQ(found.points[0].us, 102);
  EXPECT_EQ(found.stability.repeated, 1);
  EXPECT_DOUBLE_EQ(found.stability.p90_confirmation, 1.02);
  EXPECT_DOUBLE_EQ(found.stability.median_confirmation, 1.02);
  EXPECT_FALSE(assemble({entry("a", 150), entry("a@2", 100)}, 2).complete);
}

TEST(CalibrateRounds, TheMachineIsTheMiddleOfItsRoundsAndItsPeaksTheHighest) {
  const auto entry = [](std::string step, double residency, double peak, double copy, double bias) {
    JournalEntry out;
    out.step = std::move(step);
    out.found.residency = {{1024, residency}};
    out.found.compute_peaks = {{"float32", "FMA", peak}};
    out.found.copy_bandwidth = {{"L1", 16, copy}};
    out.found.profiler_bias_us = bias;
    return out;
  };
  const Calibration found = assemble({entry("overhead", 10, 5, 7, 2), entry("overhead@2", 14, 9, 8, 4),
                                      entry("overhead@3", 12, 8, 3, 3), entry("other", 12, 1, 7, 99)},
                                     1);
  ASSERT_EQ(found.residency.size(), 1U);
  EXPECT_DOUBLE_EQ(found.residency[0].bytes_per_second, 12);
  ASSERT_EQ(found.compute_peaks.size(), 1U);
  EXPECT_DOUBLE_EQ(found.compute_peaks[0].operations_per_second, 9);
  ASSERT_EQ(found.copy_bandwidth.size(), 1U);
  EXPECT_DOUBLE_EQ(found.copy_bandwidth[0].bytes_per_second, 7);
  EXPECT_DOUBLE_EQ(found.profiler_bias_us, 3);
}

}  // namespace
}  // namespace costscan::calibrate
