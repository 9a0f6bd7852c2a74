#include "predict/slow_roofs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "predict/machines.hpp"
#include "predict/rate_features.hpp"
#include "predict/rate_model.hpp"

namespace costscan {
namespace {

constexpr double us_in_a_second = 1e6;

bool usable(double rate) { return std::isfinite(rate) && rate > 0; }

/// Best work per second of each class. Points that hardly exceed what measuring a node alone adds (the profiler's own
/// cost, standing among nodes of other kinds) say nothing of a rate, so they count only for classes that have no other.
std::map<std::string, double, std::less<>> best_rates(const Calibration& calibration) {
  std::map<std::string, double, std::less<>> best;
  std::map<std::string, double, std::less<>> best_of_short;
  const double bias = std::max(0.0, calibration.profiler_bias_us) + isolation_of(calibration);
  const double shortest = std::max(20.0, 10 * bias);
  for (const CalibrationPoint& point : calibration.points) {
    if (!usable(point.work) || !usable(point.us)) continue;
    const bool is_short = point.us < shortest;
    const double us = is_short ? point.us : point.us - bias;
    double& rate = (is_short ? best_of_short : best)[point.rate_class];
    rate = std::max(rate, point.work / us * us_in_a_second);
  }
  best.merge(best_of_short);
  return best;
}

/// Of a calibration: its hardware peaks; what it lacks comes from the roofs of the run.
Roofs calibrated_roofs(const Calibration& calibration, const Measurement& measurement) {
  Roofs roofs;
  roofs.name = "calibrated here";
  roofs.source = fmt::format(
      "costscan calibrate ({}, {}): the best rate that each class of kernels reached under ONNX Runtime {} with {} "
      "thread{}, and the hardware's own peaks",
      calibration.mode, calibration.made, calibration.key.runtime_version, calibration.key.threads,
      calibration.key.threads == 1 ? "" : "s");
  roofs.best_of_class = best_rates(calibration);
  const MeasuredRoofs run = measurement.roofs.value_or(MeasuredRoofs{});
  roofs.rates.flops_per_second = run.flops_per_second;
  roofs.rates.bytes_per_second = run.bytes_per_second;
  roofs.rates.dispatch_us = calibration.dispatch_us > 0 ? calibration.dispatch_us : run.dispatch_us;
  for (const ComputePeak& peak : calibration.compute_peaks) {
    const std::optional<DType> dtype = dtype_from_string(peak.dtype);
    if (!dtype || !usable(peak.operations_per_second)) continue;
    if (*dtype == DType::float32) {
      roofs.rates.flops_per_second = peak.operations_per_second;
    } else {
      roofs.rates.type_rates.push_back({*dtype, peak.operations_per_second, peak.instructions});
    }
  }
  for (const CopyBandwidth& level : calibration.copy_bandwidth) {
    if (!usable(level.bytes_per_second) || !usable(level.working_set_bytes)) continue;
    roofs.copies.push_back({static_cast<std::int64_t>(level.working_set_bytes), level.bytes_per_second});
  }
  std::ranges::sort(roofs.copies, {}, &CopyRate::footprint_bytes);
  if (roofs.copies.empty()) roofs.copies = run.copies;
  if (!roofs.copies.empty()) roofs.rates.bytes_per_second = roofs.copies.back().bytes_per_second;
  return roofs;
}

bool fits(const Calibration& calibration, const Measurement& measurement) {
  return calibration.key.runtime_version == measurement.runtime_version &&
         calibration.key.threads == measurement.threads && calibration.key.cpu == measurement.machine.cpu;
}

Roofs measured_roofs(const Measurement& measurement, const MeasuredRoofs& run) {
  Roofs roofs;
  roofs.name = "measured here";
  roofs.source = fmt::format(
      "measured in this run under ONNX Runtime {}: fp32 matrix multiply, copies of several sizes, chain of tiny ops",
      measurement.runtime_version);
  roofs.rates.flops_per_second = run.flops_per_second;
  roofs.rates.bytes_per_second = run.bytes_per_second;
  roofs.rates.dispatch_us = std::isfinite(run.dispatch_us) ? std::max(0.0, run.dispatch_us) : 0;
  roofs.copies = run.copies;
  return roofs;
}

/// Class of an executed node of the main graph and the unit of its rate.
std::optional<RateFeatures> features_of(const Analysis& analysis, std::size_t runtime) {
  if (!analysis.executed || runtime >= analysis.measurement.nodes.size()) return std::nullopt;
  const std::int32_t node = analysis.measurement.nodes[runtime].optimized_node;
  if (node < 0) return std::nullopt;
  return rate_features(analysis.executed->scopes.front(), static_cast<std::size_t>(node),
                       analysis.runtime[runtime].cost);
}

struct WorkTime {
  double compute_us = 0;
  double memory_us = 0;
};

/// At the hardware's peaks: arithmetic by type, and memory by what holds one execution's bytes.
WorkTime at_peaks(const NodeCost& cost, const Roofs& roofs, const ComputeTypes& types) {
  const auto bytes = static_cast<double>(cost.compulsory_bytes);
  const double footprint = bytes / static_cast<double>(std::max<std::int64_t>(cost.executions, 1));
  return {compute_seconds(cost.work, roofs.rates, types) * us_in_a_second,
          bytes / bandwidth_at(roofs, footprint) * us_in_a_second};
}

/// At the best that this class of kernels was seen to reach; memory stays a limit for both kinds of class.
WorkTime at_class_best(const NodeCost& cost, const WorkTime& peaks, WorkUnit unit, double best) {
  if (unit == WorkUnit::flops) {
    const double operations = static_cast<double>(cost.work.flops) + static_cast<double>(cost.work.int_ops);
    return {operations / best * us_in_a_second, peaks.memory_us};
  }
  return {peaks.compute_us,
          std::max(peaks.memory_us, static_cast<double>(cost.compulsory_bytes) / best * us_in_a_second)};
}

}  // namespace

std::optional<Roofs> choose_roofs(const Analysis& analysis, const Calibration* calibration) {
  const Measurement& measurement = analysis.measurement;
  if (calibration != nullptr && fits(*calibration, measurement)) {
    Roofs roofs = calibrated_roofs(*calibration, measurement);
    if (usable(roofs.rates.flops_per_second) && usable(roofs.rates.bytes_per_second)) return roofs;
  }
  if (measurement.roofs && usable(measurement.roofs->flops_per_second) && usable(measurement.roofs->bytes_per_second)) {
    return measured_roofs(measurement, *measurement.roofs);
  }
  // Times from elsewhere: only a machine that the user named can be the one they come from.
  const bool made_here = !measurement.machine.cpu.empty();
  if (made_here || !analysis.rates.named) return std::nullopt;
  if (!usable(analysis.rates.flops_per_second) || !usable(analysis.rates.bytes_per_second)) return std::nullopt;
  Roofs roofs;
  roofs.name = analysis.rates.name;
  roofs.source = analysis.rates.source;
  roofs.rates = analysis.rates;
  return roofs;
}

double bandwidth_at(const Roofs& roofs, double footprint_bytes) {
  const std::vector<CopyRate>& copies = roofs.copies;
  if (copies.empty()) return roofs.rates.bytes_per_second;
  const auto size_of = [](const CopyRate& copy) { return static_cast<double>(copy.footprint_bytes); };
  const auto above = std::ranges::lower_bound(copies, footprint_bytes, {}, size_of);
  if (above == copies.begin()) return above->bytes_per_second;
  if (above == copies.end()) return copies.back().bytes_per_second;
  const CopyRate& below = *std::prev(above);
  const double part = std::log(footprint_bytes / size_of(below)) / std::log(size_of(*above) / size_of(below));
  return below.bytes_per_second * std::pow(above->bytes_per_second / below.bytes_per_second, part);
}

std::optional<RoofTime> time_at_roof(const Analysis& analysis, const Roofs& roofs, std::size_t runtime) {
  const NodeCost& cost = analysis.runtime[runtime].cost;
  if (cost.trust == Trust::unknown) return std::nullopt;
  const double dispatch_us = roofs.rates.dispatch_us * static_cast<double>(std::max<std::int64_t>(cost.executions, 0));
  RoofTime out;
  const bool works = cost.work.flops > 0 || cost.work.int_ops > 0 || cost.compulsory_bytes > 0;
  if (cost.view || !works) return RoofTime{dispatch_us, Bound::free, std::nullopt};
  const WorkTime peaks = at_peaks(cost, roofs, compute_types(analysis, runtime));
  WorkTime best = peaks;
  if (!roofs.best_of_class.empty()) {
    out.machine_us = std::max(peaks.compute_us, peaks.memory_us) + dispatch_us;
    if (const auto features = features_of(analysis, runtime)) {
      const auto found = roofs.best_of_class.find(features->rate_class);
      if (found != roofs.best_of_class.end()) best = at_class_best(cost, peaks, features->unit, found->second);
    }
  }
  const double work_us = std::max(best.compute_us, best.memory_us);
  out.us = work_us + dispatch_us;
  out.limit = work_us < dispatch_us              ? Bound::dispatch
              : best.compute_us > best.memory_us ? Bound::compute
                                                 : Bound::memory;
  return out;
}

}  // namespace costscan
