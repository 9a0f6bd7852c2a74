#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fingerprint/gather.hpp"
#include "patterns/pattern.hpp"

namespace costscan {

void gather_patterns(const GatherContext& context) {
  for (const Pattern& pattern : patterns()) {
    double count = 0;
    for (const GraphView& view : context.views.all()) count += static_cast<double>(pattern.find(view).size());
    context.features.set(fmt::format("pattern_{}", pattern.name), count);
  }
  const auto get = [&](std::string_view name) { return context.features.get(name).value_or(0); };
  const double by_products = std::min(get("softmaxes"), std::floor(get("matmuls_activation") / 2));
  context.features.set("attention", std::max({get("pattern_attention"), get("attention_ops"), by_products}));
}

}  // namespace costscan
