// Floating-point nodes between DequantizeLinear and QuantizeLinear: what a quantised graph computes as written.
#include <map>
#include <numeric>

#include "patterns/detectors.hpp"
#include "patterns/trace.hpp"

namespace costscan {
namespace {

bool is_quantizer(const Node& node, std::string_view op_type) {
  return node.op_type == op_type && (node.domain.empty() || node.domain == "com.microsoft");
}

bool is_boundary(const Node& node) {
  return is_quantizer(node, "QuantizeLinear") || is_quantizer(node, "DequantizeLinear") || is_op(node, "Constant");
}

/// Sets of nodes joined by floating edges that no quantiser cuts.
class IslandSets {
 public:
  explicit IslandSets(const GraphView& view) : parent_(static_cast<std::size_t>(view.node_count())) {
    std::iota(parent_.begin(), parent_.end(), 0);
    for (std::int32_t index = 0; index < view.node_count(); ++index) {
      if (is_boundary(view.node(index))) continue;
      for (const ValueId in : view.node(index).inputs) {
        const std::int32_t above = view.producer(in);
        const bool joins =
            above >= 0 && !is_boundary(view.node(above)) && !view.is_constant(in) && is_floating(view.dtype(in));
        if (joins) parent_[at(root(above))] = root(index);
      }
    }
  }

  std::int32_t root(std::int32_t node) {
    while (parent_[at(node)] != node) {
      parent_[at(node)] = parent_[at(parent_[at(node)])];
      node = parent_[at(node)];
    }
    return node;
  }

 private:
  static std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }
  std::vector<std::int32_t> parent_;
};

struct IslandEdges {
  std::vector<std::int32_t> nodes;
  int from_quantized = 0;
  int from_float = 0;
  int to_quantized = 0;
  int to_float = 0;
};

void count_edges(const GraphView& view, std::int32_t index, IslandEdges& island) {
  for (const ValueId in : view.node(index).inputs) {
    if (in == no_value || view.is_constant(in) || !is_floating(view.dtype(in))) continue;
    const Node* above = view.producer_node(in);
    if (above != nullptr && is_quantizer(*above, "DequantizeLinear")) {
      ++island.from_quantized;
    } else if (above == nullptr) {
      ++island.from_float;
    }
  }
  for (const ValueId out : view.node(index).outputs) {
    if (out == no_value || !is_floating(view.dtype(out))) continue;
    if (view.is_output(out)) ++island.to_float;
    for (const ValueUse& use : view.uses(out)) {
      if (is_quantizer(view.node(use.node), "QuantizeLinear")) ++island.to_quantized;
    }
  }
}

}  // namespace

std::vector<PatternMatch> find_qdq_islands(const GraphView& view) {
  IslandSets sets(view);
  std::map<std::int32_t, IslandEdges> islands;
  for (std::int32_t index = 0; index < view.node_count(); ++index) {
    if (is_boundary(view.node(index))) continue;
    IslandEdges& island = islands[sets.root(index)];
    island.nodes.push_back(index);
    count_edges(view, index, island);
  }
  std::vector<PatternMatch> matches;
  for (auto& [root, island] : islands) {
    if (island.from_quantized == 0 || island.to_quantized == 0) continue;
    PatternMatch match;
    match.pattern = "qdq_islands";
    match.variant = island.from_float + island.to_float > 0 ? "open" : island.nodes.size() == 1 ? "single" : "several";
    match.numbers = {{"nodes", static_cast<double>(island.nodes.size())},
                     {"dequantized", static_cast<double>(island.from_quantized)},
                     {"quantized", static_cast<double>(island.to_quantized)}};
    match.nodes = std::move(island.nodes);
    matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace costscan
