// The bootstrap interval of a ratio: on samples whose true ratio is known, it must hold it about as often as it says.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "measure/bootstrap.hpp"

namespace costscan {
namespace {

/// Rounds with noise of their own, of their sitting and of every run; the true ratio of medians is first / second.
std::vector<PairRound> drawn(double first, double second, double sitting_noise, std::mt19937_64& random) {
  std::normal_distribution<double> normal(0, 1);
  std::vector<PairRound> rounds;
  for (std::int32_t sitting = 0; sitting < 4; ++sitting) {
    const double place_a = 1 + sitting_noise * normal(random);
    const double place_b = 1 + sitting_noise * normal(random);
    for (int r = 0; r < 5; ++r) {
      PairRound round;
      round.sitting = sitting;
      const double drift = 1 + 0.05 * normal(random);  // of the machine: shared by both
      for (int i = 0; i < 10; ++i) {
        round.first_us.push_back(first * place_a * drift * (1 + 0.02 * std::abs(normal(random))));
        round.second_us.push_back(second * place_b * drift * (1 + 0.02 * std::abs(normal(random))));
      }
      rounds.push_back(std::move(round));
    }
  }
  return rounds;
}

double share_that_holds(double first, double second, double sitting_noise) {
  std::mt19937_64 random(7);
  int held = 0;
  constexpr int trials = 200;
  for (int t = 0; t < trials; ++t) {
    const auto interval = bootstrap_ratio(drawn(first, second, sitting_noise, random), {.resamples = 300});
    if (interval && interval->low <= first / second && first / second <= interval->high) ++held;
  }
  return static_cast<double>(held) / trials;
}

TEST(MeasureBootstrap, HoldsTheTruthAboutAsOftenAsItSays) {
  EXPECT_GE(share_that_holds(100, 100, 0), 0.9);
  EXPECT_GE(share_that_holds(120, 100, 0), 0.9);
  // Four sittings are few: their spread is seen, though somewhat too small.
  EXPECT_GE(share_that_holds(100, 100, 0.01), 0.75);
}

TEST(MeasureBootstrap, SeesARealDifference) {
  std::mt19937_64 random(3);
  const auto interval = bootstrap_ratio(drawn(130, 100, 0, random));
  ASSERT_TRUE(interval);
  EXPECT_FALSE(interval->spans_one());
  EXPECT_GT(interval->low, 1.2);
  EXPECT_LT(interval->high, 1.4);
  EXPECT_LE(interval->low, interval->ratio);
  EXPECT_GE(interval->high, interval->ratio);
}

TEST(MeasureBootstrap, TheSameSamplesGiveTheSameInterval) {
  std::mt19937_64 random(5);
  const std::vector<PairRound> rounds = drawn(110, 100, 0.01, random);
  EXPECT_EQ(bootstrap_ratio(rounds), bootstrap_ratio(rounds));
}

TEST(MeasureBootstrap, TooLittleGivesNone) {
  EXPECT_FALSE(bootstrap_ratio({}));
  const std::vector<PairRound> few(fewest_rounds - 1, PairRound{0, true, {1}, {1}});
  EXPECT_FALSE(bootstrap_ratio(few));
  const std::vector<PairRound> empty(fewest_rounds, PairRound{0, true, {}, {1}});
  EXPECT_FALSE(bootstrap_ratio(empty));
  const std::vector<PairRound> constant(fewest_rounds, PairRound{0, true, {2}, {1}});
  const auto exact = bootstrap_ratio(constant);
  ASSERT_TRUE(exact);
  EXPECT_EQ(*exact, (RatioInterval{2, 2, 2, 0.95}));
}

}  // namespace
}  // namespace costscan
