// Which passes to run on a model, in which order, and what each is expected to bring where the model runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/comparison.hpp"

namespace costscan {

/// A predicted gain in microseconds, above 0 where the model becomes faster.
struct Gain {
  double us = 0;
  double deviation_us = 0;  ///< one standard deviation of the error that the prediction may have

  /// 90% interval.
  [[nodiscard]] double low() const noexcept { return us - 1.645 * deviation_us; }
  [[nodiscard]] double high() const noexcept { return us + 1.645 * deviation_us; }
};

enum class AdviceVerdict {
  pays,            ///< the whole interval is above 0
  may_pay,         ///< it is expected to, but the interval holds 0
  enables,         ///< nothing by itself, but another pass of the advice needs it
  no_effect,       ///< the runtime executes the same with and without it
  slower,          ///< it is expected to make the executed model slower
  off_by_default,  ///< it pays, but is off by default, for what it may change
};

struct AdvisedPass {
  std::string name;
  std::string summary;
  std::string kind;      ///< elimination, folding, fusion, lowering
  std::string accuracy;  ///< accuracy class
  AdviceVerdict verdict = AdviceVerdict::no_effect;
  std::int64_t sites = 0;
  std::int64_t nodes_removed = 0;
  std::int64_t nodes_added = 0;
  double written_us = 0;         ///< gain of the graph as written
  std::optional<Gain> executed;  ///< gain of what the runtime would execute; nullopt: that could not be modelled
  std::string why;               ///< in words: what the runtime executes more and less of
  std::string caution;           ///< what it may change; empty for lossless passes
};

struct AdvisedState {
  std::int64_t nodes = 0;
  double written_us = 0;
  std::optional<double> executed_us;
};

struct Advice {
  std::string model;                         ///< stem
  std::string file;                          ///< as it was named
  std::vector<std::string> command_options;  ///< that the advice holds for: "--dim", "batch=8"
  std::string family;                        ///< by its fingerprint
  std::string machine;
  std::string basis;                     ///< what the predictions rest on
  std::vector<AdvisedPass> passes;       ///< that found something, in the order in which they would run
  std::vector<std::string> recommended;  ///< names, in order; empty: none pays
  AdvisedState before;
  AdvisedState after;         ///< with the recommended passes
  std::optional<Gain> total;  ///< of the recommended passes together
  AdvisedState everything;    ///< with all passes that are on by default
  std::optional<Gain> everything_total;
  std::optional<PairMeasurement> measured;  ///< the model against itself after the recommended passes; all, where none
  std::vector<std::string> measured_passes;
  std::vector<std::string> dims;  ///< "batch=1", as bound
  std::vector<std::string> warnings;
};

[[nodiscard]] constexpr const char* to_string(AdviceVerdict verdict) noexcept {
  switch (verdict) {
    case AdviceVerdict::pays: return "pays";
    case AdviceVerdict::may_pay: return "may pay";
    case AdviceVerdict::enables: return "enables";
    case AdviceVerdict::slower: return "slower";
    case AdviceVerdict::off_by_default: return "optional";
    case AdviceVerdict::no_effect: break;
  }
  return "no effect";
}

}  // namespace costscan
