#include "load/graph_order.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <string>

namespace costscan {
namespace {

std::size_t place_of(std::int32_t number) noexcept { return static_cast<std::size_t>(number); }

/// Calls visit(user, producer) for each dependency between nodes; a pair may come more than once.
template <class Visit>
void for_each_dependency(const Graph& graph, const std::vector<Capture>& captures, Visit visit) {
  const auto report = [&](std::int32_t user, ValueId value) {
    if (value == no_value) return;
    const std::int32_t producer = graph.values[place_of(value)].producer;
    if (producer >= 0) visit(user, producer);
  };
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId value : graph.nodes[i].inputs) report(static_cast<std::int32_t>(i), value);
  }
  for (const auto& [user, value] : captures) report(user, value);
}

bool is_sorted(const Graph& graph, const std::vector<Capture>& captures) {
  bool sorted = true;
  for_each_dependency(graph, captures, [&](std::int32_t user, std::int32_t producer) { sorted &= producer < user; });
  return sorted;
}

struct Edges {
  std::vector<std::vector<std::int32_t>> users;      ///< by producer
  std::vector<std::vector<std::int32_t>> producers;  ///< by user
};

Edges collect_edges(const Graph& graph, const std::vector<Capture>& captures) {
  Edges edges{std::vector<std::vector<std::int32_t>>(graph.nodes.size()),
              std::vector<std::vector<std::int32_t>>(graph.nodes.size())};
  for_each_dependency(graph, captures, [&](std::int32_t user, std::int32_t producer) {
    edges.users[place_of(producer)].push_back(user);
    edges.producers[place_of(user)].push_back(producer);
  });
  return edges;
}

/// Kahn's algorithm, the earliest node of the file first. Shorter than the graph where there is a cycle.
std::vector<std::int32_t> topological_order(const Edges& edges) {
  std::vector<std::size_t> waiting(edges.users.size());
  std::priority_queue<std::int32_t, std::vector<std::int32_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    waiting[i] = edges.producers[i].size();
    if (waiting[i] == 0) ready.push(static_cast<std::int32_t>(i));
  }
  std::vector<std::int32_t> order;
  order.reserve(waiting.size());
  while (!ready.empty()) {
    const std::int32_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const std::int32_t user : edges.users[place_of(node)]) {
      if (--waiting[place_of(user)] == 0) ready.push(user);
    }
  }
  return order;
}

/// Every node left over waits for one left over, so walking back from any of them must come round.
std::string describe_cycle(const Graph& graph, const Edges& edges, const std::vector<std::int32_t>& done) {
  std::vector<bool> left(graph.nodes.size(), true);
  for (const std::int32_t node : done) left[place_of(node)] = false;
  auto at = static_cast<std::int32_t>(std::ranges::find(left, true) - left.begin());
  std::vector<bool> seen(graph.nodes.size(), false);
  std::vector<std::int32_t> walk;
  while (!seen[place_of(at)]) {
    seen[place_of(at)] = true;
    walk.push_back(at);
    at = *std::ranges::find_if(edges.producers[place_of(at)], [&](std::int32_t p) { return left[place_of(p)]; });
  }
  walk.erase(walk.begin(), std::ranges::find(walk, at));
  std::ranges::reverse(walk);  // from producers to users
  constexpr std::size_t most_shown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(walk.size(), most_shown); ++i) {
    text += describe_node(graph.nodes[place_of(walk[i])]) + " -> ";
  }
  if (walk.size() > most_shown) text += "... (" + std::to_string(walk.size()) + " nodes) -> ";
  return text + describe_node(graph.nodes[place_of(walk.front())]);
}

void reorder(Graph& graph, const std::vector<std::int32_t>& order) {
  std::vector<Node> nodes;
  nodes.reserve(order.size());
  for (const std::int32_t old_index : order) {
    Node& node = graph.nodes[place_of(old_index)];
    for (const ValueId output : node.outputs) {
      if (output != no_value) graph.values[place_of(output)].producer = static_cast<std::int32_t>(nodes.size());
    }
    nodes.push_back(std::move(node));
  }
  graph.nodes = std::move(nodes);
}

}  // namespace

Parsed<bool> order_nodes(Graph& graph, const std::vector<Capture>& captures) {
  if (is_sorted(graph, captures)) return false;
  const Edges edges = collect_edges(graph, captures);
  const std::vector<std::int32_t> order = topological_order(edges);
  if (order.size() < graph.nodes.size()) {
    return refuse("the graph has a cycle: " + describe_cycle(graph, edges, order) + "; export the model again");
  }
  reorder(graph, order);
  return true;
}

}  // namespace costscan
