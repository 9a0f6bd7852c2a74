#include "cli/calibrate_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "calibrate/kept.hpp"
#include "reports/names.hpp"

namespace costscan::cli {
namespace {

std::string bytes_text(double bytes) {
  constexpr double kibi = 1024;
  if (bytes >= kibi * kibi) return fmt::format("{:.3g} MiB", bytes / kibi / kibi);
  return fmt::format("{:.3g} KiB", bytes / kibi);
}

struct ClassRow {
  std::vector<double> rates;  ///< warm ones
  std::set<CacheContext> contexts;
  std::size_t points = 0;
  bool by_bytes = false;
};

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
}

std::map<std::string, ClassRow> rows_of(const Calibration& calibration) {
  std::map<std::string, ClassRow> rows;
  for (const CalibrationPoint& point : calibration.points) {
    ClassRow& row = rows[point.rate_class];
    ++row.points;
    row.contexts.insert(point.context);
    row.by_bytes = std::abs(point.work - point.bytes) <= 0.01 * point.bytes;
    if (point.context == CacheContext::warm && point.us > 0 && point.work > 0) {
      row.rates.push_back(point.work / (point.us * 1e-6));
    }
  }
  return rows;
}

std::string left_out_error(const Calibration& calibration, const std::string& rate_class) {
  for (const RateFit& fit : calibration.fits) {
    if (fit.rate_class != rate_class || fit.context != CacheContext::warm || fit.points < 3) continue;
    return fmt::format("{:.1f}% / {:.0f}%", 100 * fit.median_error, 100 * fit.p90_error);
  }
  return "";
}

std::string class_table(const Calibration& calibration) {
  std::string out =
      fmt::format("{:<46}{:>7}  {:<24}{}\n", "class", "points", "rate, 10th to 90th", "left out: median / p90");
  for (auto& [name, row] : rows_of(calibration)) {
    std::string rate;
    if (!row.rates.empty()) {
      std::ranges::sort(row.rates);
      rate = fmt::format("{} to {}", quantity(quantile(row.rates, 0.1), ""),
                         quantity(quantile(row.rates, 0.9), row.by_bytes ? "B/s" : "op/s"));
    }
    out += fmt::format("{:<46}{:>7}  {:<24}{}\n", name, row.points, rate, left_out_error(calibration, name));
  }
  return out;
}

std::string peaks_text(const Calibration& calibration) {
  std::string out;
  for (const ComputePeak& peak : calibration.compute_peaks) {
    out += fmt::format("  {} {} ({})", peak.dtype, quantity(peak.operations_per_second, "op/s"), peak.instructions);
  }
  out = "hardware  " + out + "\ncopy      ";
  for (const CopyBandwidth& copy : calibration.copy_bandwidth) {
    out += fmt::format("  {} {}", copy.level, quantity(copy.bytes_per_second, "B/s"));
  }
  return out + "\n";
}

/// The best product that the runtime reached against what the loops of our own did.
std::string efficiency_text(const Calibration& calibration) {
  double peak = 0;
  for (const ComputePeak& each : calibration.compute_peaks) {
    if (each.dtype == "float32") peak = std::max(peak, each.operations_per_second);
  }
  double best = 0;
  for (const CalibrationPoint& point : calibration.points) {
    if (point.rate_class == "gemm" && point.us > 0) best = std::max(best, point.work / (point.us * 1e-6));
  }
  if (peak <= 0 || best <= 0) return "";
  return fmt::format("runtime     best matrix product {}, {:.0f}% of the hardware's\n", quantity(best, "FLOP/s"),
                     100 * best / peak);
}

std::string residency_text(const Calibration& calibration) {
  if (calibration.residency.empty()) return "";
  std::string out = "weights   ";
  for (const ResidencyStep& step : calibration.residency) {
    out += fmt::format("  {}: {}", bytes_text(step.footprint_bytes), quantity(step.bytes_per_second, "B/s"));
  }
  return out + "\n";
}

}  // namespace

std::string calibration_text(const Calibration& calibration) {
  const CalibrationStability& stability = calibration.stability;
  std::string out = calibrate::title_of(calibration) + "\n";
  out += fmt::format("            {} points in {:.0f} s\n", calibration.points.size(), calibration.seconds);
  out += peaks_text(calibration) + efficiency_text(calibration) + residency_text(calibration);
  out += fmt::format("overheads   profiling adds {:.2f} us to a node; an empty node takes {:.2f} us\n",
                     calibration.profiler_bias_us, calibration.dispatch_us);
  out += fmt::format(
      "stability   {}: {} nodes of the sample, drift {:.3f}, slowest over fastest {:.2f} at the 90th percentile\n",
      stability.steady ? "steady" : "unsteady", stability.points, stability.median_ratio, stability.p90_ratio);
  if (stability.repeated > 0) {
    out += fmt::format(
        "            {} times measured again later: second fastest over fastest {:.2f} at the 90th percentile\n",
        stability.repeated, stability.p90_confirmation);
  }
  out += "\n";
  return out + class_table(calibration);
}

}  // namespace costscan::cli
