// Other people's messages, made fit for one line.
#pragma once

#include <string>
#include <string_view>

namespace costscan {

/// Runs of white space become one blank, colour codes and control characters go; at most `longest` bytes.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t longest = 400);

}  // namespace costscan
