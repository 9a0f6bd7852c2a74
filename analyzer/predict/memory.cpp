#include "predict/memory.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "model/checked_math.hpp"
#include "predict/liveness.hpp"

namespace costscan {
namespace {

MemoryBuffer buffer_of(const Scope& scope, const std::vector<std::int32_t>& step_of, const LiveBuffer& live) {
  const Graph& graph = *scope.graph;
  const Value& value = graph.values[at(live.value)];
  const TensorInfo& info = scope.tensors[at(live.value)];
  MemoryBuffer buffer;
  buffer.name = scope.path.empty() ? value.name : scope.path + (value.name.starts_with('/') ? "" : "/") + value.name;
  buffer.inside = scope.parent >= 0;
  buffer.dtype = info.dtype;
  buffer.shape = info.shape.value_or(Shape{});
  buffer.bytes = live.bytes;
  buffer.producer = value.producer < 0 ? -1 : step_of[at(value.producer)];
  buffer.last_reader = live.last_reader;
  buffer.last = live.last;
  const auto is_output = [&](ValueId id) { return std::ranges::find(graph.outputs, id) != graph.outputs.end(); };
  buffer.output = is_output(live.value) || std::ranges::any_of(live.sharers, is_output);
  for (const ValueId id : live.sharers) buffer.sharers.push_back(graph.values[at(id)].name);
  return buffer;
}

std::vector<std::int32_t> steps_of(const ScopeLiveness& live) {
  std::vector<std::int32_t> step_of(live.order.size());
  for (std::size_t step = 0; step < live.order.size(); ++step) {
    step_of[at(live.order[step])] = static_cast<std::int32_t>(step);
  }
  return step_of;
}

/// Buffers alive at a scope's peak, those of the body that decides it included.
void collect_peak(const ShapedModel& shaped, const std::vector<ScopeLiveness>& lives, ScopeId id,
                  std::vector<MemoryBuffer>& out) {
  const ScopeLiveness& live = lives[at(id)];
  if (live.peak_step < 0) return;
  const ScopeId body = live.body[at(live.peak_step)];
  const bool outputs_inside = body >= 0 && inputs_are_callers(shaped.scopes[at(body)].kind);
  const std::vector<std::int32_t> step_of = steps_of(live);
  const auto& values = shaped.scopes[at(id)].graph->values;
  for (const LiveBuffer& buffer : live.buffers) {
    if (buffer.first > live.peak_step || buffer.last < live.peak_step) continue;
    // Counted in the body, where it is made.
    if (outputs_inside && values[at(buffer.value)].producer == live.order[at(live.peak_step)]) continue;
    out.push_back(buffer_of(shaped.scopes[at(id)], step_of, buffer));
  }
  if (body >= 0) collect_peak(shaped, lives, body, out);
}

/// By node of the main graph: the row that shows it, -1 where none does.
std::vector<std::int32_t> file_rows(const Analysis& analysis, std::size_t nodes) {
  std::vector<std::int32_t> rows(nodes, -1);
  for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
    const NodeRow& row = analysis.nodes[r];
    if (row.scope_id == 0 && row.graph_node >= 0 && at(row.graph_node) < nodes) {
      rows[at(row.graph_node)] = static_cast<std::int32_t>(r);
    }
  }
  return rows;
}

std::vector<std::int32_t> runtime_rows(const Analysis& analysis, std::size_t nodes) {
  std::vector<std::int32_t> rows(nodes, -1);
  const auto& executed = analysis.measurement.nodes;
  for (std::size_t r = 0; r < executed.size() && r < analysis.runtime.size(); ++r) {
    const std::int32_t node = executed[r].optimized_node;
    if (node >= 0 && at(node) < nodes && rows[at(node)] < 0) rows[at(node)] = static_cast<std::int32_t>(r);
  }
  return rows;
}

std::int64_t sum_of(const Scope& scope, const std::vector<ValueId>& ids) {
  std::int64_t sum = 0;
  std::unordered_set<ValueId> seen;
  for (const ValueId id : ids) {
    if (id == no_value || !seen.insert(id).second) continue;
    const TensorInfo& info = scope.tensors[at(id)];
    if (scope.graph->values[at(id)].initializer >= 0 || !info.shape) continue;
    const auto elements = element_count(std::span<const std::int64_t>(*info.shape));
    const auto bytes = elements ? packed_bytes(*elements, info.dtype) : std::nullopt;
    // Liveness has added these up already, or there is no timeline.
    sum += bytes.value_or(0);
  }
  return sum;
}

std::shared_ptr<MemoryTimeline> build(const ShapedModel& shaped, MemoryOrder order,
                                      const std::vector<std::int32_t>& sequence,
                                      const std::vector<std::int32_t>& rows) {
  const auto lives = live_memory(shaped, {.rule = MemoryRule::in_place, .order = sequence});
  if (!lives) return nullptr;
  const Scope& main = shaped.scopes.front();
  const ScopeLiveness& live = lives->front();
  auto timeline = std::make_shared<MemoryTimeline>();
  timeline->order = order;
  timeline->peak_bytes = live.peak;
  timeline->peak_step = live.peak_step;
  timeline->input_bytes = sum_of(main, main.graph->inputs);
  timeline->output_bytes = sum_of(main, main.graph->outputs);
  for (std::size_t step = 0; step < live.order.size(); ++step) {
    const Node& node = main.graph->nodes[at(live.order[step])];
    MemoryStep& entry = timeline->steps.emplace_back();
    entry.name = node.name;
    entry.op_type = node.op_type;
    entry.domain = node.domain;
    (order == MemoryOrder::file ? entry.row : entry.runtime_row) = rows[at(live.order[step])];
    entry.during = live.during[step];
    entry.after = live.after[step];
    entry.inside = live.inside[step];
  }
  const std::vector<std::int32_t> step_of = steps_of(live);
  for (const LiveBuffer& buffer : live.buffers) timeline->buffers.push_back(buffer_of(main, step_of, buffer));
  collect_peak(shaped, *lives, 0, timeline->at_peak);
  std::ranges::sort(timeline->at_peak, {}, [](const MemoryBuffer& buffer) {
    return std::pair<std::int64_t, std::string_view>(-buffer.bytes, buffer.name);
  });
  return timeline;
}

void add_held(MemoryTimeline& timeline, const ShapedModel& shaped, const std::vector<std::int32_t>& sequence) {
  const auto lives = live_memory(shaped, {.rule = MemoryRule::runtime, .order = sequence});
  if (!lives) return;
  const ScopeLiveness& live = lives->front();
  for (std::size_t step = 0; step < timeline.steps.size(); ++step) timeline.steps[step].held = live.during[step];
  timeline.held_peak_bytes = live.peak;
  timeline.held_peak_step = live.peak_step;
}

}  // namespace

std::vector<std::int32_t> execution_order(const Graph& graph, const Measurement& measurement) {
  std::vector<std::int32_t> order;
  order.reserve(graph.nodes.size());
  std::vector<bool> placed(graph.nodes.size());
  std::vector<std::pair<std::int32_t, std::size_t>> open;  // a node, and which input comes next
  const auto place = [&](std::int32_t wanted) {
    if (wanted < 0 || at(wanted) >= placed.size() || placed[at(wanted)]) return;
    open.assign(1, {wanted, 0});
    placed[at(wanted)] = true;
    while (!open.empty()) {
      const auto [node, next] = open.back();
      const auto& inputs = graph.nodes[at(node)].inputs;
      if (next == inputs.size()) {
        order.push_back(node);
        open.pop_back();
        continue;
      }
      ++open.back().second;
      const std::int32_t producer = inputs[next] == no_value ? -1 : graph.values[at(inputs[next])].producer;
      if (producer < 0 || placed[at(producer)]) continue;
      placed[at(producer)] = true;
      open.emplace_back(producer, 0);
    }
  };
  for (const RuntimeNode& executed : measurement.nodes) place(executed.optimized_node);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) place(static_cast<std::int32_t>(n));
  return order;
}

std::optional<std::int64_t> stored_weight_bytes(const ShapedModel& shaped) {
  std::optional<std::int64_t> sum = 0;
  const auto add = [&](const Tensor& tensor) {
    const auto bytes = packed_bytes(element_count(tensor), tensor.dtype);
    if (sum && bytes) sum = checked_add(*sum, *bytes);  // texts have no fixed size and are no weights
  };
  std::unordered_set<const Graph*> seen;
  for (const Scope& scope : shaped.scopes) {
    if (!seen.insert(scope.graph.get()).second) continue;
    std::ranges::for_each(scope.graph->initializers, add);
    for (const SparseTensor& sparse : scope.graph->sparse_initializers) {
      add(sparse.values);
      add(sparse.indices);
    }
    for (const Node& node : scope.graph->nodes) {
      if (node.op_type != "Constant" || !node.domain.empty()) continue;
      const Attribute* value = find_attribute(node, "value");
      if (value == nullptr) continue;
      if (const auto* tensor = std::get_if<Tensor>(&value->value)) add(*tensor);
    }
  }
  return sum;
}

std::shared_ptr<const MemoryTimeline> memory_timeline(const Analysis& analysis) {
  if (analysis.executed && !analysis.executed->scopes.empty()) {
    const ShapedModel& shaped = *analysis.executed;
    const Graph& graph = *shaped.scopes.front().graph;
    const std::vector<std::int32_t> sequence = execution_order(graph, analysis.measurement);
    auto timeline = build(shaped, MemoryOrder::executed, sequence, runtime_rows(analysis, graph.nodes.size()));
    if (timeline) {
      add_held(*timeline, shaped, sequence);
      timeline->weight_bytes = stored_weight_bytes(shaped).value_or(analysis.totals.weight_bytes);
      for (const Scope& scope : shaped.scopes) {
        std::ranges::move(packed_weights(scope), std::back_inserter(timeline->packed));
      }
      return timeline;
    }
  }
  if (!analysis.shaped || analysis.shaped->scopes.empty()) return nullptr;
  const std::size_t nodes = analysis.shaped->scopes.front().graph->nodes.size();
  auto timeline = build(*analysis.shaped, MemoryOrder::file, {}, file_rows(analysis, nodes));
  if (timeline) timeline->weight_bytes = analysis.totals.weight_bytes;
  return timeline;
}

}  // namespace costscan
