// Chrome's trace format, which Perfetto and chrome://tracing open: nodes laid end to end in the order of execution,
// each as long as it was measured, else predicted, to take. Format: "Trace Event Format" (times in microseconds).
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/names.hpp"
#include "reports/report.hpp"
#include "reports/trace_slices.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

constexpr int process = 1;
constexpr int node_track = 1;
constexpr int module_track = 2;
constexpr int bound_track = 3;

/// Microseconds of a whole number of nanoseconds, such that a reader who multiplies by 1000 and drops the fraction gets
/// that number again: slices that touch must not overlap.
double microseconds(std::int64_t ns) {
  double us = static_cast<double>(ns) / 1000.0;
  while (static_cast<std::int64_t>(us * 1000.0) < ns) us = std::nextafter(us, HUGE_VAL);
  return us;
}

Json slice_json(const std::string& name, const char* category, int track, std::int64_t begin, std::int64_t end) {
  return {{"name", name},
          {"cat", category},
          {"ph", "X"},
          {"pid", process},
          {"tid", track},
          {"ts", microseconds(begin)},
          {"dur", microseconds(end - begin)}};
}

Json named(const char* kind, int track, const std::string& name) {
  return {{"name", kind}, {"ph", "M"}, {"pid", process}, {"tid", track}, {"args", {{"name", name}}}};
}

Json sorted(int track) {
  return {
      {"name", "thread_sort_index"}, {"ph", "M"}, {"pid", process}, {"tid", track}, {"args", {{"sort_index", track}}}};
}

/// JSON has no number that is none or infinite: such a figure is unknown.
void put(Json& args, const char* name, const std::optional<double>& value) {
  if (value && std::isfinite(*value)) args[name] = *value;
}

void put_text(Json& args, const char* name, const std::string& text) {
  if (!text.empty()) args[name] = clean_text(text);
}

/// Unknown figures are absent, never 0.
void put_cost(Json& args, const NodeCost& cost) {
  args["trust"] = to_string(cost.trust);
  if (cost.trust == Trust::unknown) return put_text(args, "unknown_reason", cost.unknown_reason);
  args["flops"] = cost.work.flops;
  args["macs"] = cost.work.macs;
  args["transcendentals"] = cost.work.transcendentals;
  args["int_ops"] = cost.work.int_ops;
  args["read_bytes"] = cost.work.read_bytes;
  args["write_bytes"] = cost.work.write_bytes;
  args["compulsory_bytes"] = cost.compulsory_bytes;
  args["weight_bytes"] = cost.weight_bytes;
}

Json node_args(const NodeRow& row) {
  Json args = Json::object();
  args["node_index"] = row.node_index;
  args["op_type"] = clean_text(op_label(row.domain, row.op_type));
  put_text(args, "subgraph", row.subgraph);
  put_text(args, "scope", row.scope);
  put_text(args, "input_shapes", shapes_text(row.inputs));
  put_text(args, "output_shapes", shapes_text(row.outputs));
  put_text(args, "dtype", dtype_text(row.dtype));
  put_cost(args, row.cost);
  put_text(args, "bound", to_string(row.bound));
  put(args, "predicted_us", row.predicted_us);
  return args;
}

Json runtime_args(const Analysis& analysis, const RuntimeRow& run) {
  constexpr std::size_t most_names = 50;
  Json args = Json::object();
  args["op_type"] = clean_text(op_label(run.domain, run.op_type));
  put_text(args, "provider", run.provider);
  put_text(args, "join", run.join);
  Json names = Json::array();
  for (const std::int32_t row : run.rows) {
    if (names.size() == most_names) break;
    names.push_back(node_label(analysis.nodes[static_cast<std::size_t>(row)]));
  }
  args["nodes"] = std::move(names);
  args["node_count"] = run.rows.size();
  put_cost(args, run.cost);
  put_text(args, "bound", to_string(run.bound));
  put(args, "predicted_us", run.predicted_us);
  put(args, "measured_us", run.measured_us);
  put(args, "measured_mad_us", run.measured_mad_us);
  return args;
}

Json args_of(const Analysis& analysis, const TraceSlice& slice) {
  const auto index = static_cast<std::size_t>(slice.index);
  if (slice.index < 0) return Json::object();
  Json args = slice.runtime ? runtime_args(analysis, analysis.runtime[index]) : node_args(analysis.nodes[index]);
  if (!slice.time_known) args["time"] = "unknown";
  return args;
}

void add_nodes(const Analysis& analysis, const Trace& trace, Json& events) {
  for (const TraceSlice& slice : trace.slices) {
    Json event = slice_json(clean_text(slice.name), "node", node_track, slice.begin_ns, slice.end_ns);
    event["args"] = args_of(analysis, slice);
    events.push_back(std::move(event));
  }
}

/// Work per second while a slice lasts; a counter keeps its value until the next event.
void add_counters(const Trace& trace, Json& events) {
  const auto counter = [&](const char* name, std::int64_t ns, double value) {
    events.push_back(
        {{"name", name}, {"ph", "C"}, {"pid", process}, {"ts", microseconds(ns)}, {"args", {{"value", value}}}});
  };
  for (const TraceSlice& slice : trace.slices) {
    if (slice.end_ns <= slice.begin_ns) continue;
    const double seconds = static_cast<double>(slice.end_ns - slice.begin_ns) * 1e-9;
    counter("FLOP/s", slice.begin_ns, slice.flops.value_or(0) / seconds);
    counter("compulsory bytes/s", slice.begin_ns, slice.bytes.value_or(0) / seconds);
  }
  counter("FLOP/s", trace.end_ns, 0);
  counter("compulsory bytes/s", trace.end_ns, 0);
}

void add_groups(const std::vector<TraceGroup>& groups, const char* category, int track, Json& events) {
  for (const TraceGroup& group : groups) {
    Json event = slice_json(clean_text(group.name), category, track, group.begin_ns, group.end_ns);
    if (!group.path.empty()) event["args"] = {{"path", clean_text(group.path)}};
    events.push_back(std::move(event));
  }
}

Json about(const Analysis& analysis, const Trace& trace) {
  Json out = {{"model", clean_text(analysis.shaped->model->path.filename().string())},
              {"costscan", COSTSCAN_VERSION},
              {"times", trace.measured ? "measured" : "predicted"},
              {"order", trace.of_runtime ? "nodes that the runtime executes" : "nodes of the file"},
              {"measurement", to_string(analysis.measurement.status)}};
  put_text(out, "measurement_reason", analysis.measurement.reason);
  put_text(out, "rates", rates_text(analysis.rates));
  put(out, "end_to_end_us", analysis.totals.measured_us);
  Json dims = Json::object();
  for (const DimBinding& binding : analysis.shaped->bindings) dims[clean_text(binding.name)] = binding.value;
  out["dims"] = std::move(dims);
  return out;
}

}  // namespace

Result<std::string> report_trace(const Analysis& analysis, const ReportOptions& /*options*/) {
  const Trace trace = lay_out_trace(analysis);
  const std::string kind = trace.measured ? "measured" : "predicted";
  Json events = Json::array();
  events.push_back(named("process_name", node_track,
                         clean_text(analysis.shaped->model->path.filename().string()) + " (" + kind + ")"));
  for (const auto& [track, name] :
       {std::pair{node_track, "nodes"}, {module_track, "modules"}, {bound_track, "bound"}}) {
    events.push_back(named("thread_name", track, name));
    events.push_back(sorted(track));
  }
  add_nodes(analysis, trace, events);
  add_groups(trace.modules, "module", module_track, events);
  add_groups(trace.bounds, "bound", bound_track, events);
  add_counters(trace, events);
  Json out = Json::object();
  out["displayTimeUnit"] = "ns";
  out["otherData"] = about(analysis, trace);
  out["traceEvents"] = std::move(events);
  constexpr int no_indent = -1;
  return out.dump(no_indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costscan
