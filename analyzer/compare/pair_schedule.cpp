#include "compare/pair_schedule.hpp"

#include <algorithm>
#include <cmath>

namespace costscan {
namespace {

constexpr std::int32_t most_sittings = 4;
constexpr std::int32_t usual_rounds = 20;  // in all
constexpr std::int32_t fewest_rounds_in_all = 6;
constexpr std::int32_t most_runs = 100;      // of one model in one round: more would be a block, not a turn
constexpr double rewarm_below_us = 100'000;  // longer runs walk through more memory than a cache holds anyway
constexpr double seconds_for_sessions = 12;  // that making them anew may take
constexpr double share_of_remaining = 0.7;   // so that the answer still comes in time

std::int32_t clamped(double value, std::int32_t least, std::int32_t most) {
  return static_cast<std::int32_t>(
      std::clamp(std::floor(value), static_cast<double>(least), static_cast<double>(most)));
}

std::int32_t runs_for(double us, double seconds) { return clamped(std::round(seconds * 1e6 / us), 1, most_runs); }

}  // namespace

PairPlan plan_pair(const PairDemand& demand) {
  const double us_a = std::max(demand.us_a, 0.1);
  const double us_b = std::max(demand.us_b, 0.1);
  const double affordable = std::max(demand.remaining_seconds, 0.0) * share_of_remaining;
  PairPlan plan;
  plan.rewarm = std::max(us_a, us_b) < rewarm_below_us;
  const double create = std::max(demand.create_seconds, 1e-6);
  plan.sittings = clamped(std::min(seconds_for_sessions, 0.3 * affordable) / create, 1, most_sittings);
  // Slow models make fewer turns, but not fewer than an interval needs, as long as the limit allows.
  const double turn = (us_a + us_b) * 1e-6 * (plan.rewarm ? 2 : 1);
  const double wanted = std::max(6 * demand.target_seconds / turn, static_cast<double>(fewest_rounds_in_all));
  const double left = std::max(affordable - plan.sittings * create, 0.0);
  const std::int32_t rounds = clamped(std::min(wanted, left / turn), 1, usual_rounds);
  plan.sittings = std::min(plan.sittings, rounds);
  plan.rounds = (rounds + plan.sittings - 1) / plan.sittings;
  plan.sittings = rounds / plan.rounds;
  const double turns = static_cast<double>(plan.sittings) * plan.rounds;
  const double seconds =
      std::min(demand.target_seconds, left / 4) / turns;  // the runs that are not counted cost time too
  plan.runs_a = runs_for(us_a, seconds);
  plan.runs_b = runs_for(us_b, seconds);
  return plan;
}

PairPlan plan_in_turn(const PairDemand& demand) {
  const double warmup = 4e-6 * (demand.us_a + demand.us_b);
  const double sitting = demand.create_seconds + warmup + 2e-6 * (demand.us_a + demand.us_b);
  PairPlan plan;
  plan.sittings = clamped(std::max(demand.remaining_seconds, 0.0) * share_of_remaining / std::max(sitting, 1e-6), 1,
                          fewest_rounds_in_all);
  const double seconds = demand.target_seconds / plan.sittings;
  plan.runs_a = runs_for(std::max(demand.us_a, 0.1), seconds);
  plan.runs_b = runs_for(std::max(demand.us_b, 0.1), seconds);
  return plan;
}

}  // namespace costscan
