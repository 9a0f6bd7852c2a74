// Peak activation memory: which tensors live at the same time when nodes run in file order, one after the other.
// No buffer is reused in place: a node's inputs and outputs live together while it runs.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "model/checked_math.hpp"
#include "predict/predict.hpp"

namespace costscan {
namespace {

constexpr std::int32_t never = -1;

/// Ops whose first output is the first input under another shape or type: no memory of its own. The same ops as the
/// cost models' views, as far as tensors go.
bool shares_memory(const Node& node) {
  constexpr std::array<std::string_view, 6> views = {"Reshape",   "Flatten",  "Squeeze",
                                                     "Unsqueeze", "Identity", "BitCast"};
  const auto given = [](const std::vector<ValueId>& ids, std::size_t i) {
    return i < ids.size() && ids[i] != no_value;
  };
  if (!given(node.inputs, 0) || !given(node.outputs, 0)) return false;
  if (node.domain == "com.microsoft") return node.op_type == "ExpandDims";
  if (!node.domain.empty()) return false;
  if (node.op_type == "Dropout") return !given(node.inputs, 2) && !given(node.outputs, 1);  // neither training nor mask
  return std::ranges::find(views, node.op_type) != views.end();
}

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// Live range of one value in steps of its scope (step i runs node i); `bytes` is 0 where others hold the memory.
struct Range {
  std::int64_t bytes = 0;
  std::int32_t first = never;
  std::int32_t last = never;
};

struct ScopeLiveness {
  std::vector<ValueId> root;              ///< whose memory a value shares; itself mostly
  std::vector<Range> ranges;              ///< by ValueId; only roots are used
  std::vector<std::int64_t> inner_peak;   ///< by node: what the dearest of its bodies needs while it runs
  std::vector<bool> inner_holds_outputs;  ///< by node: its outputs' memory is counted inside the body until it ends
};

/// Formal inputs of a function are the caller's own tensors; a loop's are its state from the trip before.
bool inputs_are_callers(ScopeKind kind) { return kind == ScopeKind::function || kind == ScopeKind::branch; }

/// Bytes of a value's own memory; nullopt where the type or shape is unknown, or has no fixed size.
std::optional<std::int64_t> own_bytes(const Scope& scope, ValueId id) {
  const TensorInfo& info = scope.tensors[at(id)];
  const Value& value = scope.graph->values[at(id)];
  if (info.constant || value.initializer >= 0 || value.origin == ValueOrigin::captured) return 0;
  if (value.origin == ValueOrigin::graph_input && inputs_are_callers(scope.kind)) return 0;
  if (info.kind != TypeKind::tensor || !info.shape) return std::nullopt;
  const auto elements = element_count(std::span<const std::int64_t>(*info.shape));
  if (!elements || (bits_per_element(info.dtype) == 0 && *elements != 0)) return std::nullopt;
  return *elements == 0 ? 0 : packed_bytes(*elements, info.dtype);
}

void extend(ScopeLiveness& live, ValueId id, std::int32_t step) {
  Range& range = live.ranges[at(live.root[at(id)])];
  range.first = range.first == never ? step : std::min(range.first, step);
  range.last = std::max(range.last, step);
}

ScopeLiveness node_ranges(const Scope& scope) {
  const Graph& graph = *scope.graph;
  ScopeLiveness live;
  live.root.resize(graph.values.size());
  for (std::size_t id = 0; id < live.root.size(); ++id) live.root[id] = static_cast<ValueId>(id);
  live.ranges.resize(graph.values.size());
  live.inner_peak.resize(graph.nodes.size());
  live.inner_holds_outputs.resize(graph.nodes.size());

  for (const ValueId id : graph.inputs) {
    if (id != no_value) extend(live, id, 0);
  }
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const Node& node = graph.nodes[index];
    const auto step = static_cast<std::int32_t>(index);
    if (shares_memory(node)) {
      live.root[at(node.outputs[0])] = live.root[at(node.inputs[0])];
    }
    for (const ValueId id : node.inputs) {
      if (id != no_value) extend(live, id, step);
    }
    for (const ValueId id : node.outputs) {
      if (id != no_value) extend(live, id, step);
    }
  }
  const auto end = static_cast<std::int32_t>(std::max<std::size_t>(graph.nodes.size(), 1) - 1);
  for (const ValueId id : graph.outputs) {
    if (id != no_value) extend(live, id, end);
  }
  return live;
}

/// A body reads what it captures for as long as its calling node runs: in whichever enclosing scope defines it.
void extend_captures(const ShapedModel& shaped, std::vector<ScopeLiveness>& lives, ScopeId id) {
  for (const Value& value : shaped.scopes[at(id)].graph->values) {
    if (value.origin != ValueOrigin::captured) continue;
    for (ScopeId inner = id; shaped.scopes[at(inner)].parent >= 0; inner = shaped.scopes[at(inner)].parent) {
      const ScopeId outer = shaped.scopes[at(inner)].parent;
      const Graph& graph = *shaped.scopes[at(outer)].graph;
      const auto found = graph.value_by_name.find(value.name);
      if (found == graph.value_by_name.end()) continue;
      if (graph.values[at(found->second)].origin == ValueOrigin::captured) continue;
      extend(lives[at(outer)], found->second, shaped.scopes[at(inner)].calling_node);
      break;
    }
  }
}

/// Bytes of the node's outputs that start to live with it.
std::optional<std::int64_t> output_bytes(const Node& node, const ScopeLiveness& live, std::int32_t step) {
  std::int64_t sum = 0;
  for (const ValueId id : node.outputs) {
    if (id == no_value || live.root[at(id)] != id || live.ranges[at(id)].first != step) continue;
    const auto next = checked_add(sum, live.ranges[at(id)].bytes);
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

/// Highest sum of live bytes over the steps of one scope, its bodies' needs included.
std::optional<std::int64_t> scope_peak(const Scope& scope, ScopeLiveness& live) {
  const std::size_t steps = std::max<std::size_t>(scope.graph->nodes.size(), 1);
  std::vector<std::int64_t> born(steps);
  std::vector<std::int64_t> dead(steps);  // freed after the step
  for (std::size_t id = 0; id < live.ranges.size(); ++id) {
    Range& range = live.ranges[id];
    if (range.first == never || live.root[id] != static_cast<ValueId>(id)) continue;
    const auto bytes = own_bytes(scope, static_cast<ValueId>(id));
    if (!bytes) return std::nullopt;
    range.bytes = *bytes;
    const auto more = checked_add(born[at(range.first)], *bytes);
    const auto less = checked_add(dead[at(range.last)], *bytes);
    if (!more || !less) return std::nullopt;
    born[at(range.first)] = *more;
    dead[at(range.last)] = *less;
  }
  std::int64_t now = 0;
  std::int64_t peak = 0;
  for (std::size_t step = 0; step < steps; ++step) {
    const auto grown = checked_add(now, born[step]);
    if (!grown) return std::nullopt;
    peak = std::max(peak, *grown);
    if (step < live.inner_peak.size() && live.inner_peak[step] > 0) {
      std::optional<std::int64_t> held = 0;
      if (live.inner_holds_outputs[step]) {
        held = output_bytes(scope.graph->nodes[step], live, static_cast<std::int32_t>(step));
      }
      const auto inside = held ? checked_add(*grown - *held, live.inner_peak[step]) : std::nullopt;
      if (!inside) return std::nullopt;
      peak = std::max(peak, *inside);
    }
    now = *grown - dead[step];
  }
  return peak;
}

}  // namespace

std::optional<std::int64_t> peak_activation_bytes(const ShapedModel& shaped) {
  if (shaped.scopes.empty()) return std::nullopt;
  std::vector<ScopeLiveness> lives;
  lives.reserve(shaped.scopes.size());
  for (const Scope& scope : shaped.scopes) lives.push_back(node_ranges(scope));
  for (std::size_t id = 0; id < shaped.scopes.size(); ++id) {
    extend_captures(shaped, lives, static_cast<ScopeId>(id));
  }
  // Parents stand before their children, so that from the end every body is done before its caller.
  for (std::size_t id = shaped.scopes.size(); id-- > 1;) {
    const Scope& scope = shaped.scopes[id];
    if (scope.trips == 0 || scope.parent < 0) continue;  // never entered
    const auto peak = scope_peak(scope, lives[id]);
    if (!peak) return std::nullopt;
    ScopeLiveness& caller = lives[at(scope.parent)];
    std::int64_t& inner = caller.inner_peak[at(scope.calling_node)];
    inner = std::max(inner, *peak);
    caller.inner_holds_outputs[at(scope.calling_node)] = inputs_are_callers(scope.kind);
  }
  return scope_peak(shaped.scopes.front(), lives.front());
}

}  // namespace costscan
