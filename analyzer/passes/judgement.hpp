// What passes promise on each kind of input, and whether the answers of both models keep it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/optimization.hpp"
#include "passes/accuracy.hpp"
#include "passes/pass.hpp"

namespace costscan {

/// What a run promises of its outputs: the weakest promise of the passes that changed something.
struct Promise {
  AccuracyClass accuracy = AccuracyClass::lossless;
  std::vector<std::string> passes;  ///< those that do not promise the same bits
  std::vector<std::int64_t> sites;  ///< places where each of these changed something
};

/// What the floating inputs of a run are like.
enum class InputClass {
  ordinary,  ///< what the model is made for
  finite,    ///< tiny, constant, shifted: nothing overflows
  large,     ///< intermediates may overflow
  nan,       ///< a NaN among them, no infinity
  infinite   ///< infinities among them
};

/// Sets `promise` and `holds` of every run, and the overall figures and broken promises of `found`, whose runs, bound
/// and reasons are there already. `class_of(name)` tells what the inputs of a run are like.
void judge(Verification& found, const Promise& promise, InputClass (*class_of)(std::string_view run));

}  // namespace costscan
