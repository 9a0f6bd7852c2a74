// Nodes that give back what they are given.
#include <algorithm>
#include <array>

#include "forensics/findings.hpp"
#include "forensics/shape_facts.hpp"

namespace costscan::forensics {
namespace {

using Ints = std::vector<std::int64_t>;

Site vanishing(std::int32_t node, Holds holds, std::string detail = {}) {
  Site site;
  site.nodes = {node};
  site.removal = Removal::vanish;
  site.holds = holds;
  site.detail = std::move(detail);
  return site;
}

/// A site for each node of these ops for which `holds` says so.
template <class Test>
Sites each_op(const Scene& scene, std::span<const std::string_view> ops, Test test) {
  Sites sites;
  for (std::int32_t index = 0; index < scene.view().node_count(); ++index) {
    if (!is_any_op(scene.view().node(index), ops)) continue;
    const Holds holds = test(scene.view(), index);
    if (holds != Holds::no) sites.push_back(vanishing(index, holds));
  }
  return sites;
}

Holds keeps_shape(const GraphView& view, std::int32_t node) {
  return view.same_shape(view.input(node, 0), view.output(node, 0));
}

/// Whether `test` holds of an operand's integers under every binding, or under the bound one.
template <class Test>
Holds holds_of_ints(const GraphView& view, ValueId value, Test test) {
  const auto all = view.ints_by_binding(value);
  if (all.empty()) {
    const auto bound = bound_integers(view, value);
    return bound && test(*bound) ? Holds::this_binding : Holds::no;
  }
  if (!test(all.front())) return Holds::no;
  return std::ranges::all_of(all, test) && (view.complete() || view.is_constant(value)) ? Holds::every_binding
                                                                                        : Holds::this_binding;
}

bool all_zero(const Ints& ints) {
  return std::ranges::all_of(ints, [](std::int64_t each) { return each == 0; });
}

bool all_positive(const Ints& ints) {
  return std::ranges::all_of(ints, [](std::int64_t each) { return each > 0; });
}

bool is_empty_shape(const Shape& shape) {
  return std::ranges::any_of(shape, [](std::int64_t extent) { return extent == 0; });
}

constexpr std::array<std::string_view, 1> transpose_ops{"Transpose"};
constexpr std::array<std::string_view, 4> noop_view_ops{"Reshape", "Flatten", "Squeeze", "Unsqueeze"};
constexpr std::array<std::string_view, 1> expand_ops{"Expand"};
constexpr std::array<std::string_view, 1> identity_ops{"Identity"};
constexpr std::array<std::string_view, 1> dropout_ops{"Dropout"};
constexpr std::array<std::string_view, 1> slice_ops{"Slice"};
constexpr std::array<std::string_view, 1> pad_ops{"Pad"};
constexpr std::array<std::string_view, 1> concat_ops{"Concat"};
constexpr std::array<std::string_view, 1> tile_ops{"Tile"};

Holds zero_pads(const GraphView& view, std::int32_t node) {
  for (const std::string_view name : {"pads", "paddings"}) {
    if (const Ints* stated = ints_attribute(view.node(node), name)) {
      return all_zero(*stated) ? Holds::every_binding : Holds::no;
    }
  }
  return holds_of_ints(view, view.input(node, 1), all_zero);
}

Holds whole_slice(const GraphView& view, std::int32_t node) {
  const Holds shape = keeps_shape(view, node);
  const ValueId steps = view.input(node, 4);
  if (shape == Holds::no || steps == no_value) return shape;
  return weaker(shape, holds_of_ints(view, steps, all_positive));
}

/// All operands but one have no elements.
Holds one_operand_with_elements(const GraphView& view, std::int32_t node) {
  std::vector<ValueId> operands = view.node(node).inputs;
  std::erase(operands, no_value);
  if (operands.size() < 2) return Holds::no;
  const auto alone = [&](std::size_t binding) {
    std::size_t with_elements = 0;
    for (const ValueId operand : operands) {
      const Shape* shape = shape_in(view, operand, binding);
      if (shape == nullptr) return false;
      if (!is_empty_shape(*shape)) ++with_elements;
    }
    return with_elements == 1;
  };
  if (!alone(0)) return Holds::no;
  bool always = view.complete();
  for (std::size_t other = 1; other <= view.others().size(); ++other) always = always && alone(other);
  return always ? Holds::every_binding : Holds::this_binding;
}

/// A broadcasting reader would come to the same result without the Expand, under this binding's shapes.
bool broadcasts_without(const GraphView& view, std::int32_t expand, std::int32_t reader, std::size_t binding) {
  const Shape* result = shape_in(view, view.output(reader, 0), binding);
  const ValueId expanded = view.output(expand, 0);
  // PRelu stretches its slopes to its first operand, never the other way round.
  if (is_op(view.node(reader), "PRelu") && view.input(reader, 0) == expanded) return false;
  std::vector<Shape> operands;
  for (const ValueId operand : view.node(reader).inputs) {
    if (operand == no_value) continue;
    const Shape* shape = shape_in(view, operand == expanded ? view.input(expand, 0) : operand, binding);
    if (shape == nullptr) return false;
    operands.push_back(*shape);
  }
  const auto joint = broadcast_shape(operands);
  return result != nullptr && joint && *joint == *result;
}

Holds expand_spared(const GraphView& view, std::int32_t expand) {
  constexpr std::array<std::string_view, 24> elementwise{
      "Add",   "Sub",       "Mul", "Div", "Pow", "Mod", "Equal", "Less",  "Greater",  "LessOrEqual", "GreaterOrEqual",
      "And",   "Or",        "Xor", "Min", "Max", "Sum", "Mean",  "PRelu", "BitShift", "BitwiseAnd",  "BitwiseOr",
      "Where", "BitwiseXor"};
  const ValueId out = view.output(expand, 0);
  if (out == no_value || view.is_output(out) || view.uses(out).empty()) return Holds::no;
  bool always = view.complete();
  for (const ValueUse& use : view.uses(out)) {
    if (use.slot < 0 || !is_any_op(view.node(use.node), elementwise)) return Holds::no;
    if (!broadcasts_without(view, expand, use.node, 0)) return Holds::no;
    for (std::size_t other = 1; other <= view.others().size(); ++other) {
      always = always && broadcasts_without(view, expand, use.node, other);
    }
  }
  return always ? Holds::every_binding : Holds::this_binding;
}

}  // namespace

Sites noop_transpose_identity(const Scene& scene) {
  return each_op(scene, transpose_ops, [](const GraphView& view, std::int32_t node) {
    const auto perm = permutation(view, node);
    return perm && is_identity(*perm) ? Holds::every_binding : Holds::no;
  });
}

Sites noop_transpose_size1(const Scene& scene) {
  Sites sites = each_op(scene, transpose_ops, [](const GraphView& view, std::int32_t node) {
    const auto perm = permutation(view, node);
    return !perm || is_identity(*perm) ? Holds::no : moves_only_size1(view, view.input(node, 0), *perm);
  });
  for (Site& site : sites) {
    site.detail = "perm " + perm_text(*permutation(scene.view(), site.nodes.front()));
  }
  return sites;
}

Sites noop_reshape(const Scene& scene) { return each_op(scene, noop_view_ops, keeps_shape); }
Sites expand_identity(const Scene& scene) { return each_op(scene, expand_ops, keeps_shape); }
Sites noop_tile(const Scene& scene) { return each_op(scene, tile_ops, keeps_shape); }
Sites noop_slice(const Scene& scene) { return each_op(scene, slice_ops, whole_slice); }
Sites noop_pad(const Scene& scene) { return each_op(scene, pad_ops, zero_pads); }
Sites noop_concat_empty(const Scene& scene) { return each_op(scene, concat_ops, one_operand_with_elements); }
Sites expand_add(const Scene& scene) { return each_op(scene, expand_ops, expand_spared); }

Sites noop_identity(const Scene& scene) {
  return each_op(scene, identity_ops, [](const GraphView&, std::int32_t) { return Holds::every_binding; });
}

Sites noop_dropout(const Scene& scene) {
  return each_op(scene, dropout_ops, [](const GraphView& view, std::int32_t node) {
    return view.is_inference_dropout(node) ? Holds::every_binding : Holds::no;
  });
}

Sites noop_concat(const Scene& scene) {
  return each_op(scene, concat_ops, [](const GraphView& view, std::int32_t node) {
    const auto& inputs = view.node(node).inputs;
    return inputs.size() - static_cast<std::size_t>(std::ranges::count(inputs, no_value)) == 1 ? Holds::every_binding
                                                                                               : Holds::no;
  });
}

}  // namespace costscan::forensics
