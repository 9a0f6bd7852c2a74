#include "predict/rate_fit.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

namespace costscan {
namespace {

constexpr std::size_t neighbours = 40;      ///< of a local system: more change nothing that can be seen
constexpr std::size_t trial_points = 120;   ///< at most, for choosing lengths: so many of a larger class
constexpr double least_us = 0.05;           ///< no kernel is faster
constexpr double deviations_90 = 1.645;     ///< deviations within which 90% of a normal distribution lies
constexpr double repeat_deviation = 0.03;   ///< of the same kernel in another session, at the least
constexpr double outside_deviation = 0.10;  ///< added for each doubling beyond the box
constexpr std::array trial_lengths = {0.5, 1.0, 2.0, 4.0, 8.0};
constexpr std::array trial_nuggets = {0.003, 0.03, 0.15};

/// min |A x - 1| over x >= 0, for up to three columns: every set of columns that may be non-zero is tried.
std::array<double, 3> nonnegative_fit(const Eigen::MatrixXd& a) {
  std::array<double, 3> best{};
  double smallest = std::numeric_limits<double>::infinity();
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(a.rows());
  for (unsigned set = 1; set < 8; ++set) {
    std::vector<Eigen::Index> columns;
    for (Eigen::Index c = 0; c < 3; ++c) {
      if ((set >> static_cast<unsigned>(c) & 1U) != 0 && a.col(c).cwiseAbs().maxCoeff() > 0) columns.push_back(c);
    }
    if (columns.empty()) continue;
    const Eigen::MatrixXd part = a(Eigen::all, columns);
    const Eigen::VectorXd x = part.colPivHouseholderQr().solve(ones);
    if (x.minCoeff() < 0) continue;
    const double left = (part * x - ones).cwiseAbs().sum();
    if (left >= smallest) continue;
    smallest = left;
    best = {};
    for (std::size_t i = 0; i < columns.size(); ++i)
      best[static_cast<std::size_t>(columns[i])] = x[static_cast<Eigen::Index>(i)];
  }
  return best;
}

/// Relative errors count, so that small nodes matter as much as large ones. Of cold contexts what they add is fitted.
void fit_base(std::span<const FitPoint> points, bool by_work, RateFit& fit) {
  Eigen::MatrixXd a(static_cast<Eigen::Index>(points.size()), 3);
  Eigen::Index row = 0;
  for (const FitPoint& point : points) {
    // What is added may be nothing within noise; a tenth of the warm time bounds the weight of such points.
    const double target = std::max(point.us - point.warm_us, 0.1 * point.warm_us + least_us);
    a(row, 0) = 1 / target;
    a(row, 1) = by_work ? point.work / target : 0;
    a(row, 2) = point.bytes / target;
    ++row;
  }
  const std::array<double, 3> found = nonnegative_fit(a);
  fit.overhead_us = found[0];
  fit.us_per_work = found[1];
  fit.us_per_byte = found[2];
}

double covariance(const RateFit& fit, std::span<const double> a, std::span<const double> b) {
  double squared = 0;
  for (std::size_t i = 0; i < fit.lengths.size(); ++i) {
    const double step = (a[i] - b[i]) / fit.lengths[i];
    squared += step * step;
  }
  const double distance = std::sqrt(squared);
  if (!fit.smooth) return std::exp(-distance);
  const double scaled = std::sqrt(3.0) * distance;
  return (1 + scaled) * std::exp(-scaled);
}

/// Of one point's own noise, as a share of the class's variance.
double own_variance(const RateFit& fit, const FitPoint& point) {
  const double noise = point.noise / fit.deviation;
  return fit.nugget + noise * noise;
}

double log_factor(const RateFit& fit, const FitPoint& point) {
  return std::log(point.us / base_us(fit, point.work, point.bytes, point.warm_us));
}

/// Errors of all points, each left out: closed form of ordinary kriging, from one inverse.
std::vector<double> left_out_errors(const RateFit& fit, std::span<const FitPoint> points) {
  const auto n = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd system = Eigen::MatrixXd::Zero(n + 1, n + 1);
  Eigen::VectorXd values = Eigen::VectorXd::Zero(n + 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    const FitPoint& a = points[static_cast<std::size_t>(i)];
    for (Eigen::Index j = 0; j <= i; ++j) {
      const double value =
          covariance(fit, a.x, points[static_cast<std::size_t>(j)].x) + (i == j ? own_variance(fit, a) : 0);
      system(i, j) = value;
      system(j, i) = value;
    }
    system(i, n) = 1;
    system(n, i) = 1;
    values[i] = log_factor(fit, a);
  }
  const Eigen::MatrixXd inverse = system.inverse();
  const Eigen::VectorXd weights = inverse * values;
  std::vector<double> errors;
  for (Eigen::Index i = 0; i < n; ++i) errors.push_back(weights[i] / inverse(i, i));
  return errors;
}

/// Mean size of the left-out errors, large ones cut off: one odd point shall not choose for all.
double loss(const RateFit& fit, std::span<const FitPoint> points) {
  constexpr double most = 0.7;
  double sum = 0;
  for (const double error : left_out_errors(fit, points)) {
    sum += std::isfinite(error) ? std::min(std::abs(error), most) : most;
  }
  return sum / static_cast<double>(points.size());
}

template <class Field, class Values>
void try_values(RateFit& fit, std::span<const FitPoint> points, Field& field, const Values& values, double& best) {
  auto chosen = field;
  for (const auto value : values) {
    field = value;
    const double found = loss(fit, points);
    if (found < best * 0.995) {  // nearly equal: what was there stays
      best = found;
      chosen = value;
    }
  }
  field = chosen;
}

void choose_covariance(RateFit& fit, std::span<const FitPoint> points) {
  std::vector<FitPoint> sample(points.begin(), points.end());
  if (sample.size() > trial_points) {  // at random, but always the same: points stand in the order of their grid
    std::mt19937 random(1);            // NOLINT(cert-msc32-c,cert-msc51-cpp,bugprone-random-generator-seed)
    std::ranges::shuffle(sample, random);
    sample.resize(trial_points);
  }
  if (sample.size() < 4) return;
  double best = loss(fit, sample);
  for (int sweep = 0; sweep < 2; ++sweep) {
    for (double& length : fit.lengths) try_values(fit, sample, length, trial_lengths, best);
    try_values(fit, sample, fit.nugget, trial_nuggets, best);
    bool smooth = fit.smooth;
    fit.smooth = !smooth;
    const double other = loss(fit, sample);
    if (other < best) {
      best = other;
    } else {
      fit.smooth = smooth;
    }
  }
}

/// Such that a further value lies below it with this likelihood: a little above the share of those that are there.
double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const double rank = std::ceil(share * static_cast<double>(values.size() + 1));
  const std::size_t index = std::min(values.size(), static_cast<std::size_t>(rank)) - 1;
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(index));
  return values[index];
}

std::vector<std::size_t> nearest(const RateFit& fit, std::span<const FitPoint> points, std::span<const double> x,
                                 std::size_t left_out) {
  std::vector<std::pair<double, std::size_t>> order;
  order.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i != left_out) order.emplace_back(-covariance(fit, points[i].x, x), i);
  }
  const std::size_t count = std::min(neighbours, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < count; ++i) found.push_back(order[i].second);
  return found;
}

/// How well the stated deviations cover the left-out points, and their errors.
void judge(RateFit& fit, std::span<const FitPoint> points) {
  constexpr double unjudged = 0.3;  // relative, of a class with too few points to leave any out
  std::vector<double> errors;
  std::vector<double> scores;
  for (std::size_t i = 0; points.size() >= 4 && i < points.size(); ++i) {
    const Interpolated found = interpolate_factor(fit, points, points[i].x, i);
    const double error = std::abs(std::log(found.factor) - log_factor(fit, points[i]));
    errors.push_back(std::expm1(error));
    if (found.deviation > 0) scores.push_back(error / found.deviation);
  }
  fit.median_error = errors.empty() ? unjudged : quantile(errors, 0.5);
  fit.p90_error = errors.empty() ? unjudged : quantile(errors, 0.9);
  constexpr double smallest_scale = 0.2;
  constexpr double largest_scale = 5;
  fit.interval_scale =
      scores.empty() ? 1 : std::clamp(quantile(scores, 0.9) / deviations_90, smallest_scale, largest_scale);
  if (errors.empty()) fit.deviation = unjudged;
}

}  // namespace

double base_us(const RateFit& fit, double work, double bytes, double warm_us) noexcept {
  return std::max(least_us, warm_us + fit.overhead_us + work * fit.us_per_work + bytes * fit.us_per_byte);
}

RateFit fit_points(std::string rate_class, CacheContext context, std::span<const FitPoint> points) {
  RateFit fit;
  fit.rate_class = std::move(rate_class);
  fit.context = context;
  fit.points = static_cast<std::int32_t>(points.size());
  constexpr double start_length = 2;
  constexpr double start_nugget = 0.03;
  fit.lengths.assign(points.front().x.size(), start_length);
  fit.nugget = start_nugget;
  fit_base(points, context == CacheContext::warm, fit);
  double squares = 0;
  for (const FitPoint& point : points) squares += std::pow(log_factor(fit, point), 2);
  constexpr double least_deviation = 0.01;
  fit.deviation = std::max(least_deviation, std::sqrt(squares / static_cast<double>(points.size())));
  choose_covariance(fit, points);
  judge(fit, points);
  return fit;
}

Interpolated interpolate_factor(const RateFit& fit, std::span<const FitPoint> points, std::span<const double> x,
                                std::size_t left_out) {
  Interpolated found;
  std::vector<double> inside(x.begin(), x.end());
  for (std::size_t d = 0; d < inside.size(); ++d) {
    const auto [low, high] = std::ranges::minmax(points, {}, [&](const FitPoint& point) { return point.x[d]; });
    inside[d] = std::clamp(inside[d], low.x[d], high.x[d]);
    found.outside += std::abs(x[d] - inside[d]);
  }
  const std::vector<std::size_t> chosen = nearest(fit, points, inside, left_out);
  const auto n = static_cast<Eigen::Index>(chosen.size());
  if (n == 0) {
    found.deviation = fit.deviation;
    return found;
  }
  Eigen::MatrixXd k(n, n);
  Eigen::VectorXd toward(n);
  Eigen::VectorXd values(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const FitPoint& a = points[chosen[static_cast<std::size_t>(i)]];
    for (Eigen::Index j = 0; j <= i; ++j) {
      k(i, j) =
          covariance(fit, a.x, points[chosen[static_cast<std::size_t>(j)]].x) + (i == j ? own_variance(fit, a) : 0);
      k(j, i) = k(i, j);
    }
    toward[i] = covariance(fit, a.x, inside);
    values[i] = log_factor(fit, a);
  }
  const Eigen::LLT<Eigen::MatrixXd> factor(k);
  const Eigen::VectorXd ones = Eigen::VectorXd::Ones(n);
  const Eigen::VectorXd k_ones = factor.solve(ones);
  const Eigen::VectorXd k_toward = factor.solve(toward);
  const double total = ones.dot(k_ones);
  const double mean = values.dot(k_ones) / total;
  const double value = mean + k_toward.dot(values - mean * ones);
  const double short_of_one = 1 - ones.dot(k_toward);
  const double variance = std::max(0.0, 1 + fit.nugget - toward.dot(k_toward) + short_of_one * short_of_one / total);
  found.factor = std::exp(std::clamp(value, -3.0, 3.0));
  const double between = std::sqrt(variance) * fit.deviation;
  found.deviation = std::hypot(between, repeat_deviation) * fit.interval_scale + outside_deviation * found.outside;
  return found;
}

}  // namespace costscan
