#include "calibrate/rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "measure/statistics.hpp"

namespace costscan::calibrate {
namespace {

constexpr double agreeing = 1.1;
constexpr char round_mark = '@';

using PointKey = std::tuple<std::string, CacheContext, std::string, std::vector<double>>;
using PointRounds = std::map<PointKey, std::vector<const CalibrationPoint*>>;

/// The rounds of each point, the fastest first.
PointRounds by_point(const Rounds& rounds) {
  PointRounds out;
  for (const auto& round : rounds) {
    for (const CalibrationPoint& point : round) {
      out[{point.rate_class, point.context, point.activation, point.coords}].push_back(&point);
    }
  }
  for (auto& [key, points] : out) std::ranges::sort(points, {}, &CalibrationPoint::us);
  return out;
}

/// Begin and end of the fastest times that agree.
std::pair<std::size_t, std::size_t> agreeing_range(const std::vector<const CalibrationPoint*>& points) {
  for (std::size_t first = 0; first + 1 < points.size(); ++first) {
    std::size_t end = first + 1;
    while (end < points.size() && points[end]->us <= agreeing * points[first]->us) ++end;
    if (end - first > 1) return {first, end};
  }
  return {0, 1};
}

}  // namespace

std::string step_of(std::string_view batch_id, std::int32_t round) {
  return round < 2 ? std::string(batch_id) : fmt::format("{}{}{}", batch_id, round_mark, round);
}

std::string_view batch_of(std::string_view step) noexcept { return step.substr(0, step.find(round_mark)); }

std::vector<CalibrationPoint> agreed_points(const Rounds& rounds) {
  std::vector<CalibrationPoint> out;
  for (const auto& [key, points] : by_point(rounds)) {
    const auto [first, end] = agreeing_range(points);
    CalibrationPoint point = *points[first];
    std::vector<double> spreads;
    double sum_us = 0;
    for (std::size_t i = first; i < end; ++i) {
      sum_us += points[i]->us;
      spreads.push_back(points[i]->spread);
    }
    point.us = sum_us / static_cast<double>(end - first);
    point.spread = median_of(std::move(spreads));
    if (point.us > 0) point.spread = std::max(point.spread, (points[end - 1]->us - points[first]->us) / point.us);
    point.samples = std::accumulate(points.begin(), points.end(), 0,
                                    [](std::int32_t sum, const CalibrationPoint* one) { return sum + one->samples; });
    out.push_back(std::move(point));
  }
  return out;
}

std::vector<double> round_ratios(const Rounds& rounds) {
  constexpr double shortest_us = 5;
  std::vector<double> out;
  for (const auto& [key, points] : by_point(rounds)) {
    if (points.size() > 1 && points[0]->us >= shortest_us) out.push_back(points[1]->us / points[0]->us);
  }
  return out;
}

bool wants_another_round(const Rounds& rounds) {
  constexpr double bearable_share = 0.05;
  if (rounds.size() < 2) return true;
  const std::vector<double> ratios = round_ratios(rounds);
  const auto apart = std::ranges::count_if(ratios, [](double ratio) { return ratio > agreeing; });
  return static_cast<double>(apart) > bearable_share * static_cast<double>(ratios.size());
}

}  // namespace costscan::calibrate
