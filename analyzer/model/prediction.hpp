// How the predicted times came about: what they rest on, how far they can be believed, and on which classes they stand.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace costscan {

/// What was known of the executed graph.
enum class PlanSource {
  modelled,  ///< --static: costscan's own model of the runtime's optimiser
  runtime,   ///< --plan: the runtime optimised, nothing was executed
  measured,  ///< the runtime executed it: its shapes are the run's own
};

/// Predicted time by class of rates, all executed nodes of it together.
struct ClassTime {
  std::string rate_class;
  std::int64_t nodes = 0;
  double us = 0;
  std::optional<double> measured_us;  ///< where all nodes of the class were measured
  bool calibrated = false;
  std::string asked_class;  ///< whose rates were used; another one where this was not calibrated, empty: memory's speed
};

/// Only with a calibration of this machine. Times in microseconds.
struct PredictionReport {
  PlanSource plan = PlanSource::measured;
  std::string calibration;            ///< "full calibration of 2026-11-21 (ONNX Runtime 1.31.1, 1 thread, 3120 points)"
  std::string cpu;                    ///< the machine that was calibrated
  std::optional<double> age_seconds;  ///< of the calibration, when this was predicted
  double us = 0;                      ///< of the executed nodes together
  double low_us = 0;                  ///< 90% interval of the model
  double high_us = 0;
  double uncalibrated_share = 0;   ///< of `us`, on classes without points of their own
  std::int64_t unknown_nodes = 0;  ///< executed nodes that have no prediction: a shape is unknown
  std::vector<ClassTime> classes;  ///< the slowest first
};

[[nodiscard]] constexpr const char* to_string(PlanSource plan) noexcept {
  switch (plan) {
    case PlanSource::modelled: return "modelled";
    case PlanSource::runtime: return "runtime";
    case PlanSource::measured: break;
  }
  return "measured";
}

}  // namespace costscan
