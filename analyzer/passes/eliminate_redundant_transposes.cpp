// Class 0: permutations compose, and an operator that computes or moves each element by itself does so wherever it
// lies.
#include "passes/facts.hpp"
#include "passes/finders.hpp"
#include "passes/transpose_regions.hpp"

namespace costscan {
namespace {

bool only_transposes_read(const GraphView& view, ValueId value) {
  if (view.is_output(value)) return false;
  for (const ValueUse& use : view.uses(value)) {
    if (use.slot != 0 || !is_op(view.node(use.node), "Transpose")) return false;
  }
  return true;
}

/// Two in a row: none where they cancel, one where that leaves nothing of the first.
std::optional<Rewrite> pair_of(const GraphView& view, std::int32_t n) {
  const std::int32_t above = view.producer(view.input(n, 0));
  if (above < 0 || !is_op(view.node(above), "Transpose")) return std::nullopt;
  const auto first = permutation_of(view, above);
  const auto second = permutation_of(view, n);
  if (!first || !second || first->size() != second->size()) return std::nullopt;
  const auto both = composed(*first, *second);
  const ValueId source = view.input(above, 0);
  RewriteBuilder builder(view, {above, n});
  builder.note("perm " + joined(*first) + " then " + joined(*second));
  if (is_identity_permutation(both)) {
    // The first one stays where others read it: then only the second is the site.
    if (!only_transposes_read(view, view.input(n, 0))) {
      return bypass(view, n, source, Holds::every_binding, "perm " + joined(*second) + " undoes " + joined(*first));
    }
    builder.replace(view.output(n, 0), source);
    return builder.finish();
  }
  if (!only_transposes_read(view, view.input(n, 0))) return std::nullopt;
  builder.replace(view.output(n, 0), builder.node("Transpose", {source}, {make_attribute("perm", both)}));
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_redundant_transposes(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!is_op(view.node(n), "Transpose")) continue;
    if (auto pair = pair_of(view, n)) found.push_back(*std::move(pair));
  }
  if (found.empty()) find_transpose_regions(view, Across::moves, found);
  return found;
}

}  // namespace costscan
