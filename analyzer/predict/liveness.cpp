// Which tensors live at the same time when nodes run one after the other: a node's inputs and outputs live together
// while it runs, except where one lies in the other's memory.
#include "predict/liveness.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

#include "model/checked_math.hpp"
#include "predict/predict.hpp"

namespace costscan {
namespace {

constexpr std::int32_t never = -1;

/// Bytes of a value's own memory; nullopt where the type or shape is unknown, or has no fixed size.
std::optional<std::int64_t> own_bytes(const Scope& scope, ValueId id, MemoryRule rule) {
  const TensorInfo& info = scope.tensors[at(id)];
  const Value& value = scope.graph->values[at(id)];
  if (is_stored(scope, id) || value.origin == ValueOrigin::captured) return 0;
  // What constants alone decide is folded into weights, except where the runtime has left it in its graph.
  if (info.constant && rule != MemoryRule::runtime) return 0;
  if (value.origin == ValueOrigin::graph_input) {
    if (inputs_are_callers(scope.kind)) return 0;
    if (rule == MemoryRule::runtime && scope.kind == ScopeKind::main) return 0;
  }
  if (info.kind != TypeKind::tensor || !info.shape) return std::nullopt;
  const auto elements = element_count(std::span<const std::int64_t>(*info.shape));
  if (!elements || (bits_per_element(info.dtype) == 0 && *elements != 0)) return std::nullopt;
  return *elements == 0 ? 0 : packed_bytes(*elements, info.dtype);
}

/// Live range of one root in steps of its scope.
struct Range {
  std::int32_t first = never;
  std::int32_t last = never;
  std::int32_t last_reader = never;
  std::vector<ValueId> sharers;
};

class ScopeWalk {
 public:
  ScopeWalk(const Scope& scope, const std::vector<std::vector<ValueId>>& captures, const LivenessOptions& options)
      : scope_(scope), graph_(*scope.graph), rule_(options.rule) {
    const bool given = scope.kind == ScopeKind::main && options.order.size() == graph_.nodes.size();
    live_.order.resize(graph_.nodes.size());
    std::iota(live_.order.begin(), live_.order.end(), 0);
    if (given) std::ranges::copy(options.order, live_.order.begin());
    root_ = share_memory(scope, live_.order, captures, rule_);
    ranges_.resize(graph_.values.size());
    find_ranges(captures);
  }

  /// Buffers with their sizes; false where one has none.
  bool measure() {
    for (std::size_t id = 0; id < ranges_.size(); ++id) {
      Range& range = ranges_[id];
      if (range.first == never || root_[id] != static_cast<ValueId>(id)) continue;
      const auto bytes = own_bytes(scope_, static_cast<ValueId>(id), rule_);
      if (!bytes) return false;
      if (*bytes == 0) continue;
      live_.buffers.push_back({.value = static_cast<ValueId>(id),
                               .sharers = std::move(range.sharers),
                               .bytes = *bytes,
                               .first = range.first,
                               .last = range.last,
                               .last_reader = range.last_reader});
    }
    std::ranges::sort(live_.buffers, {},
                      [](const LiveBuffer& buffer) { return std::pair(buffer.first, buffer.value); });
    return true;
  }

  /// What a body of the node at this step needs for itself. `holds_outputs`: the node's outputs are counted in there.
  void add_body(std::int32_t node, ScopeId body, std::int64_t peak, bool holds_outputs) {
    bodies_.resize(graph_.nodes.size());
    Body& dearest = bodies_[at(node)];
    if (dearest.scope < 0 || peak > dearest.peak) dearest = {body, peak, holds_outputs};
  }

  /// Sums over the steps; false where one leaves int64.
  bool add_up() {
    const std::size_t steps = std::max<std::size_t>(graph_.nodes.size(), 1);
    std::vector<std::int64_t> born(steps);
    std::vector<std::int64_t> dead(steps);  // freed after the step
    for (const LiveBuffer& buffer : live_.buffers) {
      const auto more = checked_add(born[at(buffer.first)], buffer.bytes);
      const auto less = checked_add(dead[at(buffer.last)], buffer.bytes);
      if (!more || !less) return false;
      born[at(buffer.first)] = *more;
      dead[at(buffer.last)] = *less;
    }
    std::int64_t now = 0;
    for (std::size_t step = 0; step < steps; ++step) {
      const auto grown = checked_add(now, born[step]);
      if (!grown || !add_step(step, *grown)) return false;
      now = *grown - dead[step];
      live_.after.push_back(now);
    }
    if (graph_.nodes.empty()) {  // inputs handed through
      live_.peak = live_.during.front();
      live_.during.clear();
      live_.after.clear();
      live_.inside.clear();
      live_.body.clear();
      return true;
    }
    const auto peak = std::ranges::max_element(live_.during);
    live_.peak = *peak;
    live_.peak_step = static_cast<std::int32_t>(peak - live_.during.begin());
    return true;
  }

  [[nodiscard]] const ScopeLiveness& live() const { return live_; }
  [[nodiscard]] ScopeLiveness&& take() { return std::move(live_); }

 private:
  struct Body {
    ScopeId scope = -1;
    std::int64_t peak = 0;
    bool holds_outputs = false;
  };

  void extend(ValueId id, std::int32_t step) {
    Range& range = ranges_[at(root_[at(id)])];
    range.first = range.first == never ? step : std::min(range.first, step);
    range.last = std::max(range.last, step);
  }

  void read(ValueId id, std::int32_t step) {
    if (id == no_value) return;
    extend(id, step);
    Range& range = ranges_[at(root_[at(id)])];
    range.last_reader = std::max(range.last_reader, step);
  }

  void find_ranges(const std::vector<std::vector<ValueId>>& captures) {
    const auto end = static_cast<std::int32_t>(std::max<std::size_t>(graph_.nodes.size(), 1) - 1);
    for (const ValueId id : graph_.inputs) {
      if (id == no_value) continue;
      extend(id, 0);
      // A trip's inputs are handed to it: the runtime lets them go when it is over.
      if (rule_ == MemoryRule::runtime) extend(id, end);
    }
    for (std::size_t position = 0; position < live_.order.size(); ++position) {
      const std::int32_t index = live_.order[position];
      const Node& node = graph_.nodes[at(index)];
      const auto step = static_cast<std::int32_t>(position);
      for (const ValueId id : node.inputs) read(id, step);
      for (const ValueId id : captures[at(index)]) read(id, step);
      for (const ValueId id : node.outputs) {
        if (id == no_value) continue;
        extend(id, step);
        const ValueId root = root_[at(id)];
        if (root != id) ranges_[at(root)].sharers.push_back(id);
      }
    }
    for (const ValueId id : graph_.outputs) {
      if (id != no_value) extend(id, end);
    }
  }

  /// Bytes of the node's outputs that start to live with it.
  std::optional<std::int64_t> output_bytes(std::size_t step) const {
    std::int64_t sum = 0;
    const Node& node = graph_.nodes[at(live_.order[step])];
    for (const LiveBuffer& buffer :
         std::ranges::equal_range(live_.buffers, static_cast<std::int32_t>(step), {}, &LiveBuffer::first)) {
      if (std::ranges::find(node.outputs, buffer.value) == node.outputs.end()) continue;
      const auto next = checked_add(sum, buffer.bytes);
      if (!next) return std::nullopt;
      sum = *next;
    }
    return sum;
  }

  bool add_step(std::size_t step, std::int64_t grown) {
    std::int64_t during = grown;
    std::int64_t inside = 0;
    ScopeId body = -1;
    if (!bodies_.empty() && step < live_.order.size()) {
      const Body& dearest = bodies_[at(live_.order[step])];
      if (dearest.scope >= 0 && dearest.peak > 0) {
        const auto held = dearest.holds_outputs ? output_bytes(step) : std::optional<std::int64_t>(0);
        const auto sum = held ? checked_add(grown - *held, dearest.peak) : std::nullopt;
        if (!sum) return false;
        if (*sum > during) {
          during = *sum;
          inside = dearest.peak;
          body = dearest.scope;
        }
      }
    }
    live_.during.push_back(during);
    live_.inside.push_back(inside);
    live_.body.push_back(body);
    return true;
  }

  const Scope& scope_;
  const Graph& graph_;
  MemoryRule rule_;
  ScopeLiveness live_;
  std::vector<ValueId> root_;
  std::vector<Range> ranges_;
  std::vector<Body> bodies_;  ///< by node; empty without bodies
};

/// The enclosing scope that defines `name`, seen from `inner`; -1 where none does.
ScopeId defining_scope(const ShapedModel& shaped, ScopeId inner, const std::string& name, ScopeId& child) {
  for (child = inner; shaped.scopes[at(child)].parent >= 0; child = shaped.scopes[at(child)].parent) {
    const ScopeId outer = shaped.scopes[at(child)].parent;
    const Graph& graph = *shaped.scopes[at(outer)].graph;
    const auto found = graph.value_by_name.find(name);
    if (found != graph.value_by_name.end() && graph.values[at(found->second)].origin != ValueOrigin::captured) {
      return outer;
    }
  }
  return -1;
}

}  // namespace

bool is_stored(const Scope& scope, ValueId id) {
  const Value& value = scope.graph->values[at(id)];
  if (value.initializer >= 0) return true;
  if (value.origin != ValueOrigin::node_output || value.producer < 0) return false;
  const Node& producer = scope.graph->nodes[at(value.producer)];
  return producer.op_type == "Constant" && producer.domain.empty();
}

bool inputs_are_callers(ScopeKind kind) noexcept { return kind == ScopeKind::function || kind == ScopeKind::branch; }

Captures find_captures(const ShapedModel& shaped) {
  Captures captures(shaped.scopes.size());
  for (std::size_t id = 0; id < shaped.scopes.size(); ++id) captures[id].resize(shaped.scopes[id].graph->nodes.size());
  for (std::size_t id = 0; id < shaped.scopes.size(); ++id) {
    for (const Value& value : shaped.scopes[id].graph->values) {
      if (value.origin != ValueOrigin::captured) continue;
      ScopeId child = -1;
      const ScopeId outer = defining_scope(shaped, static_cast<ScopeId>(id), value.name, child);
      if (outer < 0) continue;
      auto& read = captures[at(outer)][at(shaped.scopes[at(child)].calling_node)];
      const ValueId captured = shaped.scopes[at(outer)].graph->value_by_name.at(value.name);
      if (std::ranges::find(read, captured) == read.end()) read.push_back(captured);
    }
  }
  return captures;
}

std::optional<std::vector<ScopeLiveness>> live_memory(const ShapedModel& shaped, const LivenessOptions& options) {
  if (shaped.scopes.empty()) return std::nullopt;
  const Captures captures = find_captures(shaped);
  std::vector<ScopeWalk> walks;
  walks.reserve(shaped.scopes.size());
  for (std::size_t id = 0; id < shaped.scopes.size(); ++id) {
    walks.emplace_back(shaped.scopes[id], captures[id], options);
  }
  // Parents stand before their children, so that from the end every body is done before its caller.
  for (std::size_t id = shaped.scopes.size(); id-- > 0;) {
    const Scope& scope = shaped.scopes[id];
    if (id > 0 && (scope.trips == 0 || scope.parent < 0)) continue;  // never entered
    if (!walks[id].measure() || !walks[id].add_up()) return std::nullopt;
    if (id == 0) break;
    walks[at(scope.parent)].add_body(scope.calling_node, static_cast<ScopeId>(id), walks[id].live().peak,
                                     inputs_are_callers(scope.kind));
  }
  std::vector<ScopeLiveness> lives;
  lives.reserve(walks.size());
  for (ScopeWalk& walk : walks) lives.push_back(walk.take());
  return lives;
}

std::optional<std::int64_t> peak_activation_bytes(const ShapedModel& shaped) {
  const auto lives = live_memory(shaped);
  return lives ? std::optional(lives->front().peak) : std::nullopt;
}

}  // namespace costscan
