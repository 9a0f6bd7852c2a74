#include "cli/dims.hpp"

#include <fmt/core.h>

#include <charconv>

#include "model/text.hpp"

namespace costscan::cli {

Result<Dims> parse_dims(const std::vector<std::string>& texts) {
  Dims dims;
  for (const std::string& text : texts) {
    const auto equals = text.rfind('=');
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const char* first = text.data() + (equals == std::string::npos ? text.size() : equals + 1);
    const auto [rest, error] = std::from_chars(first, end, value);
    if (equals == std::string::npos || equals == 0 || error != std::errc{} || rest != end) {
      return fail(
          ErrorKind::usage,
          fmt::format("--dim takes NAME=N with a whole number, for example --dim batch=8, not '{}'", printable(text)));
    }
    dims.emplace_back(text.substr(0, equals), value);
  }
  return dims;
}

}  // namespace costscan::cli
