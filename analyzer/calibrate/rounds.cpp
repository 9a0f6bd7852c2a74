#include "calibrate/rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
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

/// Of three rounds or more, the one that lies apart from the others is known to be odd and left out.
double range_us(const std::vector<const CalibrationPoint*>& points) {
  const std::size_t last = points.size() - 1;
  if (points.size() < 3) return points[last]->us - points[0]->us;
  return std::min(points[last - 1]->us - points[0]->us, points[last]->us - points[1]->us);
}

}  // namespace

std::string step_of(std::string_view batch_id, std::int32_t round) {
  return round < 2 ? std::string(batch_id) : fmt::format("{}{}{}", batch_id, round_mark, round);
}

std::string_view batch_of(std::string_view step) noexcept { return step.substr(0, step.find(round_mark)); }

std::vector<CalibrationPoint> agreed_points(const Rounds& rounds) {
  std::vector<CalibrationPoint> out;
  for (const auto& [key, points] : by_point(rounds)) {
    CalibrationPoint point = *points.front();
    std::vector<double> us;
    std::vector<double> spreads;
    point.samples = 0;
    for (const CalibrationPoint* one : points) {
      us.push_back(one->us);
      spreads.push_back(one->spread);
      point.samples += one->samples;
    }
    point.us = median_of(std::move(us));
    point.spread = median_of(std::move(spreads));
    if (point.us > 0) point.spread = std::max(point.spread, range_us(points) / point.us);
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
