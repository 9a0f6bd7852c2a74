#include "reports/slow_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "reports/json_pieces.hpp"
#include "reports/names.hpp"
#include "reports/slow_text.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json parts_json(const TimeParts& parts) {
  Json added = Json::array();
  for (const AddedNodes& entry : parts.added) {
    added.push_back({{"op_type", clean_text(entry.op_type)}, {"nodes", entry.nodes}, {"us", entry.us}});
  }
  return {{"latency_us", parts.latency_us > 0 ? Json(parts.latency_us) : Json(nullptr)},
          {"compute_us", parts.compute_us},
          {"memory_us", parts.memory_us},
          {"dispatch_us", parts.dispatch_us},
          {"free_us", parts.free_us},
          {"unknown_us", parts.unknown_us},
          {"between_us", parts.latency_us > 0 ? Json(parts.between_us) : Json(nullptr)},
          {"overhead_us", parts.overhead_us},
          {"profiling_us", parts.profiling_us},
          {"profiling_removed_us", parts.profiling_removed_us},
          {"added", std::move(added)}};
}

Json gap_json(const Analysis& analysis, const Gap& gap) {
  return {{"runtime_index", gap.runtime},
          {"row", gap.row < 0 ? Json(nullptr) : Json(gap.row)},
          {"work", clean_text(gap.work)},
          {"measured_us", gap.measured_us},
          {"efficiency", gap.efficiency},
          {"saves_us", gap.saves_us},
          {"alike", gap.alike},
          {"all_saves_us", gap.all_saves_us},
          {"sentence", gap_sentence(analysis, gap)}};
}

}  // namespace

Json slow_json(const Analysis& analysis) {
  if (!analysis.slow) return nullptr;
  const SlowReport& slow = *analysis.slow;
  Json gaps = Json::array();
  for (const Gap& gap : slow.gaps) gaps.push_back(gap_json(analysis, gap));
  return {{"roof", clean_text(slow.roof)},
          {"roof_source", clean_text(slow.roof_source)},
          {"parts", parts_json(slow.parts)},
          {"gap_us", slow.gap_us},
          {"gaps", std::move(gaps)}};
}

void append_achieved(RowFields& fields, const Achieved& achieved) {
  fields.emplace_back("achieved_ops_per_second", optional_json(achieved.operations_per_second));
  fields.emplace_back("achieved_bytes_per_second", optional_json(achieved.bytes_per_second));
  fields.emplace_back("roof_us", optional_json(achieved.roof_us));
  fields.emplace_back("efficiency", optional_json(achieved.efficiency));
  fields.emplace_back("machine_efficiency", optional_json(achieved.machine_efficiency));
  fields.emplace_back("gap_us", optional_json(achieved.gap_us));
}

}  // namespace costscan
