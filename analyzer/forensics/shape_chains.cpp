// Shape arithmetic: nodes whose results only ever say how large something is.
#include <algorithm>
#include <unordered_map>

#include "forensics/findings.hpp"
#include "shapes/deciding_inputs.hpp"

namespace costscan::forensics {
namespace {

/// Operands that say sizes, positions or axes: those that decide shapes, and the axes of ops that keep the shape.
bool is_shape_operand(const Node& node, std::int32_t slot) {
  if (slot < 0 || slot > 31) return false;
  // Counts of trips, truth values and k's of a search are data; Resize's regions and scales are floats anyway.
  if (node.op_type == "Loop" || node.op_type == "If") return false;
  static const std::unordered_map<std::string_view, std::int32_t> axes{
      {"CumSum", 1}, {"CumProd", 1}, {"Trilu", 1}, {"ReverseSequence", 1}};
  const auto found = axes.find(node.op_type);
  if (found != axes.end() && node.domain.empty() && found->second == slot) return true;
  return ((shape_deciding_operands(node) >> static_cast<unsigned>(slot)) & 1U) != 0;
}

bool is_count_type(DType dtype) { return is_integer(dtype) || dtype == DType::boolean; }

bool reads_extent(const Node& node) { return is_op(node, "Shape") || is_op(node, "Size"); }

/// Every result is an integer or a truth value, is read, and by nothing but shape operands and members.
bool only_says_sizes(const Scene& scene, std::int32_t index, const std::vector<bool>& member) {
  const GraphView& view = scene.view();
  if (!scene.is_live(index)) return false;
  bool read = false;
  for (const ValueId out : view.node(index).outputs) {
    if (out == no_value) continue;
    if (view.is_output(out) || !is_count_type(view.dtype(out))) return false;
    for (const ValueUse& use : view.uses(out)) {
      read = true;
      if (use.slot < 0) return false;
      if (!member[static_cast<std::size_t>(use.node)] && !is_shape_operand(view.node(use.node), use.slot)) return false;
    }
  }
  return read;
}

/// Readers come later than what they read, so one pass from the end settles all.
std::vector<bool> chain_members(const Scene& scene) {
  const GraphView& view = scene.view();
  std::vector<bool> member(static_cast<std::size_t>(view.node_count()), false);
  for (std::int32_t index = view.node_count() - 1; index >= 0; --index) {
    const Node& node = view.node(index);
    if (is_op(node, "Constant") && !scene.counts_constants()) continue;
    member[static_cast<std::size_t>(index)] = reads_extent(node) || only_says_sizes(scene, index, member);
  }
  return member;
}

/// Members that are a Shape or Size, or have one above them, whatever lies between.
std::vector<bool> from_shape(const GraphView& view, std::vector<bool> member) {
  std::vector<bool> from(member.size(), false);
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    const auto at = static_cast<std::size_t>(index);
    from[at] = reads_extent(view.node(index)) || std::ranges::any_of(view.node(index).inputs, [&](ValueId in) {
                 const std::int32_t maker = view.producer(in);
                 return maker >= 0 && from[static_cast<std::size_t>(maker)];
               });
    member[at] = member[at] && from[at];
  }
  return member;
}

/// A chain that gives the same numbers under every binding is a constant in disguise.
Holds same_numbers(const GraphView& view, std::int32_t index) {
  if (view.complete() && view.others().empty()) return Holds::every_binding;  // nothing is free
  const auto all = view.ints_by_binding(view.output(index, 0));
  const bool same = view.complete() && !all.empty() &&
                    std::ranges::all_of(all, [&](const auto& contents) { return contents == all.front(); });
  return same ? Holds::every_binding : Holds::this_binding;
}

Sites member_sites(const Scene& scene, const std::vector<bool>& member) {
  Sites sites;
  for (std::int32_t index = 0; index < scene.view().node_count(); ++index) {
    if (!member[static_cast<std::size_t>(index)]) continue;
    Site site;
    site.nodes = {index};
    site.removal = Removal::vanish;
    site.holds = same_numbers(scene.view(), index);
    sites.push_back(std::move(site));
  }
  return sites;
}

}  // namespace

Sites shape_chain(const Scene& scene) { return member_sites(scene, chain_members(scene)); }

Sites shape_chain_from_shape(const Scene& scene) {
  return member_sites(scene, from_shape(scene.view(), chain_members(scene)));
}

}  // namespace costscan::forensics
