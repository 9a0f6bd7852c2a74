#include "passes/work_graph.hpp"

#include <algorithm>
#include <queue>
#include <tuple>
#include <utility>

namespace costscan {

WorkGraph::WorkGraph(const GraphView& of) : view(of) {
  const Graph& graph = view.graph();
  base = static_cast<ValueId>(graph.values.size());
  values.reserve(graph.values.size());
  for (std::size_t v = 0; v < graph.values.size(); ++v) {
    const auto id = static_cast<ValueId>(v);
    WorkValue value{graph.values[v], view.is_output(id), view.is_output(id), view.producer(id), {}};
    for (const ValueUse& use : view.uses(id)) value.pinned = value.pinned || use.slot < 0;
    values.push_back(std::move(value));
  }
  uses.resize(values.size());
  alias.resize(values.size(), no_value);
  outputs = graph.outputs;
  nodes.reserve(graph.nodes.size());
  for (std::int32_t n = 0; n < view.node_count(); ++n) {
    const auto captured = view.captured(n);
    add_node({view.node(n), {captured.begin(), captured.end()}, -1, n, true});
  }
}

ValueId WorkGraph::resolved(ValueId id) const {
  while (id != no_value && alias[static_cast<std::size_t>(id)] != no_value) id = alias[static_cast<std::size_t>(id)];
  return id;
}

ValueId WorkGraph::add_value(std::string wish) {
  WorkValue added;
  added.value.origin = ValueOrigin::node_output;
  added.wish = std::move(wish);
  values.push_back(std::move(added));
  alias.push_back(no_value);
  uses.emplace_back();
  return static_cast<ValueId>(values.size() - 1);
}

std::int32_t WorkGraph::add_node(WorkNode added) {
  const auto index = static_cast<std::int32_t>(nodes.size());
  for (const auto* list : {&added.node.inputs, &added.captured}) {
    for (const ValueId in : *list) {
      if (in != no_value) uses[static_cast<std::size_t>(in)].push_back(index);
    }
  }
  for (const ValueId out : added.node.outputs) {
    if (out != no_value) value(out).producer = index;
  }
  nodes.push_back(std::move(added));
  return index;
}

void WorkGraph::replace(ValueId from, ValueId to, bool still_read) {
  auto& readers = uses[static_cast<std::size_t>(from)];
  for (const std::int32_t n : readers) {
    std::ranges::replace(node(n).node.inputs, from, to);
    std::ranges::replace(node(n).captured, from, to);
    uses[static_cast<std::size_t>(to)].push_back(n);
  }
  readers.clear();
  std::ranges::replace(outputs, from, to);
  if (!still_read) alias[static_cast<std::size_t>(from)] = to;
  WorkValue& old_value = value(from);
  WorkValue& new_value = value(to);
  if (!old_value.pinned) return;
  std::swap(old_value.value.name, new_value.value.name);
  new_value.value.declared = old_value.value.declared;
  std::swap(old_value.wish, new_value.wish);
  std::swap(old_value.pinned, new_value.pinned);
  std::swap(old_value.is_output, new_value.is_output);
}

void WorkGraph::find_live(const std::vector<std::int32_t>& kept) {
  for (WorkNode& each : nodes) each.live = false;
  std::vector<std::int32_t> stack = kept;
  for (const ValueId out : outputs) {
    if (out != no_value && value(out).producer >= 0) stack.push_back(value(out).producer);
  }
  while (!stack.empty()) {
    WorkNode& here = node(stack.back());
    stack.pop_back();
    if (std::exchange(here.live, true)) continue;
    for (const auto* list : {&here.node.inputs, &here.captured}) {
      for (const ValueId in : *list) {
        if (in != no_value && value(in).producer >= 0) stack.push_back(value(in).producer);
      }
    }
  }
}

Result<std::vector<std::int32_t>> WorkGraph::sorted() const {
  using Key = std::tuple<std::int32_t, std::int32_t>;
  std::vector<std::int32_t> waits(nodes.size(), 0);
  std::vector<std::vector<std::int32_t>> readers(nodes.size());
  std::priority_queue<Key, std::vector<Key>, std::greater<>> ready;
  std::size_t live = 0;
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!nodes[n].live) continue;
    ++live;
    for (const auto* list : {&nodes[n].node.inputs, &nodes[n].captured}) {
      for (const ValueId in : *list) {
        if (in == no_value || value(in).producer < 0) continue;
        readers[static_cast<std::size_t>(value(in).producer)].push_back(static_cast<std::int32_t>(n));
        ++waits[n];
      }
    }
    if (waits[n] == 0) ready.emplace(nodes[n].anchor, static_cast<std::int32_t>(n));
  }
  std::vector<std::int32_t> order;
  order.reserve(live);
  while (!ready.empty()) {
    const std::int32_t n = std::get<1>(ready.top());
    ready.pop();
    order.push_back(n);
    for (const std::int32_t reader : readers[static_cast<std::size_t>(n)]) {
      if (--waits[static_cast<std::size_t>(reader)] == 0) ready.emplace(node(reader).anchor, reader);
    }
  }
  if (order.size() != live) return fail(ErrorKind::defect, "rewrites make a node depend on itself");
  return order;
}

bool WorkGraph::is_read(ValueId id) const {
  return std::ranges::any_of(uses[static_cast<std::size_t>(id)], [&](std::int32_t n) { return node(n).live; });
}

}  // namespace costscan
