#include "reports/memory_json.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "reports/names.hpp"
#include "reports/row_writer.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json optional_bytes(const std::optional<std::int64_t>& bytes) { return bytes ? Json(*bytes) : Json(nullptr); }

/// Positions are counted from 0; none is null.
Json position(std::int32_t index) { return index < 0 ? Json(nullptr) : Json(index); }

Json buffers_json(const std::vector<MemoryBuffer>& buffers, Rows rows) {
  RowWriter writer(rows);
  for (const MemoryBuffer& buffer : buffers) {
    Json sharers = Json::array();
    for (const std::string& name : buffer.sharers) sharers.push_back(clean_text(name));
    writer.add({{"name", clean_text(buffer.name)},
                {"dtype", dtype_text(buffer.dtype)},
                {"shape", shape_text(buffer.shape)},
                {"bytes", buffer.bytes},
                {"producer", position(buffer.producer)},
                {"last_reader", position(buffer.last_reader)},
                {"last", buffer.last},
                {"output", buffer.output},
                {"inside", buffer.inside},
                {"sharers", std::move(sharers)}});
  }
  return std::move(writer).finish();
}

Json steps_json(const MemoryTimeline& timeline, Rows rows) {
  RowWriter writer(rows);
  for (const MemoryStep& step : timeline.steps) {
    writer.add({{"node_name", clean_text(step.name)},
                {"op_type", clean_text(step.op_type)},
                {"domain", clean_text(step.domain)},
                {"node", position(step.row)},
                {"runtime", position(step.runtime_row)},
                {"during_bytes", step.during},
                {"after_bytes", step.after},
                {"inside_bytes", step.inside},
                {"held_bytes", optional_bytes(step.held)}});
  }
  return std::move(writer).finish();
}

}  // namespace

Json memory_json(const MemoryTimeline* timeline, Rows rows) {
  if (timeline == nullptr) return nullptr;
  Json packed = Json::array();
  for (const PackedWeight& weight : timeline->packed) {
    packed.push_back({{"weight", clean_text(weight.name)},
                      {"node", clean_text(weight.node)},
                      {"stored_bytes", weight.stored_bytes},
                      {"packed_bytes", optional_bytes(weight.packed_bytes)}});
  }
  return {{"order", timeline->order == MemoryOrder::executed ? "executed" : "file"},
          {"peak_bytes", timeline->peak_bytes},
          {"peak_step", position(timeline->peak_step)},
          {"held_peak_bytes", optional_bytes(timeline->held_peak_bytes)},
          {"held_peak_step", position(timeline->held_peak_step)},
          {"input_bytes", timeline->input_bytes},
          {"output_bytes", timeline->output_bytes},
          {"weight_bytes", timeline->weight_bytes},
          {"steps", steps_json(*timeline, rows)},
          {"buffers", buffers_json(timeline->buffers, rows)},
          {"at_peak", buffers_json(timeline->at_peak, rows)},
          {"packed", std::move(packed)}};
}

}  // namespace costscan
