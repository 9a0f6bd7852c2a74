// The longest common subsequence of two lists of texts.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace costscan {

/// Index pairs, ascending on both sides. Lists whose lengths multiply to more than 25 million are too long to be
/// compared in full: then nothing is paired.
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> longest_common_subsequence(
    const std::vector<std::string>& a, const std::vector<std::string>& b);

}  // namespace costscan
