// What an executed node works on, in the words that people use for it.
#pragma once

#include <cstdint>
#include <string>

#include "model/analysis.hpp"

namespace costscan {

/// Index into Analysis::nodes of the row that does most of what an executed node does; -1 where it stands for none.
[[nodiscard]] std::int32_t main_row(const Analysis& analysis, std::size_t runtime);

/// "3x3, 64 channels at 56x56"; "128x768 times 768x3072"; "128 rows of 768"; else the shape of the output. Empty where
/// no shape is known. Sizes are those of the file's own node where there is one: the runtime pads and reorders.
[[nodiscard]] std::string work_in_words(const Analysis& analysis, std::size_t runtime);

}  // namespace costscan
