#include "reports/trace_slices.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

#include "reports/names.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

using Path = std::vector<std::string>;

Path parts_of(const std::string& scope) {
  Path parts;
  std::string_view rest = scope;
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    if (slash != 0) parts.emplace_back(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  }
  return parts;
}

std::string joined(const Path& parts, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : "/") + parts[i];
  return out;
}

std::size_t common_parts(const Path& a, const Path& b) {
  const auto [end, ignored] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(end - a.begin());
}

/// The module that all rows are in.
std::string common_scope(const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  std::optional<Path> common;
  for (const std::int32_t row : rows) {
    Path parts = parts_of(analysis.nodes[static_cast<std::size_t>(row)].scope);
    if (common) {
      common->resize(common_parts(*common, parts));
    } else {
      common = std::move(parts);
    }
  }
  return common ? joined(*common, common->size()) : std::string();
}

/// Ends each slice where the next begins; rounding never adds up, since ends are rounded from the running sum.
class Clock {
 public:
  void place(TraceSlice& slice, const std::optional<double>& us) {
    slice.time_known = us.has_value() && std::isfinite(*us);
    slice.begin_ns = now_;
    constexpr double ns_per_us = 1000;
    constexpr double longest_us = 1e12;  // twelve days
    if (slice.time_known) sum_us_ = std::min(sum_us_ + std::max(*us, 0.0), longest_us);
    now_ = std::llround(sum_us_ * ns_per_us);
    slice.end_ns = now_;
  }
  [[nodiscard]] std::int64_t now() const { return now_; }

 private:
  double sum_us_ = 0;
  std::int64_t now_ = 0;
};

void set_work(TraceSlice& slice, const NodeCost& cost) {
  if (cost.trust == Trust::unknown) return;
  slice.flops = static_cast<double>(cost.work.flops);
  slice.bytes = static_cast<double>(cost.compulsory_bytes);
}

/// Where the executed op itself has no cost, that of the nodes which it stands for.
void set_work_of_rows(TraceSlice& slice, const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  double flops = 0;
  double bytes = 0;
  for (const std::int32_t index : rows) {
    const NodeCost& cost = analysis.nodes[static_cast<std::size_t>(index)].cost;
    if (cost.trust == Trust::unknown) return;
    flops += static_cast<double>(cost.work.flops);
    bytes += static_cast<double>(cost.compulsory_bytes);
  }
  if (rows.empty()) return;
  slice.flops = flops;
  slice.bytes = bytes;
}

void add_runtime(const Analysis& analysis, Trace& trace, Clock& clock) {
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    const RuntimeRow& run = analysis.runtime[r];
    TraceSlice slice;
    slice.name = run.name.empty() ? op_label(run.domain, run.op_type) : run.name;
    slice.index = static_cast<std::int32_t>(r);
    slice.runtime = true;
    slice.scope = common_scope(analysis, run.rows);
    slice.bound = run.bound;
    set_work(slice, run.cost);
    if (!slice.flops) set_work_of_rows(slice, analysis, run.rows);
    if (slice.bound == Bound::unknown && run.rows.size() == 1) {
      slice.bound = analysis.nodes[static_cast<std::size_t>(run.rows.front())].bound;
    }
    clock.place(slice, trace.measured ? run.measured_us : run.predicted_us);
    trace.slices.push_back(std::move(slice));
  }
}

bool is_folded(const NodeRow& row) {
  return !row.outputs.empty() && std::ranges::all_of(row.outputs, [](const TensorColumn& output) {
    return !output.present || output.constant;
  });
}

/// Rows as they would run: topological, what a node calls before the node itself (as the runtime lists them).
class RowOrder {
 public:
  explicit RowOrder(const Analysis& analysis) : analysis_(analysis) {
    for (std::size_t r = 0; r < analysis.nodes.size(); ++r) {
      const NodeRow& row = analysis.nodes[r];
      scopes_[row.scope_id].emplace(row.graph_node, r);
    }
  }

  std::vector<std::size_t> rows() {
    const auto& scopes = analysis_.shaped->scopes;
    if (scopes.empty()) {  // no graph to follow: as they stand
      for (std::size_t r = 0; r < analysis_.nodes.size(); ++r) order_.push_back(r);
    } else {
      walk(0);
    }
    return std::move(order_);
  }

 private:
  void walk(ScopeId scope) {
    const auto& scopes = analysis_.shaped->scopes;
    for (const auto& [node, row] : scopes_[scope]) {
      for (const ScopeId child : scopes[static_cast<std::size_t>(scope)].children) {
        if (scopes[static_cast<std::size_t>(child)].calling_node == node) walk(child);
      }
      order_.push_back(row);
    }
  }

  const Analysis& analysis_;
  std::map<ScopeId, std::multimap<std::int32_t, std::size_t>> scopes_;
  std::vector<std::size_t> order_;
};

void add_rows(const Analysis& analysis, Trace& trace, Clock& clock) {
  for (const std::size_t r : RowOrder(analysis).rows()) {
    const NodeRow& row = analysis.nodes[r];
    if (is_folded(row)) continue;  // computed before the run
    TraceSlice slice;
    slice.name = node_label(row);
    slice.index = static_cast<std::int32_t>(r);
    slice.scope = row.scope;
    slice.bound = row.bound;
    set_work(slice, row.cost);
    clock.place(slice, trace.measured ? row.measured_us : row.predicted_us);
    trace.slices.push_back(std::move(slice));
  }
}

void add_remainder(const Analysis& analysis, Trace& trace, Clock& clock) {
  const auto remainder = trace.measured ? runtime_remainder_us(analysis) : std::nullopt;
  if (!remainder || *remainder <= 0) return;
  TraceSlice slice;
  slice.name = "remainder: between nodes";
  clock.place(slice, remainder);
  trace.slices.push_back(std::move(slice));
}

/// One group for every module on every stretch in which execution stays in it.
std::vector<TraceGroup> group_modules(const std::vector<TraceSlice>& slices) {
  std::vector<TraceGroup> groups;
  Path here;
  std::vector<std::size_t> open;  ///< indices into groups, from the outside in
  for (const TraceSlice& slice : slices) {
    const Path parts = parts_of(slice.scope);
    const std::size_t kept = std::min(common_parts(here, parts), open.size());
    open.resize(kept);
    for (std::size_t depth = kept; depth < parts.size(); ++depth) {
      open.push_back(groups.size());
      groups.push_back({parts[depth], joined(parts, depth + 1), slice.begin_ns, slice.begin_ns});
    }
    for (const std::size_t group : open) groups[group].end_ns = slice.end_ns;
    here = parts;
  }
  return groups;
}

std::vector<TraceGroup> group_bounds(const std::vector<TraceSlice>& slices) {
  std::vector<TraceGroup> groups;
  for (const TraceSlice& slice : slices) {
    if (slice.index < 0 || slice.end_ns <= slice.begin_ns) continue;
    const std::string name = slice.bound == Bound::unknown ? "unknown" : to_string(slice.bound);
    if (groups.empty() || groups.back().name != name || groups.back().end_ns != slice.begin_ns) {
      groups.push_back({name, {}, slice.begin_ns, slice.begin_ns});
    }
    groups.back().end_ns = slice.end_ns;
  }
  return groups;
}

}  // namespace

Trace lay_out_trace(const Analysis& analysis) {
  Trace trace;
  Clock clock;
  trace.of_runtime = !analysis.runtime.empty();
  if (trace.of_runtime) {
    trace.measured =
        std::ranges::any_of(analysis.runtime, [](const RuntimeRow& run) { return run.measured_us.has_value(); });
    add_runtime(analysis, trace, clock);
  } else {
    trace.measured =
        std::ranges::any_of(analysis.nodes, [](const NodeRow& row) { return row.measured_us.has_value(); });
    add_rows(analysis, trace, clock);
  }
  add_remainder(analysis, trace, clock);
  trace.modules = group_modules(trace.slices);
  trace.bounds = group_bounds(trace.slices);
  trace.end_ns = clock.now();
  return trace;
}

}  // namespace costscan
