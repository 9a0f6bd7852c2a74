// Depths of the trees that ai.onnx.ml's ensembles keep in their attributes.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <utility>

#include "costs/node_view.hpp"

namespace costscan {
namespace {

using Ints = std::vector<std::int64_t>;

constexpr std::int32_t no_child = -1;

/// A forest as child positions; a leaf has none.
struct Forest {
  std::vector<std::pair<std::int32_t, std::int32_t>> children;
  std::vector<std::int32_t> roots;
};

using MaybeForest = tl::expected<Forest, std::string>;

tl::unexpected<std::string> damaged(std::string why) { return tl::unexpected<std::string>(std::move(why)); }

/// TreeEnsemble: interior nodes only; a child is a leaf or another node, and tree_roots names where trees begin.
MaybeForest forest_of_roots(const Node& node, const Ints& roots) {
  const Ints* yes = ints_attribute(node, "nodes_truenodeids");
  const Ints* no = ints_attribute(node, "nodes_falsenodeids");
  const Ints* yes_leaf = ints_attribute(node, "nodes_trueleafs");
  const Ints* no_leaf = ints_attribute(node, "nodes_falseleafs");
  if (yes == nullptr || no == nullptr || yes_leaf == nullptr || no_leaf == nullptr || no->size() != yes->size() ||
      yes_leaf->size() != yes->size() || no_leaf->size() != yes->size()) {
    return damaged("the attributes nodes_* that link the trees are missing or differ in length");
  }
  const auto count = static_cast<std::int64_t>(yes->size());
  const auto child = [&](std::int64_t at, std::int64_t leaf) {
    return leaf != 0 ? no_child : at < 0 || at >= count ? static_cast<std::int32_t>(-2) : static_cast<std::int32_t>(at);
  };
  Forest forest;
  for (std::size_t i = 0; i < yes->size(); ++i) {
    forest.children.emplace_back(child((*yes)[i], (*yes_leaf)[i]), child((*no)[i], (*no_leaf)[i]));
    if (forest.children.back().first == -2 || forest.children.back().second == -2) {
      return damaged(fmt::format("node {} of the trees has a child that does not exist", i));
    }
  }
  for (const std::int64_t root : roots) {
    if (root < 0 || root >= count) return damaged(fmt::format("tree root {} does not exist", root));
    forest.roots.push_back(static_cast<std::int32_t>(root));
  }
  return forest;
}

/// The older ensembles: nodes are named by (tree, node), leaves have the mode LEAF, and what is nobody's child is a
/// root.
MaybeForest forest_of_names(const Node& node) {
  const Ints* trees = ints_attribute(node, "nodes_treeids");
  const Ints* names = ints_attribute(node, "nodes_nodeids");
  const Ints* yes = ints_attribute(node, "nodes_truenodeids");
  const Ints* no = ints_attribute(node, "nodes_falsenodeids");
  const Attribute* mode = find_attribute(node, "nodes_modes");
  const auto* modes = mode != nullptr ? std::get_if<std::vector<std::string>>(&mode->value) : nullptr;
  if (trees == nullptr || names == nullptr || yes == nullptr || no == nullptr || modes == nullptr ||
      names->size() != trees->size() || yes->size() != trees->size() || no->size() != trees->size() ||
      modes->size() != trees->size()) {
    return damaged("the attributes nodes_* that link the trees are missing or differ in length");
  }
  std::map<std::pair<std::int64_t, std::int64_t>, std::int32_t> position;
  for (std::size_t i = 0; i < trees->size(); ++i) {
    position.emplace(std::pair((*trees)[i], (*names)[i]), static_cast<std::int32_t>(i));
  }
  Forest forest;
  forest.children.assign(trees->size(), {no_child, no_child});
  std::vector<bool> is_child(trees->size(), false);
  for (std::size_t i = 0; i < trees->size(); ++i) {
    if ((*modes)[i] == "LEAF") continue;
    const auto first = position.find({(*trees)[i], (*yes)[i]});
    const auto second = position.find({(*trees)[i], (*no)[i]});
    if (first == position.end() || second == position.end()) {
      return damaged(fmt::format("node {} of tree {} has a child that does not exist", (*names)[i], (*trees)[i]));
    }
    forest.children[i] = {first->second, second->second};
    is_child[static_cast<std::size_t>(first->second)] = true;
    is_child[static_cast<std::size_t>(second->second)] = true;
  }
  for (std::size_t i = 0; i < is_child.size(); ++i) {
    if (!is_child[i]) forest.roots.push_back(static_cast<std::int32_t>(i));
  }
  if (forest.roots.empty() && !is_child.empty()) return damaged("the trees have no root");
  return forest;
}

/// Deepest path below every node, children first; nullopt where nodes are linked in a circle.
std::optional<std::vector<std::int64_t>> depths_of(const Forest& forest, bool leaf_nodes) {
  enum class State : std::uint8_t { fresh, open, done };
  std::vector<State> state(forest.children.size(), State::fresh);
  std::vector<std::int64_t> depth(forest.children.size(), 0);
  std::vector<std::int32_t> open(forest.roots.rbegin(), forest.roots.rend());
  while (!open.empty()) {
    const auto at = static_cast<std::size_t>(open.back());
    const auto [first, second] = forest.children[at];
    if (state[at] == State::fresh) {
      state[at] = State::open;
      for (const std::int32_t child : {first, second}) {
        if (child == no_child) continue;
        const State below = state[static_cast<std::size_t>(child)];
        if (below == State::open) return std::nullopt;
        if (below == State::fresh) open.push_back(child);
      }
      continue;
    }
    open.pop_back();
    if (state[at] == State::done) continue;
    state[at] = State::done;
    const auto below = [&](std::int32_t child) {
      return child == no_child ? 0 : depth[static_cast<std::size_t>(child)];
    };
    const bool interior = !leaf_nodes || first != no_child;
    depth[at] = interior ? 1 + std::max(below(first), below(second)) : 0;
  }
  return depth;
}

}  // namespace

/// For each tree of the node's attributes, how many interior nodes the longest path to a leaf passes.
Evaluated NodeView::tree_depths() const {
  const Ints* roots = ints_attribute(node_, "tree_roots");
  const MaybeForest forest = roots != nullptr ? forest_of_roots(node_, *roots) : forest_of_names(node_);
  if (!forest) return damaged(forest.error());
  const auto depths = depths_of(*forest, roots == nullptr);
  if (!depths) return damaged("the trees' nodes are linked in a circle");
  std::vector<Datum> out(forest->roots.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].value = Rational{(*depths)[static_cast<std::size_t>(forest->roots[i])], 1};
  }
  return Datum{std::move(out)};
}

}  // namespace costscan
