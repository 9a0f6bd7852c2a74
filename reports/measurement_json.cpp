#include "reports/measurement_json.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "reports/json_pieces.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json roofs_json(const std::optional<MeasuredRoofs>& roofs) {
  if (!roofs) return nullptr;
  Json copies = Json::array();
  for (const CopyRate& copy : roofs->copies) {
    copies.push_back({{"footprint_bytes", copy.footprint_bytes}, {"bytes_per_second", copy.bytes_per_second}});
  }
  return {{"flops_per_second", roofs->flops_per_second},
          {"bytes_per_second", roofs->bytes_per_second},
          {"dispatch_us", roofs->dispatch_us},
          {"copies", std::move(copies)}};
}

/// In the order in which they ran: readers can see what was interleaved, and cut the samples at its seams.
Json blocks_json(const std::vector<RunBlock>& blocks) {
  Json out = Json::array();
  for (const RunBlock& block : blocks) {
    out.push_back({{"session", block.profiled ? "profiled" : "unprofiled"},
                   {"warmup_runs", block.warmup_runs},
                   {"runs", block.runs},
                   {"started_s", block.started_s}});
  }
  return out;
}

Json disturbance_json(const std::optional<Disturbance>& disturbance) {
  if (!disturbance) return nullptr;
  return {{"involuntary_switches", disturbance->involuntary_switches},
          {"major_faults", disturbance->major_faults},
          {"throttled_us", disturbance->throttled_us}};
}

}  // namespace

Json samples_json(const Samples& samples) {
  if (samples.us.empty()) return nullptr;
  return {{"median", samples.median}, {"mad", samples.mad}, {"us", samples.us}};
}

Json machine_json(const MachineInfo& machine) {
  if (machine.cpu.empty() && machine.logical_cpus == 0) return nullptr;
  return {{"cpu", clean_text(machine.cpu)},
          {"logical_cpus", machine.logical_cpus},
          {"memory_bytes", machine.memory_bytes == 0 ? Json(nullptr) : Json(machine.memory_bytes)},
          {"caches", texts(machine.caches)},
          {"governor", clean_text(machine.governor)},
          {"load_before", machine.load_before},
          {"load_after", optional_json(machine.load_after)},
          {"steal_fraction", machine.steal_fraction},
          {"temperature_before_c", optional_json(machine.temperature_before_c)},
          {"temperature_after_c", optional_json(machine.temperature_after_c)},
          {"clock_before_mhz", optional_json(machine.clock_before_mhz)},
          {"clock_after_mhz", optional_json(machine.clock_after_mhz)},
          {"os", clean_text(machine.os)}};
}

Json rates_json(const MachineRates& rates) {
  if (rates.name.empty()) return nullptr;
  Json types = Json::array();
  for (const TypeRate& type : rates.type_rates) {
    types.push_back({{"dtype", dtype_text(type.dtype)},
                     {"operations_per_second", type.operations_per_second},
                     {"source", clean_text(type.source)}});
  }
  return {{"name", clean_text(rates.name)},
          {"source", clean_text(rates.source)},
          {"flops_per_second", rates.flops_per_second},
          {"bytes_per_second", rates.bytes_per_second},
          {"dispatch_us", rates.dispatch_us},
          {"named", rates.named},
          {"type_rates", std::move(types)}};
}

Json measurement_json(const Measurement& measurement) {
  return {{"status", to_string(measurement.status)},
          {"reason", clean_text(measurement.reason)},
          {"advice", clean_text(measurement.advice)},
          {"runtime_library", clean_text(measurement.runtime_library)},
          {"runtime_version", clean_text(measurement.runtime_version)},
          {"threads", measurement.threads > 0 ? Json(measurement.threads) : Json(nullptr)},
          {"optimization_level", clean_text(measurement.optimization_level)},
          {"latency", samples_json(measurement.latency)},
          {"profiled_latency", samples_json(measurement.profiled_latency)},
          {"machine", machine_json(measurement.machine)},
          {"warmup_runs", measurement.warmup_runs},
          {"warmup_us", measurement.warmup_us},
          {"profiled_warmup_us", measurement.profiled_warmup_us},
          {"blocks", blocks_json(measurement.blocks)},
          {"disturbance", disturbance_json(measurement.disturbance)},
          {"roofs", roofs_json(measurement.roofs)},
          {"synthesized_weights", measurement.synthesized_weights},
          {"input_notes", texts(measurement.input_notes)},
          {"warnings", texts(measurement.warnings)}};
}

}  // namespace costscan
