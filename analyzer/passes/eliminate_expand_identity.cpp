// Class 0: an Expand repeats elements; where its readers broadcast by themselves, they read the same ones without it. A
// reader that computes every element by itself may do so before they are repeated.
#include <algorithm>
#include <map>
#include <optional>

#include "passes/facts.hpp"
#include "passes/finders.hpp"

namespace costscan {
namespace {

/// Operands that are broadcast to one another; a PRelu's slope and a Clip's bounds are not.
bool broadcasts(const Node& node) {
  static constexpr std::string_view unidirectional[] = {"PRelu", "Clip"};
  return is_elementwise(node) && node.outputs.size() == 1 && !is_any_op(node, unidirectional);
}

/// Shapes of one value under every binding.
using ShapesByBinding = std::vector<Shape>;

/// What follows an Expand, computed on the elements before they are repeated, as far as some operand repeats them
/// anyway.
class NarrowCone {
 public:
  explicit NarrowCone(const GraphView& view) : view_(view) {}

  /// Whether all that is read of `wide` can be had from a value of the shapes `narrow`, broadcast.
  bool absorbs(ValueId wide, const ShapesByBinding& narrow) {
    constexpr std::size_t most = 16;
    if (view_.is_output(wide) || view_.uses(wide).empty() || shapes_.size() >= most) return false;
    shapes_[wide] = narrow;
    return std::ranges::all_of(view_.uses(wide), [&](const ValueUse& use) {
      return use.slot >= 0 && broadcasts(view_.node(use.node)) && reads_narrow(use.node);
    });
  }

  /// Nodes whose own results are narrower, too, in the order of the graph.
  [[nodiscard]] const std::map<std::int32_t, ShapesByBinding>& narrowed() const { return narrowed_; }

 private:
  ShapesByBinding shapes_of(ValueId value) const {
    const auto narrow = shapes_.find(value);
    return narrow == shapes_.end() ? view_.shapes_by_binding(value) : narrow->second;
  }

  /// What the node makes of its operands as they are by now; nullopt where one is not known.
  std::optional<ShapesByBinding> shapes_made(const Node& node, std::size_t bindings) const {
    std::vector<ShapesByBinding> operands;
    for (const ValueId in : node.inputs) {
      if (in == no_value) return std::nullopt;
      operands.push_back(shapes_of(in));
      if (operands.back().size() != bindings) return std::nullopt;
    }
    ShapesByBinding made;
    for (std::size_t i = 0; i < bindings; ++i) {
      std::vector<Shape> shapes;
      for (const ShapesByBinding& operand : operands) shapes.push_back(operand[i]);
      const auto out = broadcast(shapes);
      if (!out) return std::nullopt;
      made.push_back(*out);
    }
    return made;
  }

  bool reads_narrow(std::int32_t n) {
    const Node& node = view_.node(n);
    const ValueId out = node.outputs.front();
    const ShapesByBinding before = view_.shapes_by_binding(out);
    if (before.empty()) return false;
    const auto made = shapes_made(node, before.size());
    if (!made) return false;
    if (*made == before) return true;  // asked again where another operand turns out to be narrow, too
    if (const auto known = narrowed_.find(n); known != narrowed_.end() && known->second == *made) return true;
    narrowed_[n] = *made;
    return absorbs(out, *made);
  }

  const GraphView& view_;
  std::map<ValueId, ShapesByBinding> shapes_;
  std::map<std::int32_t, ShapesByBinding> narrowed_;
};

/// The readers without the Expand, those between it and the ones that broadcast made anew on fewer elements.
std::optional<Rewrite> without_expand(const GraphView& view, std::int32_t expand) {
  constexpr std::int64_t all_broadcast_since = 8;  // Max, Min, Sum and Mean; the others since 7
  const ValueId narrow = view.input(expand, 0);
  const ValueId wide = view.output(expand, 0);
  const ShapesByBinding shapes = view.shapes_by_binding(narrow);
  NarrowCone cone(view);
  if (view.opset() < all_broadcast_since || shapes.empty() || !view.complete() || !cone.absorbs(wide, shapes)) {
    return std::nullopt;
  }
  std::vector<std::int32_t> site{expand};
  for (const auto& [n, ignored] : cone.narrowed()) site.push_back(n);
  RewriteBuilder builder(view, site);
  builder.note(site.size() == 1 ? std::string("all readers broadcast by themselves")
                                : std::to_string(site.size() - 1) + " nodes before what broadcasts by itself");
  std::map<ValueId, ValueId> made{{wide, narrow}};
  for (const auto& [n, ignored] : cone.narrowed()) {
    Node node = view.node(n);
    for (ValueId& in : node.inputs) {
      if (const auto known = made.find(in); known != made.end()) in = known->second;
    }
    made[node.outputs.front()] = builder.node(node.op_type, node.inputs, node.attributes, node.domain);
  }
  for (const auto& [from, to] : made) builder.replace(from, to);
  return builder.finish();
}

}  // namespace

std::vector<Rewrite> find_expand_identity(const PassContext& context) {
  const GraphView& view = context.view;
  std::vector<Rewrite> found;
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    if (!is_op(view.node(n), "Expand") || view.input(n, 0) == no_value) continue;
    const ValueId in = view.input(n, 0);
    if (const Holds same = view.same_shape(in, view.output(n, 0)); same != Holds::no) {
      found.push_back(bypass(view, n, in, same, "to the shape that it has"));
    } else if (auto without = without_expand(view, n)) {
      found.push_back(*std::move(without));
    }
  }
  return found;
}

}  // namespace costscan
