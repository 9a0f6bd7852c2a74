// Movement and conversion one after another.
#include <array>
#include <span>

#include "forensics/findings.hpp"
#include "forensics/shape_facts.hpp"
#include "patterns/trace.hpp"

namespace costscan::forensics {
namespace {

Site pair_site(std::int32_t first, std::int32_t second, Removal removal, std::string detail) {
  Site site;
  site.nodes = {first, second};
  site.removal = removal;
  site.detail = std::move(detail);
  return site;
}

/// The node that makes the first operand.
std::int32_t above(const GraphView& view, std::int32_t node) { return view.producer(view.input(node, 0)); }

enum class PairKind { cancel, compose, cancel_by_shape };

struct TransposePair {
  PairKind kind = PairKind::compose;
  Site site;
};

/// Both vanish where they give back the order that came in; the first may still have other readers.
TransposePair classify(const GraphView& view, std::int32_t first, std::int32_t second) {
  const auto perm1 = permutation(view, first);
  const auto perm2 = permutation(view, second);
  const auto both = perm1 && perm2 ? composed(*perm1, *perm2) : std::nullopt;
  TransposePair pair;
  pair.site = pair_site(first, second, Removal::fuse, both ? "together perm " + perm_text(*both) : "");
  if (!both) return pair;
  const bool first_has_others = view.sole_user(first) != second;
  Holds holds = Holds::every_binding;
  if (is_identity(*both)) {
    pair.kind = PairKind::cancel;
  } else if (holds = moves_only_size1(view, view.input(first, 0), *both); holds != Holds::no) {
    pair.kind = PairKind::cancel_by_shape;
  } else {
    if (first_has_others) pair.site.removal = Removal::none;
    return pair;
  }
  pair.site.holds = holds;
  pair.site.removal = Removal::vanish;
  if (first_has_others) pair.site.removed = {second};
  return pair;
}

std::vector<TransposePair> transpose_pairs(const GraphView& view) {
  std::vector<TransposePair> pairs;
  for (std::int32_t second = 0; second < view.node_count(); ++second) {
    if (!is_op(view.node(second), "Transpose")) continue;
    const std::int32_t first = above(view, second);
    if (first >= 0 && is_op(view.node(first), "Transpose")) pairs.push_back(classify(view, first, second));
  }
  return pairs;
}

template <class Test>
Sites pairs_where(const Scene& scene, Test test) {
  Sites sites;
  for (TransposePair& pair : transpose_pairs(scene.view())) {
    if (test(pair.kind)) sites.push_back(std::move(pair.site));
  }
  return sites;
}

Sites consecutive_ops(const Scene& scene, std::span<const std::string_view> ops) {
  const GraphView& view = scene.view();
  Sites sites;
  for (std::int32_t second = 0; second < view.node_count(); ++second) {
    if (!is_any_op(view.node(second), ops)) continue;
    const std::int32_t first = above(view, second);
    if (first < 0 || !is_any_op(view.node(first), ops)) continue;
    // Of two views or casts the first goes where nothing else reads it.
    const bool alone = view.sole_user(first) == second;
    sites.push_back(pair_site(first, second, alone ? Removal::fuse : Removal::none,
                              view.node(first).op_type + " then " + view.node(second).op_type));
  }
  return sites;
}

constexpr std::array<std::string_view, 1> reshape_op{"Reshape"};
constexpr std::array<std::string_view, 4> all_view_ops{"Reshape", "Flatten", "Squeeze", "Unsqueeze"};
constexpr std::array<std::string_view, 2> cast_ops{"Cast", "CastLike"};

}  // namespace

Sites consecutive_transpose(const Scene& scene) {
  return pairs_where(scene, [](PairKind) { return true; });
}
Sites consecutive_transpose_cancel(const Scene& scene) {
  return pairs_where(scene, [](PairKind kind) { return kind == PairKind::cancel; });
}
Sites consecutive_transpose_compose(const Scene& scene) {
  return pairs_where(scene, [](PairKind kind) { return kind != PairKind::cancel; });
}
Sites consecutive_transpose_cancel_by_shape(const Scene& scene) {
  return pairs_where(scene, [](PairKind kind) { return kind == PairKind::cancel_by_shape; });
}

Sites transpose_reshape_transpose(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  for (std::int32_t last = 0; last < view.node_count(); ++last) {
    if (!is_op(view.node(last), "Transpose")) continue;
    const std::int32_t reshape = above(view, last);
    if (reshape < 0 || !is_op(view.node(reshape), "Reshape")) continue;
    const std::int32_t first = above(view, reshape);
    if (first < 0 || !is_op(view.node(first), "Transpose")) continue;
    Site site;
    site.nodes = {first, reshape, last};
    sites.push_back(std::move(site));
  }
  return sites;
}

Sites consecutive_reshape(const Scene& scene) { return consecutive_ops(scene, reshape_op); }
Sites consecutive_view(const Scene& scene) { return consecutive_ops(scene, all_view_ops); }
Sites consecutive_cast(const Scene& scene) { return consecutive_ops(scene, cast_ops); }

Sites redundant_cast(const Scene& scene) {
  const GraphView& view = scene.view();
  Sites sites;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (!is_any_op(view.node(index), cast_ops)) continue;
    const DType from = view.dtype(view.input(index, 0));
    if (from == DType::undefined || from != view.dtype(view.output(index, 0))) continue;
    Site site;
    site.nodes = {index};
    site.removal = Removal::vanish;
    site.detail = std::string(to_string(from));
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace costscan::forensics
