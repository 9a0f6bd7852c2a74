#include "predict/rate_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

namespace costscan {
namespace {

std::vector<double> logarithms(const std::vector<double>& coords) {
  std::vector<double> x;
  x.reserve(coords.size());
  for (const double coordinate : coords) x.push_back(std::log2(std::max(coordinate, 1.0)));
  return x;
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> heads) {
  return std::ranges::any_of(heads, [&](std::string_view head) { return text.starts_with(head); });
}

/// Products compute whole vectors of columns: what the last one lacks is computed all the same.
double effective_work(std::string_view rate_class, const std::vector<double>& coords, double work) {
  if (!starts_with_any(rate_class, {"gemm", "bmm"}) || coords.size() < 2) return work;
  constexpr double lanes = 16;
  return work * std::ceil(coords[1] / lanes) * lanes / coords[1];
}

FitPoint fit_point(const CalibrationPoint& point) {
  FitPoint found;
  found.x = logarithms(point.coords);
  found.work = effective_work(point.rate_class, point.coords, point.work);
  found.bytes = point.bytes;
  found.us = point.us;
  constexpr double quartiles = 1.349;  // deviations between the quartiles of a normal distribution
  found.noise = point.spread / quartiles;
  return found;
}

bool counts_operations(const RateFeatures& features) { return features.unit == WorkUnit::flops; }

/// "conv_nchwc/1x1/s1:float16" → "conv_nchwc": what shares the cost of an activation.
std::string family_of(std::string_view rate_class) { return std::string(rate_class.substr(0, rate_class.find('/'))); }

struct Relative {
  std::string_view head;   ///< a class that starts so and has no points
  std::string_view other;  ///< is asked as this one; the rest of the name is dropped unless it ends in '/'
};

/// What comes closest where a class was not calibrated; such predictions are marked. In order of preference.
constexpr std::array relatives = {
    Relative{"bmm/", "bmm"},
    Relative{"gemm/", "gemm"},
    Relative{"gemm_dynamic", "gemm"},
    Relative{"bmm", "gemm"},
    Relative{"einsum", "bmm"},
    Relative{"conv_nchwc/kxk/s1", "conv_nchwc/3x3/s1"},
    Relative{"conv_nchwc/kxk/s2", "conv_nchwc/3x3/s2"},
    Relative{"conv_nchwc/dw7x7/s1", "conv_nchwc/dw5x5/s1"},
    Relative{"conv_nchwc/dw7x7/s2", "conv_nchwc/dw5x5/s2"},
    Relative{"conv_nchwc/dwkxk/s1", "conv_nchwc/dw5x5/s1"},
    Relative{"conv_nchwc/dwkxk/s2", "conv_nchwc/dw5x5/s2"},
    Relative{"conv_nchwc/", "conv_nchwc/3x3/s1"},
    Relative{"conv/im2col", "conv_nchwc/3x3/s1"},
    Relative{"conv/", "conv/im2col"},
    Relative{"conv_transpose", "conv/im2col"},
    Relative{"qlinear_conv/", "qlinear_conv/im2col"},
    Relative{"conv_integer/", "qlinear_conv/im2col"},
    Relative{"qlinear_conv/im2col", "matmul_integer_to_float"},
    Relative{"matmul_nbits/", "gemm"},
    Relative{"matmul_integer", "dynamic_quantize_matmul"},
    Relative{"dynamic_quantize_matmul", "matmul_integer_to_float"},
    Relative{"qgemm", "qlinear_matmul"},
    Relative{"qlinear_matmul", "qgemm"},
    Relative{"attention/", "bmm"},
    Relative{"lstm", "gemm"},
    Relative{"gru", "lstm"},
    Relative{"rnn", "lstm"},
    Relative{"binary/Div", "binary/arith"},
    Relative{"binary/MinMax", "binary/arith"},
    Relative{"binary/", "binary/arith/same"},
    Relative{"Where/", "Where/same"},
    Relative{"norm/", "norm/LayerNormalization"},
    Relative{"softmax/", "softmax/Softmax"},
    Relative{"reduce/", "reduce/ReduceMean/inner"},
    Relative{"unary/", "unary/Tanh"},
    Relative{"generic/transcendental", "unary/Tanh"},
    Relative{"quantize/", "quantize/QuantizeLinear"},
    Relative{"qlinear/", "qlinear/QLinearAdd/same"},
    Relative{"Transpose/copy", "Concat"},
    Relative{"Transpose/", "Transpose/general"},
    Relative{"pool/", "pool/Max/s2"},
    Relative{"Resize/", "Resize/nearest"},
    Relative{"GatherElements", "Gather"},
    Relative{"GatherND", "Gather"},
    Relative{"Slice/strided", "Slice"},
    Relative{"Tile", "Expand"},
    Relative{"ReorderInput", "Transpose/batched2d"},
    Relative{"ReorderOutput", "Transpose/batched2d"},
};

/// Where no relative was calibrated either.
const char* last_resort(const RateFeatures& features) {
  return counts_operations(features) ? "gemm" : "binary/arith/same";
}

double interpolated(double at, const std::vector<std::pair<double, double>>& curve) {
  if (curve.empty() || at <= curve.front().first) return curve.empty() ? 0 : curve.front().second;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const auto& [right, high] = curve[i];
    const auto& [left, low] = curve[i - 1];
    if (at <= right) return low + (high - low) * (at - left) / (right - left);
  }
  return curve.back().second;
}

/// How far two measurements of one node lie apart on this machine, as a deviation of the logarithm: half of the
/// differences of two draws from a normal distribution are below 0.954 of its deviations.
double drift_of(const CalibrationStability& stability) {
  constexpr double median_difference = 0.954;
  return std::log(std::max(stability.median_confirmation, 1.0)) / median_difference;
}

}  // namespace

RateModel::RateModel(const Calibration& calibration)
    : bias_us_(calibration.profiler_bias_us), drift_(drift_of(calibration.stability)) {
  for (const CalibrationPoint& point : calibration.points) {
    if (point.activation.empty()) groups_[{point.rate_class, point.context}].points.push_back(fit_point(point));
  }
  for (const RateFit& fit : calibration.fits) {
    const auto found = groups_.find({fit.rate_class, fit.context});
    if (found == groups_.end() || fit.lengths.size() != found->second.points.front().x.size()) continue;
    found->second.fit = fit;
    found->second.fitted = true;
  }
  find_curve(calibration.residency);
  find_activations(calibration.points);
  isolation_us_ = isolation_of(calibration);
}

/// A weight's share of memory time in the time that the ladder saw, made to rise with the footprint.
void RateModel::find_curve(const std::vector<ResidencyStep>& residency) {
  if (residency.empty()) return;
  double slowest = 0;
  double fastest = std::numeric_limits<double>::infinity();
  for (const ResidencyStep& step : residency) {
    if (step.bytes_per_second <= 0) continue;
    slowest = std::max(slowest, 1 / step.bytes_per_second);
    fastest = std::min(fastest, 1 / step.bytes_per_second);
  }
  constexpr double us_per_second = 1e6;
  memory_us_per_byte_ = slowest * us_per_second;
  double reached = 0;
  for (const ResidencyStep& step : residency) {
    if (step.bytes_per_second <= 0) continue;
    const double share = slowest > fastest ? (1 / step.bytes_per_second - fastest) / (slowest - fastest) : 0;
    reached = std::max(reached, share);
    curve_.emplace_back(std::log2(std::max(step.footprint_bytes, 1.0)), reached);
  }
}

double RateModel::evicted(double distance) const { return interpolated(std::log2(std::max(distance, 1.0)), curve_); }

/// What an activation adds to each element, by comparing points with and without it; the middle of all.
void RateModel::find_activations(const std::vector<CalibrationPoint>& points) {
  std::map<std::pair<std::string, std::string>, std::vector<double>> seen;
  for (const CalibrationPoint& point : points) {
    if (point.activation.empty() || point.context != CacheContext::warm || point.out_elements <= 0) continue;
    const FitPoint asked = fit_point(point);
    if (group(point.rate_class, CacheContext::warm) == nullptr) continue;
    const double plain = warm_at(point.rate_class, asked);
    seen[{family_of(point.rate_class), point.activation}].push_back((point.us - plain) / point.out_elements);
  }
  for (auto& [key, values] : seen) {
    std::ranges::sort(values);
    activations_[key] = std::max(0.0, values[values.size() / 2]);
  }
}

double RateModel::activation_rate(const std::string& family, const std::string& activation) const {
  if (const auto found = activations_.find({family, activation}); found != activations_.end()) return found->second;
  double slowest = 0;  // an activation that was not timed: like the dearest of this family
  for (const auto& [key, rate] : activations_) {
    if (key.first == family) slowest = std::max(slowest, rate);
  }
  return slowest;
}

double RateModel::activation_us(const RateFeatures& features) const {
  if (features.activation.empty()) return 0;
  const std::string family = family_of(features.rate_class);
  if (activations_.contains({family, features.activation}))
    return activation_rate(family, features.activation) * features.out_elements;
  const std::size_t plus = features.activation.find('+');
  const std::string first = features.activation.substr(0, plus);
  double rate = first.empty() ? 0 : activation_rate(family, first);
  if (plus != std::string::npos) rate += activation_rate(family, features.activation.substr(plus));
  return rate * features.out_elements;
}

RateModel::Group* RateModel::group(const std::string& rate_class, CacheContext context) {
  const auto found = groups_.find({rate_class, context});
  if (found == groups_.end()) return nullptr;
  if (!found->second.fitted || (context != CacheContext::warm && found->second.points.front().warm_us == 0))
    prepare(found->first, found->second);
  return &found->second;
}

/// Cold points are fitted as what they add to the warm time; a class without warm points stands for itself.
void RateModel::prepare(const GroupKey& key, Group& group) {
  if (key.second != CacheContext::warm && groups_.contains({key.first, CacheContext::warm})) {
    for (FitPoint& point : group.points) point.warm_us = warm_at(key.first, point);
  }
  if (!group.fitted) group.fit = fit_points(key.first, key.second, group.points);
  group.fitted = true;
}

/// The warm time at a point's place: the point that was timed just there, else what lies between.
double RateModel::warm_at(const std::string& rate_class, const FitPoint& point) {
  const Group& warm = *group(rate_class, CacheContext::warm);
  for (const FitPoint& other : warm.points) {
    if (other.x == point.x && other.work == point.work) return other.us;
  }
  const Interpolated found = interpolate_factor(warm.fit, warm.points, point.x, warm.points.size());
  return base_us(warm.fit, point.work, point.bytes, 0) * found.factor;
}

ContextTimes RateModel::times(const RateFeatures& features) {
  ContextTimes found;
  found.rate_class = features.rate_class;
  found.calibrated = !features.generic;
  // First the same class of float32, then relatives; each step down is no longer a calibrated class.
  Group* warm = group(found.rate_class, CacheContext::warm);
  Group* any = warm != nullptr ? warm : group(found.rate_class, CacheContext::cold);
  if (any == nullptr) {
    found.calibrated = false;
    found.rate_class = found.rate_class.substr(0, found.rate_class.find(':'));
    any = group(found.rate_class, CacheContext::warm);
  }
  std::set<std::string, std::less<>> tried;
  while (any == nullptr && tried.insert(found.rate_class).second) {
    const auto next = std::ranges::find_if(relatives, [&](const Relative& entry) {
      return found.rate_class.starts_with(entry.head) && !tried.contains(entry.other);
    });
    found.rate_class = next == relatives.end() ? std::string_view(last_resort(features)) : next->other;
    any = group(found.rate_class, CacheContext::warm);
  }
  FitPoint asked;
  asked.x = logarithms(features.coords);
  asked.work = effective_work(features.rate_class, features.coords, features.work);
  asked.bytes = features.bytes_in + features.bytes_out + features.weight_bytes;
  if (any == nullptr) {
    found.rate_class.clear();
    found.warm_us = found.cold_weights_us = found.cold_us = asked.bytes * memory_us_per_byte_ + bias_us_;
    found.deviation = found.cold_deviation = 1;
    return found;
  }
  if (asked.x.size() == any->points.front().x.size()) {
    const Interpolated at = interpolate_factor(any->fit, any->points, asked.x, any->points.size());
    found.warm_us = base_us(any->fit, asked.work, asked.bytes, 0) * at.factor;
    found.deviation = at.deviation;
  } else {  // a relative with other coordinates: its base alone
    found.warm_us = base_us(any->fit, asked.work, asked.bytes, 0);
    found.deviation = any->fit.deviation;
  }
  constexpr double relatives_deviation = 0.4;
  if (!found.calibrated) found.deviation += relatives_deviation;
  found.cold_deviation = found.deviation;
  if (any->fit.context == CacheContext::cold) {  // never timed warm: its operands are always taken to be in memory
    found.cold_weights_us = found.cold_us = found.warm_us;
    return found;
  }
  complete_contexts(features, asked, found);
  return found;
}

/// The cold contexts, from points where there are any; else what reading the bytes from memory takes at least.
void RateModel::complete_contexts(const RateFeatures& features, const FitPoint& asked, ContextTimes& times) {
  const auto cold_time = [&](CacheContext context) -> std::optional<double> {
    Group* cold = group(times.rate_class, context);
    if (cold == nullptr) return std::nullopt;
    const double base = base_us(cold->fit, asked.work, asked.bytes, times.warm_us);
    if (asked.x.size() != cold->points.front().x.size()) return base;
    const Interpolated at = interpolate_factor(cold->fit, cold->points, asked.x, cold->points.size());
    times.cold_deviation = std::max(times.cold_deviation, at.deviation);
    return base * at.factor;
  };
  const double weights_us = features.weight_bytes * memory_us_per_byte_;
  const double all_us = asked.bytes * memory_us_per_byte_;
  const bool computes = counts_operations(features);
  const double floor = computes ? std::max(times.warm_us, weights_us) : times.warm_us;
  // What cold operands add is the difference of two times, and its noise that of both: memory bounds what can be true.
  constexpr double slack = 1.5;
  constexpr double fixed_us = 30;
  const auto bounded = [&](double us, double bytes_us) {
    return memory_us_per_byte_ > 0 ? std::min(us, times.warm_us + slack * bytes_us + fixed_us) : us;
  };
  const double cold_weights = cold_time(CacheContext::cold_weights).value_or(floor);
  times.cold_weights_us = std::max(times.warm_us, bounded(cold_weights, computes ? weights_us : all_us));
  const double cold = cold_time(CacheContext::cold).value_or(std::max(times.cold_weights_us, all_us));
  times.cold_us = std::max(times.cold_weights_us, bounded(cold, all_us));
}

TimeEstimate RateModel::estimate(const RateFeatures& features, const ContextTimes& times,
                                 const Residence& residence) const {
  const double weights_extra = times.cold_weights_us - times.warm_us;
  const double all_extra = times.cold_us - times.warm_us;
  const double total = std::max(features.bytes_in + features.bytes_out + features.weight_bytes, 1.0);
  double extra = 0;
  double doubt = 0;  // what the extra would be if the guess of where things are were wrong, weighted by its doubt
  // A replay is a guess itself: the arena may place buffers otherwise, and neighbours may use a shared cache.
  static constexpr double least_doubt = 0.15;
  const auto unsure = [](double p) { return std::max(p * (1 - p), least_doubt); };
  if (counts_operations(features)) {
    const double activations = std::max(features.bytes_in + features.bytes_out, 1.0);
    const double p = (features.bytes_in * residence.inputs + features.bytes_out * residence.outputs) / activations;
    const double rest = times.cold_us - times.cold_weights_us;
    extra = residence.weights * weights_extra + p * rest;
    doubt = unsure(residence.weights) * weights_extra + unsure(p) * rest;
  } else {
    const double p = (features.bytes_in * residence.inputs + features.bytes_out * residence.outputs +
                      features.weight_bytes * residence.weights) /
                     total;
    extra = std::max(p * all_extra, residence.streamed * weights_extra);
    doubt = std::max(unsure(p) * all_extra, unsure(residence.streamed) * weights_extra);
  }
  TimeEstimate found;
  const double kernel_us = times.warm_us + extra + activation_us(features);
  constexpr double smallest_us = 0.1;
  // A view does nothing but what the runtime does for every node: it is timed as it is.
  const double isolation_us = features.rate_class == "view" ? 0 : isolation_us_;
  found.us = std::max(smallest_us, kernel_us - bias_us_ - isolation_us);
  const double share_cold = extra / std::max(kernel_us, smallest_us);
  const double spread = (1 - share_cold) * times.deviation + share_cold * times.cold_deviation;
  // Profiles have whole microseconds, and the bias differs by a fraction of one from node to node.
  constexpr double rounding_us = 0.4;
  const double absolute = std::hypot(doubt, rounding_us) / found.us;
  found.deviation = std::hypot(spread, absolute, drift_);
  constexpr double deviations = 1.645;
  found.low_us = found.us * std::exp(-deviations * found.deviation);
  // What may be below the profile's resolution may read as nothing, once the profiler's own time is taken off.
  constexpr double resolution_us = 1;
  if (found.low_us < resolution_us) found.low_us = 0;
  found.high_us = found.us * std::exp(deviations * found.deviation);
  return found;
}

std::vector<RateFit> RateModel::fit_all() {
  std::vector<RateFit> fits;
  for (const CacheContext context : {CacheContext::warm, CacheContext::cold_weights, CacheContext::cold}) {
    for (const auto& [key, unused] : groups_) {
      if (key.second == context) fits.push_back(group(key.first, context)->fit);
    }
  }
  return fits;
}

double isolation_of(const Calibration& calibration) {
  constexpr double most_elements = 1024;
  std::map<std::string, std::pair<double, double>> smallest;  // class → (work, us)
  for (const CalibrationPoint& point : calibration.points) {
    const bool elementwise = point.rate_class.starts_with("unary/") || point.rate_class.starts_with("binary/");
    if (!elementwise || point.context != CacheContext::warm || !point.activation.empty()) continue;
    if (point.out_elements > most_elements) continue;
    const auto [at, fresh] = smallest.try_emplace(point.rate_class, point.out_elements, point.us);
    if (!fresh && point.out_elements < at->second.first) at->second = {point.out_elements, point.us};
  }
  std::vector<double> us;
  for (const auto& [name, point] : smallest) us.push_back(point.second);
  constexpr std::size_t fewest_classes = 5;
  if (us.size() < fewest_classes) return 0;
  std::ranges::sort(us);
  return std::max(0.0, us[us.size() / 2] - calibration.profiler_bias_us - calibration.dispatch_us);
}

void fit_rates(Calibration& calibration) {
  calibration.fits.clear();
  calibration.fits = RateModel(calibration).fit_all();
}

}  // namespace costscan
