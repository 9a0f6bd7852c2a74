#include "measure/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "measure/statistics.hpp"

namespace costscan {
namespace {

std::vector<double> drawn(std::span<const double> samples, const std::vector<std::size_t>& rounds) {
  std::vector<double> out;
  out.reserve(rounds.size());
  for (const std::size_t round : rounds) out.push_back(samples[round]);
  return out;
}

/// Linear between the two nearest order statistics.
double quantile(const std::vector<double>& sorted, double p) {
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - std::floor(at));
}

bool all_positive(std::span<const double> samples) {
  return std::ranges::all_of(samples, [](double us) { return us > 0 && std::isfinite(us); });
}

using Sitting = std::vector<const PairRound*>;

std::vector<Sitting> by_sitting(std::span<const PairRound> rounds) {
  std::map<std::int32_t, Sitting> groups;
  for (const PairRound& round : rounds) groups[round.sitting].push_back(&round);
  std::vector<Sitting> out;
  for (auto& [number, group] : groups) out.push_back(std::move(group));
  return out;
}

struct Pooled {
  std::vector<double> first;
  std::vector<double> second;

  void add(const PairRound& round) {
    first.insert(first.end(), round.first_us.begin(), round.first_us.end());
    second.insert(second.end(), round.second_us.begin(), round.second_us.end());
  }

  /// nullopt where a side is empty or takes no time.
  [[nodiscard]] std::optional<double> ratio() const {
    const double above = median_of(first);
    const double below = median_of(second);
    return above > 0 && below > 0 ? std::optional(above / below) : std::nullopt;
  }
};

Pooled resampled(const std::vector<Sitting>& sittings, std::mt19937_64& random) {
  const auto below = [&](std::size_t size) { return std::uniform_int_distribution<std::size_t>(0, size - 1)(random); };
  Pooled pooled;
  for (std::size_t s = 0; s < sittings.size(); ++s) {
    const Sitting& sitting = sittings[below(sittings.size())];
    for (std::size_t r = 0; r < sitting.size(); ++r) pooled.add(*sitting[below(sitting.size())]);
  }
  return pooled;
}

/// Sorts `ratios` and cuts the same share off both ends.
void take_interval(RatioInterval& out, std::vector<double>& ratios, double confidence) {
  std::ranges::sort(ratios);
  const double tail = (1 - confidence) / 2;
  out.low = quantile(ratios, tail);
  out.high = quantile(ratios, 1 - tail);
  out.confidence = confidence;
}

}  // namespace

RatioInterval bootstrap_ratio(std::span<const double> numerator, std::span<const double> denominator,
                              const BootstrapOptions& options) {
  const std::size_t rounds = std::min(numerator.size(), denominator.size());
  numerator = numerator.first(rounds);
  denominator = denominator.first(rounds);
  RatioInterval out{.high = std::numeric_limits<double>::infinity()};
  if (rounds == 0 || !all_positive(numerator) || !all_positive(denominator)) return out;
  out.ratio = median_of({numerator.begin(), numerator.end()}) / median_of({denominator.begin(), denominator.end()});
  if (rounds < 2 || options.resamples < 2) return out;

  std::mt19937_64 random(options.seed);
  std::uniform_int_distribution<std::size_t> any_round(0, rounds - 1);
  std::vector<double> ratios;
  ratios.reserve(static_cast<std::size_t>(options.resamples));
  std::vector<std::size_t> chosen(rounds);
  for (std::int32_t i = 0; i < options.resamples; ++i) {
    for (std::size_t& round : chosen) round = any_round(random);
    ratios.push_back(median_of(drawn(numerator, chosen)) / median_of(drawn(denominator, chosen)));
  }
  take_interval(out, ratios, options.confidence);
  return out;
}

std::optional<RatioInterval> bootstrap_ratio(std::span<const PairRound> rounds, const BootstrapOptions& options) {
  if (rounds.size() < fewest_rounds) return std::nullopt;
  Pooled all;
  for (const PairRound& round : rounds) all.add(round);
  const auto ratio = all.ratio();
  if (!ratio) return std::nullopt;
  const std::vector<Sitting> sittings = by_sitting(rounds);
  std::mt19937_64 random(options.seed);
  std::vector<double> ratios;
  for (std::int32_t i = 0; i < options.resamples; ++i) {
    if (const auto drawn = resampled(sittings, random).ratio()) ratios.push_back(*drawn);
  }
  if (ratios.empty()) return std::nullopt;
  RatioInterval out{.ratio = *ratio};
  take_interval(out, ratios, options.confidence);
  return out;
}

}  // namespace costscan
