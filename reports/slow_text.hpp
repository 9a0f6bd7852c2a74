// Where it is slow and why, in sentences.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/slow.hpp"

namespace costscan {

/// "/layer1/conv2  0.61 ms at 48% of the roof: Conv 3x3, 64 channels; would save 0.32 ms, 1.1 ms with 3 alike".
[[nodiscard]] std::string gap_sentence(const Analysis& analysis, const Gap& gap);

/// The same for `width` columns: one line where it fits, else two, the name shortened where it has to be.
[[nodiscard]] std::vector<std::string> gap_lines(const Analysis& analysis, const Gap& gap, std::size_t width);

/// The executed node's main row by name, and how many more it stands for; its own name where it stands for none.
[[nodiscard]] std::string gap_name(const Analysis& analysis, const Gap& gap);

/// Shares of the measured latency by what limits the executed nodes: "93.1% compute", ..., "0.4% between nodes". Empty
/// where the latency is not known.
[[nodiscard]] std::vector<std::string> bound_shares(const SlowReport& slow);

/// Share of the latency outside all nodes. Below 0 the nodes, timed in other runs, add up to more than the latency:
/// then it says that, and no share.
[[nodiscard]] std::string between_text(double between_us, double latency_us);

/// What the runtime spends on itself: cost of dispatch, layouts and types that it changes, and what profiling added
/// (and was taken off). Empty where the latency is not known.
[[nodiscard]] std::vector<std::string> overhead_facts(const Analysis& analysis);

}  // namespace costscan
