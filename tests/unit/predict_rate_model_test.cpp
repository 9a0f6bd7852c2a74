// A calibration made of a known law: what the model makes of it between its points, beyond them, and out of cache.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "predict/rate_model.hpp"

namespace costscan {
namespace {

/// A machine: a rate that rises with all three sizes, memory that gives 10 GB/s, 2 us for every node.
struct Law {
  double memory_bytes_per_us = 10e3;
  double overhead_us = 2;

  [[nodiscard]] double warm_us(double m, double n, double k) const {
    const double rate = 100e3 * (m / (m + 4)) * (n / (n + 16)) * (k / (k + 16));  // FLOPs per us
    return overhead_us + 2 * m * n * k / rate;
  }
  [[nodiscard]] double cold_us(double m, double n, double k) const {
    return std::max(warm_us(m, n, k), overhead_us + 4 * n * k / memory_bytes_per_us);
  }
};

CalibrationPoint gemm_point(double m, double n, double k, CacheContext context, double us) {
  CalibrationPoint point;
  point.rate_class = "gemm";
  point.coords = {m, n, k};
  point.context = context;
  point.work = 2 * m * n * k;
  point.weight_bytes = 4 * n * k;
  point.bytes = 4 * (m * k + m * n + n * k);
  point.out_elements = m * n;
  point.us = us;
  point.samples = 10;
  return point;
}

RateFeatures gemm_features(double m, double n, double k) {
  RateFeatures features;
  features.rate_class = "gemm";
  features.coords = {m, n, k};
  features.unit = WorkUnit::flops;
  features.work = features.flops = 2 * m * n * k;
  features.weight_bytes = 4 * n * k;
  features.bytes_in = 4 * m * k;
  features.bytes_out = 4 * m * n;
  features.out_elements = m * n;
  return features;
}

Calibration lawful_calibration(const Law& law, double noise) {
  Calibration calibration;
  std::mt19937 random(7);
  std::normal_distribution<double> normal(0, noise);
  for (const double m : {1.0, 4.0, 16.0, 64.0, 256.0}) {
    for (const double n : {64.0, 256.0, 1024.0}) {
      for (const double k : {64.0, 256.0, 1024.0}) {
        calibration.points.push_back(
            gemm_point(m, n, k, CacheContext::warm, law.warm_us(m, n, k) * std::exp(normal(random))));
        calibration.points.push_back(
            gemm_point(m, n, k, CacheContext::cold_weights, law.cold_us(m, n, k) * std::exp(normal(random))));
      }
    }
  }
  calibration.residency = {{1 << 20, 50e9}, {8 << 20, 50e9}, {16 << 20, 20e9}, {32 << 20, 10e9}, {64 << 20, 10e9}};
  return calibration;
}

/// Elementwise classes of which every node takes the profiler's time, a dispatch, what being alone costs, and its work.
Calibration isolated_calibration(double isolation_us) {
  Calibration calibration;
  calibration.profiler_bias_us = 2;
  calibration.dispatch_us = 0.25;
  const auto add = [&](const char* rate_class, double elements, double us) {
    CalibrationPoint point;
    point.rate_class = rate_class;
    point.coords = {elements};
    point.work = point.out_elements = elements;
    point.bytes = 8 * elements;
    point.us = us;
    point.samples = 10;
    calibration.points.push_back(point);
  };
  for (const char* rate_class : {"unary/Neg", "unary/Abs", "unary/Sqrt", "unary/Exp", "binary/arith/same"}) {
    for (const double elements : {64.0, 1024.0, 16384.0, 262144.0})
      add(rate_class, elements, 2.25 + isolation_us + elements / 4096);
  }
  add("view", 1, 2.25 + isolation_us);
  return calibration;
}

TEST(RateModel, TakesOffWhatBeingAloneCostsANode) {
  for (const double isolation_us : {0.0, 1.0, 2.5}) {
    RateModel model(isolated_calibration(isolation_us));
    RateFeatures features;
    features.rate_class = "unary/Neg";
    features.coords = {16384};
    features.work = features.out_elements = 16384;
    features.bytes_in = features.bytes_out = 4 * 16384;
    const double us = model.estimate(features, model.times(features), {}).us;
    EXPECT_NEAR(us, 0.25 + 4, 0.25) << isolation_us;
    features = {};
    features.rate_class = "view";
    features.coords = {1};
    features.work = 1;
    EXPECT_NEAR(model.estimate(features, model.times(features), {}).us, 0.25 + isolation_us, 0.01);
  }
}

TEST(RateModel, FindsTheLawBetweenItsPoints) {
  const Law law;
  RateModel model(lawful_calibration(law, 0.01));
  for (const auto& [m, n, k] : std::vector<std::array<double, 3>>{
           {32, 512, 512}, {128, 768, 384}, {8, 128, 900}, {2, 512, 512}, {200, 300, 100}}) {
    const ContextTimes times = model.times(gemm_features(m, n, k));
    EXPECT_TRUE(times.calibrated);
    EXPECT_NEAR(times.warm_us / law.warm_us(m, n, k), 1, 0.08) << m << "x" << n << "x" << k;
    EXPECT_NEAR(times.cold_weights_us / law.cold_us(m, n, k), 1, 0.15) << m << "x" << n << "x" << k;
  }
}

TEST(RateModel, ScalesWorkBeyondItsPoints) {
  const Law law;
  RateModel model(lawful_calibration(law, 0.01));
  const ContextTimes times = model.times(gemm_features(256, 1024, 8192));
  EXPECT_NEAR(times.warm_us / law.warm_us(256, 1024, 8192), 1, 0.1);
  EXPECT_GT(times.deviation, model.times(gemm_features(256, 1024, 1024)).deviation);
}

TEST(RateModel, StatedIntervalsHoldBetweenThePoints) {
  const Law law;
  std::mt19937 random(3);
  std::uniform_real_distribution<double> size(0, 1);
  std::normal_distribution<double> normal(0, 0.05);
  RateModel model(lawful_calibration(law, 0.05));
  int inside = 0;
  constexpr int asked = 400;
  for (int i = 0; i < asked; ++i) {
    const double m = std::round(std::exp2(8 * size(random)));
    const double n = 16 * std::round(std::exp2(2 + 4 * size(random)));
    const double k = std::round(std::exp2(6 + 4 * size(random)));
    const RateFeatures features = gemm_features(m, n, k);
    const TimeEstimate found = model.estimate(features, model.times(features), {});
    const double seen = law.warm_us(m, n, k) * std::exp(normal(random));
    inside += found.low_us <= seen && seen <= found.high_us ? 1 : 0;
  }
  EXPECT_GE(inside, asked * 0.85);
  EXPECT_LE(inside, asked * 0.985) << "wider than need be";
}

TEST(RateModel, ColdWeightsCountByTheirLikelihood) {
  const Law law;
  RateModel model(lawful_calibration(law, 0));
  const RateFeatures features = gemm_features(1, 1024, 1024);
  const ContextTimes times = model.times(features);
  const double warm = model.estimate(features, times, {}).us;
  const double half = model.estimate(features, times, {.weights = 0.5}).us;
  const double cold = model.estimate(features, times, {.weights = 1}).us;
  EXPECT_NEAR(cold / law.cold_us(1, 1024, 1024), 1, 0.1);
  EXPECT_NEAR(half, (warm + cold) / 2, 0.01 * cold);
  EXPECT_DOUBLE_EQ(model.evicted(1 << 20), 0);
  EXPECT_DOUBLE_EQ(model.evicted(1 << 30), 1);
  EXPECT_GT(model.evicted(16 << 20), 0.2);
  EXPECT_LT(model.evicted(16 << 20), 0.9);
}

TEST(RateModel, ActivationsAndBias) {
  const Law law;
  Calibration calibration = lawful_calibration(law, 0);
  for (const double m : {16.0, 64.0, 256.0}) {
    CalibrationPoint point = gemm_point(m, 256, 256, CacheContext::warm, law.warm_us(m, 256, 256) + m * 256 * 0.001);
    point.activation = "Tanh";
    calibration.points.push_back(point);
  }
  calibration.profiler_bias_us = 1.5;
  RateModel model(calibration);
  RateFeatures features = gemm_features(64, 256, 256);
  const ContextTimes times = model.times(features);
  const double plain = model.estimate(features, times, {}).us;
  EXPECT_NEAR(plain, law.warm_us(64, 256, 256) - 1.5, 0.3);
  features.activation = "Tanh";
  EXPECT_NEAR(model.estimate(features, times, {}).us - plain, 64 * 256 * 0.001, 0.5);
}

TEST(RateModel, OtherClassesAreMarked) {
  struct Case {
    const char* asked;
    std::size_t coords;
    bool calibrated;
    const char* used;
  };
  const Law law;
  RateModel model(lawful_calibration(law, 0));
  for (const Case& given :
       {Case{"gemm", 3, true, "gemm"}, Case{"gemm:float64", 3, false, "gemm"}, Case{"gemm/transA", 3, false, "gemm"},
        Case{"einsum", 4, false, "gemm"}, Case{"unary/Relu", 1, false, ""}}) {
    RateFeatures features = gemm_features(64, 64, 64);
    features.rate_class = given.asked;
    if (features.rate_class.starts_with("unary/")) features.unit = WorkUnit::bytes;
    features.coords.assign(given.coords, 64);
    const ContextTimes times = model.times(features);
    EXPECT_EQ(times.calibrated, given.calibrated) << given.asked;
    EXPECT_EQ(times.rate_class, given.used) << given.asked;
    EXPECT_GT(times.warm_us, 0) << given.asked;
  }
}

TEST(RateModel, KeptFitsGiveTheSameTimes) {
  const Law law;
  Calibration calibration = lawful_calibration(law, 0.03);
  RateModel fresh(calibration);
  fit_rates(calibration);
  EXPECT_EQ(calibration.fits.size(), 2U);
  const auto read = parse_calibration(calibration_json(calibration));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  RateModel kept(*read);
  const RateFeatures features = gemm_features(24, 200, 300);
  EXPECT_DOUBLE_EQ(kept.times(features).warm_us, fresh.times(features).warm_us);
  EXPECT_DOUBLE_EQ(kept.times(features).cold_weights_us, fresh.times(features).cold_weights_us);
}

}  // namespace
}  // namespace costscan
