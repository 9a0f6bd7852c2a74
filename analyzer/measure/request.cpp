#include "measure/request.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "measure/json_file.hpp"

namespace costscan {
namespace {

using nlohmann::json;

json to_json(const Fill& fill) { return {{"kind", to_string(fill.kind)}, {"low", fill.low}, {"high", fill.high}}; }

Fill fill_from(const json& j) {
  return {fill_kind_from_string(j.at("kind")), j.at("low").get<double>(), j.at("high").get<double>()};
}

/// Raw samples only: the statistics are functions of them.
json to_json(const Samples& samples) { return {{"us", samples.us}, {"median", samples.median}, {"mad", samples.mad}}; }

Samples samples_from(const json& j) {
  return {j.at("us").get<std::vector<double>>(), j.at("median").get<double>(), j.at("mad").get<double>()};
}

json to_json(const RuntimeNode& node) {
  json dtypes = json::array();
  for (const DType dtype : node.output_dtypes) dtypes.push_back(static_cast<std::int32_t>(dtype));
  return {{"name", node.name},
          {"op_type", node.op_type},
          {"domain", node.domain},
          {"provider", node.provider},
          {"input_shapes", node.input_shapes},
          {"output_shapes", node.output_shapes},
          {"output_dtypes", std::move(dtypes)},
          {"time", to_json(node.time)}};
}

json to_json(const std::optional<MeasuredRoofs>& roofs) {
  if (!roofs) return nullptr;
  json copies = json::array();
  for (const CopyRate& copy : roofs->copies) {
    copies.push_back({{"footprint_bytes", copy.footprint_bytes}, {"bytes_per_second", copy.bytes_per_second}});
  }
  return {{"flops_per_second", roofs->flops_per_second},
          {"bytes_per_second", roofs->bytes_per_second},
          {"dispatch_us", roofs->dispatch_us},
          {"copies", std::move(copies)}};
}

json to_json(const std::vector<RunBlock>& blocks) {
  json out = json::array();
  for (const RunBlock& block : blocks) {
    out.push_back({{"profiled", block.profiled},
                   {"warmup_runs", block.warmup_runs},
                   {"runs", block.runs},
                   {"started_s", block.started_s}});
  }
  return out;
}

json to_json(const std::optional<Disturbance>& disturbance) {
  if (!disturbance) return nullptr;
  return {{"involuntary_switches", disturbance->involuntary_switches},
          {"major_faults", disturbance->major_faults},
          {"throttled_us", disturbance->throttled_us}};
}

RuntimeNode node_from(const json& j) {
  RuntimeNode node;
  node.name = j.at("name");
  node.op_type = j.at("op_type");
  node.domain = j.at("domain");
  node.provider = j.at("provider");
  node.input_shapes = j.at("input_shapes").get<std::vector<Shape>>();
  node.output_shapes = j.at("output_shapes").get<std::vector<Shape>>();
  for (const json& dtype : j.at("output_dtypes"))
    node.output_dtypes.push_back(static_cast<DType>(dtype.get<std::int32_t>()));
  node.time = samples_from(j.at("time"));
  return node;
}

MeasureRequest request_from(const json& j) {
  MeasureRequest r;
  r.model = j.at("model").get<std::string>();
  r.folder = j.at("folder").get<std::string>();
  r.runtime_library = j.at("runtime_library").get<std::string>();
  r.optimization_level = j.at("optimization_level");
  r.plan_only = j.at("plan_only");
  r.threads = j.at("threads");
  r.min_runs = j.at("min_runs");
  r.max_runs = j.at("max_runs");
  r.target_seconds = j.at("target_seconds");
  r.timeout_seconds = j.at("timeout_seconds");
  r.memory_limit_bytes = j.at("memory_limit_bytes");
  r.measure_roofs = j.at("measure_roofs");
  r.leave_one_out = j.at("leave_one_out");
  r.fault = j.at("fault");
  for (const json& input : j.at("inputs")) {
    r.inputs.push_back({input.at("name"), static_cast<DType>(input.at("dtype").get<std::int32_t>()),
                        input.at("shape").get<Shape>(), fill_from(input.at("fill")), input.at("note")});
  }
  for (const json& weight : j.at("weights")) r.weights.push_back({weight.at("name"), fill_from(weight.at("fill"))});
  return r;
}

Measurement result_from(const json& j) {
  Measurement m;
  m.status = static_cast<MeasureStatus>(j.at("status").get<int>());
  m.reason = j.at("reason");
  m.advice = j.at("advice");
  m.runtime_library = j.at("runtime_library");
  m.runtime_version = j.at("runtime_version");
  m.threads = j.at("threads");
  m.optimization_level = j.at("optimization_level");
  m.latency = samples_from(j.at("latency"));
  m.profiled_latency = samples_from(j.at("profiled_latency"));
  for (const json& node : j.at("nodes")) m.nodes.push_back(node_from(node));
  if (const json& roofs = j.at("roofs"); !roofs.is_null()) {
    m.roofs = MeasuredRoofs{roofs.at("flops_per_second"), roofs.at("bytes_per_second"), roofs.at("dispatch_us")};
    for (const json& copy : roofs.at("copies")) {
      m.roofs->copies.push_back({copy.at("footprint_bytes"), copy.at("bytes_per_second")});
    }
  }
  m.warmup_runs = j.at("warmup_runs");
  m.warmup_us = j.at("warmup_us").get<std::vector<double>>();
  m.profiled_warmup_us = j.at("profiled_warmup_us").get<std::vector<double>>();
  for (const json& block : j.at("blocks")) {
    m.blocks.push_back({block.at("profiled"), block.at("warmup_runs"), block.at("runs"), block.at("started_s")});
  }
  if (const json& d = j.at("disturbance"); !d.is_null()) {
    m.disturbance = Disturbance{d.at("involuntary_switches"), d.at("major_faults"), d.at("throttled_us")};
  }
  m.synthesized_weights = j.at("synthesized_weights");
  m.input_notes = j.at("input_notes").get<std::vector<std::string>>();
  m.warnings = j.at("warnings").get<std::vector<std::string>>();
  return m;
}

}  // namespace

std::filesystem::path request_file(const std::filesystem::path& folder) { return folder / "request.json"; }
std::filesystem::path result_file(const std::filesystem::path& folder) { return folder / "result.json"; }
std::filesystem::path optimized_file(const std::filesystem::path& folder) { return folder / "optimized.onnx"; }

Result<void> write_request(const MeasureRequest& r, const std::filesystem::path& file) {
  json inputs = json::array();
  for (const InputPlan& input : r.inputs) {
    inputs.push_back({{"name", input.name},
                      {"dtype", static_cast<std::int32_t>(input.dtype)},
                      {"shape", input.shape},
                      {"fill", to_json(input.fill)},
                      {"note", input.note}});
  }
  json weights = json::array();
  for (const WeightPlan& weight : r.weights) weights.push_back({{"name", weight.name}, {"fill", to_json(weight.fill)}});
  return write_json_file({{"model", r.model.string()},
                          {"folder", r.folder.string()},
                          {"runtime_library", r.runtime_library.string()},
                          {"optimization_level", r.optimization_level},
                          {"plan_only", r.plan_only},
                          {"threads", r.threads},
                          {"min_runs", r.min_runs},
                          {"max_runs", r.max_runs},
                          {"target_seconds", r.target_seconds},
                          {"timeout_seconds", r.timeout_seconds},
                          {"memory_limit_bytes", r.memory_limit_bytes},
                          {"measure_roofs", r.measure_roofs},
                          {"leave_one_out", r.leave_one_out},
                          {"fault", r.fault},
                          {"inputs", std::move(inputs)},
                          {"weights", std::move(weights)}},
                         file);
}

Result<MeasureRequest> read_request(const std::filesystem::path& file) { return read_json_file(file, request_from); }

Result<void> write_result(const Measurement& m, const std::filesystem::path& file) {
  json nodes = json::array();
  for (const RuntimeNode& node : m.nodes) nodes.push_back(to_json(node));
  return write_json_file({{"status", static_cast<int>(m.status)},
                          {"reason", m.reason},
                          {"advice", m.advice},
                          {"runtime_library", m.runtime_library},
                          {"runtime_version", m.runtime_version},
                          {"threads", m.threads},
                          {"optimization_level", m.optimization_level},
                          {"latency", to_json(m.latency)},
                          {"profiled_latency", to_json(m.profiled_latency)},
                          {"nodes", std::move(nodes)},
                          {"roofs", to_json(m.roofs)},
                          {"warmup_runs", m.warmup_runs},
                          {"warmup_us", m.warmup_us},
                          {"profiled_warmup_us", m.profiled_warmup_us},
                          {"blocks", to_json(m.blocks)},
                          {"disturbance", to_json(m.disturbance)},
                          {"synthesized_weights", m.synthesized_weights},
                          {"input_notes", m.input_notes},
                          {"warnings", m.warnings}},
                         file);
}

Result<Measurement> read_result(const std::filesystem::path& file) { return read_json_file(file, result_from); }

}  // namespace costscan
