// A calibration made ready to be asked: features of a node → its time, where its operands are warm and where they are
// not.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "predict/calibration.hpp"
#include "predict/rate_features.hpp"
#include "predict/rate_fit.hpp"

namespace costscan {

/// How likely a node finds what it touches in memory rather than in cache, 0 to 1 each.
struct Residence {
  double weights = 0;
  double inputs = 0;
  double outputs = 0;
  double streamed = 0;  ///< weights were streamed just before: code and small buffers have been evicted
};

/// Times of one kernel as the profile would show them, in microseconds.
struct ContextTimes {
  double warm_us = 0;
  double cold_weights_us = 0;  ///< never below warm
  double cold_us = 0;          ///< never below cold_weights
  double deviation = 0;        ///< of the logarithm of the warm time
  double cold_deviation = 0;   ///< of the logarithm of the cold time
  bool calibrated = false;     ///< points of this very class stand behind it
  std::string rate_class;      ///< that was asked in the end
};

struct TimeEstimate {
  double us = 0;  ///< profiler bias taken off
  double low_us = 0;
  double high_us = 0;    ///< 90% interval
  double deviation = 0;  ///< of the logarithm of the time
};

class RateModel {
 public:
  /// Points are filed by class; fits that the calibration lacks are made at first use.
  explicit RateModel(const Calibration& calibration);

  [[nodiscard]] ContextTimes times(const RateFeatures& features);
  [[nodiscard]] TimeEstimate estimate(const RateFeatures& features, const ContextTimes& times,
                                      const Residence& residence) const;

  /// Likelihood that bytes are in memory when `distance` other bytes were touched since their last use.
  [[nodiscard]] double evicted(double distance) const;

  /// All fits, for keeping them beside the points.
  [[nodiscard]] std::vector<RateFit> fit_all();

 private:
  struct Group {
    std::vector<FitPoint> points;
    RateFit fit;
    bool fitted = false;
  };
  using GroupKey = std::pair<std::string, CacheContext>;

  Group* group(const std::string& rate_class, CacheContext context);
  void prepare(const GroupKey& key, Group& group);
  [[nodiscard]] double warm_at(const std::string& rate_class, const FitPoint& point);
  [[nodiscard]] double activation_us(const RateFeatures& features) const;
  [[nodiscard]] double activation_rate(const std::string& family, const std::string& activation) const;
  void find_activations(const std::vector<CalibrationPoint>& points);
  void find_curve(const std::vector<ResidencyStep>& residency);
  void complete_contexts(const RateFeatures& features, const FitPoint& asked, ContextTimes& times);

  std::map<GroupKey, Group> groups_;
  std::map<std::pair<std::string, std::string>, double> activations_;  ///< (family, activation) → us per element
  std::vector<std::pair<double, double>> curve_;                       ///< log2 of bytes → likelihood
  double memory_us_per_byte_ = 0;
  double bias_us_ = 0;
  double isolation_us_ = 0;  ///< that every node of a micro-graph takes longer than in a sequence of its like
  double drift_ = 0;         ///< of the logarithm of a time, between two measurements of it
};

/// Microseconds that the smallest elementwise nodes take in the micro-graphs beyond what a node without work takes in a
/// chain of its like; 0 where the calibration has too few of them. In a micro-graph every node is of another kind than
/// the last; in models, as in the chain, most come again soon, while their code and tables are still at hand.
[[nodiscard]] double isolation_of(const Calibration& calibration);

/// Fits the points of a finished calibration, so that nobody has to do it again.
void fit_rates(Calibration& calibration);

}  // namespace costscan
