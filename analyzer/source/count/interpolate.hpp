// Closed forms from values: an exact polynomial through executions with small symbols, held against further ones.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "source/count/poly.hpp"

namespace costscan::source::count {

using Binding = std::map<std::string, std::int64_t>;
using Sampler = std::function<std::optional<std::int64_t>(const Binding&)>;

/// The polynomial of `symbols` that equals `sample` around `base` and at `held_out`, which it has not seen; nullopt
/// where there is none of small degree.
[[nodiscard]] std::optional<Poly> interpolate(Algebra& algebra, const std::vector<std::string>& symbols,
                                              const Binding& base, const std::vector<Binding>& held_out,
                                              const Sampler& sample);

}  // namespace costscan::source::count
