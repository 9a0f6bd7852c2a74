#include "passes/judgement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "model/text.hpp"

namespace costscan {
namespace {

/// What is promised on the inputs of one run (docs/accuracy-classes.md, "NaN and infinity").
struct RunPromise {
  bool same_bits = false;
  bool within_bound = false;  ///< where both are finite
  SpecialValues special = SpecialValues::anything;
};

SpecialValues weakest_of(const std::vector<std::string>& passes) {
  SpecialValues weakest = SpecialValues::the_same;
  for (const std::string& pass : passes) weakest = std::max(weakest, infinities_after(pass));
  return weakest;
}

RunPromise promise_for(const Promise& promise, InputClass inputs) {
  if (promise.accuracy == AccuracyClass::lossless) return {.same_bits = true};
  switch (inputs) {
    case InputClass::ordinary:
    case InputClass::nan: return {.within_bound = true, .special = SpecialValues::the_same};
    case InputClass::finite: return {.special = SpecialValues::finite_stays_finite};
    case InputClass::infinite: return {.within_bound = true, .special = weakest_of(promise.passes)};
    case InputClass::large: break;
  }
  return {};
}

std::string in_words(const RunPromise& promised, const std::optional<double>& bound) {
  if (promised.same_bits) return "the same bits";
  std::vector<std::string> parts;
  if (promised.within_bound && bound) parts.push_back(fmt::format("within {:.2g}", *bound));
  if (promised.special == SpecialValues::the_same) parts.emplace_back("NaN and infinity the same");
  if (promised.special == SpecialValues::finite_stays_finite) parts.emplace_back("finite stays finite");
  return parts.empty() ? "nothing: only reported" : fmt::format("{}", fmt::join(parts, "; "));
}

/// An output's largest finite magnitude on ordinary inputs: what a bound is relative to where NaN hides the rest.
using OrdinaryScale = std::map<std::string, double>;

class Judge {
 public:
  Judge(const Promise& promise, const std::optional<double>& bound) : promise_(promise), bound_(bound) {}

  void learn_scale(const RunDifference& run) {
    for (const OutputDifference& output : run.outputs) {
      double& largest = scale_[output.name];
      largest = std::max(largest, output.largest);
    }
  }

  /// What is wrong with one output by the promise; empty where nothing is.
  std::string fault(const RunPromise& promised, const OutputDifference& output) const {
    if (!output.reason.empty() && output.differing > 0) return output.reason;
    if (output.differing == 0) return {};
    if (promised.same_bits) {
      return fmt::format("{} of {} elements differ by up to {:g}{}, the passes promise the same bits", output.differing,
                         output.elements, output.max_abs, special_words(output));
    }
    const bool strict = promised.special == SpecialValues::the_same;
    if (strict && output.special > 0) {
      return fmt::format("{} elements are NaN or infinite in only one model", output.special);
    }
    if (promised.special == SpecialValues::finite_stays_finite && output.introduced > 0) {
      return fmt::format("{} elements are finite in the original and not in the optimised model", output.introduced);
    }
    const double scale = scale_of(output);
    if (promised.within_bound && bound_ && output.max_abs > *bound_ * scale) {
      return fmt::format("differs by up to {:g}, {:g} of its largest magnitude, where {} promise {:g}", output.max_abs,
                         output.max_abs / scale, fmt::join(promise_.passes, ", "), *bound_);
    }
    return {};
  }

 private:
  static std::string special_words(const OutputDifference& output) {
    return output.special == 0 ? std::string()
                               : fmt::format(", {} are NaN or infinite in only one model", output.special);
  }

  double scale_of(const OutputDifference& output) const {
    const auto ordinary = scale_.find(output.name);
    return std::max(output.largest, ordinary == scale_.end() ? 0.0 : ordinary->second);
  }

  const Promise& promise_;
  const std::optional<double>& bound_;
  OrdinaryScale scale_;
};

}  // namespace

void judge(Verification& found, const Promise& promise, InputClass (*class_of)(std::string_view run)) {
  Judge judgement(promise, found.bound);
  for (const RunDifference& run : found.runs) {
    if (class_of(run.name) == InputClass::ordinary) judgement.learn_scale(run);
  }
  for (RunDifference& run : found.runs) {
    const RunPromise promised = promise_for(promise, class_of(run.name));
    run.promise = in_words(promised, found.bound);
    const std::size_t broken_before = found.broken.size();
    if (run.broken) found.broken.push_back(fmt::format("{}: only one of the models runs: {}", run.name, run.reason));
    for (const OutputDifference& output : run.outputs) {
      found.max_abs = std::max(found.max_abs, output.max_abs);
      found.max_rel = std::max(found.max_rel, output.max_rel);
      if (const std::string what = judgement.fault(promised, output); !what.empty()) {
        found.broken.push_back(fmt::format("{}: '{}': {}", run.name, printable(output.name), what));
      }
    }
    run.holds = found.broken.size() == broken_before;
  }
}

}  // namespace costscan
