#include "patterns/written_activations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "patterns/detectors.hpp"

namespace costscan {
namespace {

struct WrittenKind {
  std::string_view kind;
  std::vector<PatternMatch> (*find)(const GraphView&);
};

constexpr std::array written_kinds{WrittenKind{"gelu", find_gelu}, WrittenKind{"silu", find_silu},
                                   WrittenKind{"quick_gelu", find_quick_gelu},
                                   WrittenKind{"hard_swish", find_hard_swish}, WrittenKind{"mish", find_mish}};

}  // namespace

WrittenActivations::WrittenActivations(const GraphView& view) : view_(view) {
  for (const WrittenKind& each : written_kinds) {
    for (PatternMatch& match : each.find(view)) {
      if (match.variant == "op") continue;
      const bool by_exp = each.kind == "silu" && match.variant == "exp";
      all_.push_back({by_exp ? std::string_view("silu_exp") : each.kind, view.source(match.tensor("x")),
                      match.tensor("y"), std::move(match.nodes)});
    }
  }
  for (std::size_t i = 0; i < all_.size(); ++i) {
    by_x_.try_emplace(all_[i].x, i);
    by_y_.try_emplace(all_[i].y, i);
  }
}

const WrittenActivation* WrittenActivations::behind(ValueId x) const {
  const auto found = by_x_.find(view_.source(x));
  if (found == by_x_.end() || view_.reaches_output_directly(x)) return nullptr;
  const WrittenActivation& here = all_[found->second];
  const auto uses = view_.canonical_uses(x);
  const bool alone = std::ranges::all_of(uses, [&](const ValueUse& use) {
    return use.slot >= 0 && std::ranges::find(here.nodes, use.node) != here.nodes.end();
  });
  return alone ? &here : nullptr;
}

const WrittenActivation* WrittenActivations::making(ValueId y) const {
  const auto found = by_y_.find(y);
  return found == by_y_.end() ? nullptr : &all_[found->second];
}

}  // namespace costscan
