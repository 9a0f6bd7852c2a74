// Helpers that the tables of cases share.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "calibrate/cases.hpp"

namespace costscan::calibrate {

using Build = std::function<void(GraphBuilder&)>;
using Sizes = std::vector<std::int64_t>;

inline std::int64_t elements_of(const Shape& shape) {
  std::int64_t elements = 1;
  for (const std::int64_t dim : shape) elements *= dim;
  return elements;
}

inline bool among(std::int64_t value, std::initializer_list<std::int64_t> list) {
  return std::ranges::find(list, value) != list.end();
}

inline std::string joined(const Shape& shape) { return fmt::format("{}", fmt::join(shape, "x")); }

inline double product(std::initializer_list<std::int64_t> factors) {
  double out = 1;
  for (const std::int64_t factor : factors) out *= static_cast<double>(factor);
  return out;
}

/// An operator over activations only, in the contexts that change its time: fresh operands; operands from memory; and,
/// while that is affordable, right after a matrix product.
inline void add_streaming(std::vector<Case>& out, const std::string& id, int rank, std::int64_t elements,
                          const Build& build, std::int64_t opset = 17) {
  constexpr std::int64_t most_after_gemm = 300'000;
  out.push_back({.id = id, .context = CacheContext::warm, .rank = rank, .build = build, .opset = opset});
  out.push_back({.id = id, .context = CacheContext::cold, .rank = rank, .build = build, .opset = opset});
  if (elements > most_after_gemm) return;
  const double gemm_flops = 2.0 * 1024 * static_cast<double>(elements);
  out.push_back({.id = id,
                 .context = CacheContext::cold_weights,
                 .rank = rank + 1,
                 .flops = gemm_flops,
                 .build = build,
                 .opset = opset,
                 .after_gemm = true});
}

}  // namespace costscan::calibrate
