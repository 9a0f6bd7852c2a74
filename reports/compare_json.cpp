// `costscan compare` for programs: everything that the comparison found, raw samples included.
#include <nlohmann/json.hpp>
#include <variant>

#include "reports/compare_figures.hpp"
#include "reports/compare_report.hpp"
#include "reports/document.hpp"
#include "reports/json_pieces.hpp"
#include "reports/measurement_json.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json cell_json(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          return nullptr;
        } else {
          return value;
        }
      },
      cell);
}

/// One object for each row.
Json rows_json(const Table& table) {
  Json out = Json::array();
  for (const auto& cells : table.rows) {
    Json row = Json::object();
    for (std::size_t i = 0; i < cells.size(); ++i) row[std::string(table.header[i])] = cell_json(cells[i]);
    out.push_back(std::move(row));
  }
  return out;
}

/// The tables' rows with the nodes behind them, as places in the models' own node lists.
Json groups_json(const Comparison& comparison) {
  Json out = rows_json(group_table(comparison));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i]["a_rows"] = comparison.groups[i].a;
    out[i]["b_rows"] = comparison.groups[i].b;
  }
  return out;
}

Json interval_json(const std::optional<RatioInterval>& interval) {
  if (!interval) return nullptr;
  return {{"ratio", interval->ratio},
          {"low", interval->low},
          {"high", interval->high},
          {"confidence", interval->confidence},
          {"no_difference", interval->spans_one()}};
}

Json output_json(const OutputAgreement& output) {
  return {{"a_name", clean_text(output.name_a)},
          {"b_name", clean_text(output.name_b)},
          {"matched_by", output.how},
          {"a_dtype", dtype_text(output.dtype_a)},
          {"b_dtype", dtype_text(output.dtype_b)},
          {"a_shape", output.shape_a},
          {"b_shape", output.shape_b},
          {"not_compared", output.compared() ? Json(nullptr) : Json(clean_text(output.reason))},
          {"elements", output.elements},
          {"differing", output.differing},
          {"max_abs_diff", optional_json(output.max_abs_diff)},
          {"max_rel_diff", optional_json(output.max_rel_diff)},
          {"max_abs_a", output.max_abs_a},
          {"nan_a", output.nan_a},
          {"nan_b", output.nan_b},
          {"nan_mismatch", output.nan_mismatch},
          {"infinite_mismatch", output.infinite_mismatch}};
}

Json rounds_json(const std::vector<PairRound>& rounds) {
  Json out = Json::array();
  for (const PairRound& round : rounds) {
    out.push_back({{"sitting", round.sitting},
                   {"first", round.first_ran_first ? "a" : "b"},
                   {"a_us", round.first_us},
                   {"b_us", round.second_us}});
  }
  return out;
}

Json pair_json(const PairMeasurement& pair) {
  return {{"status", to_string(pair.status)},
          {"reason", clean_text(pair.reason)},
          {"advice", clean_text(pair.advice)},
          {"runtime_library", clean_text(pair.runtime_library)},
          {"runtime_version", clean_text(pair.runtime_version)},
          {"optimization_level", pair.optimization_level},
          {"threads", pair.threads},
          {"sittings", pair.sittings},
          {"at_the_same_time", pair.at_the_same_time},
          {"a_latency", samples_json(pair.latency_a)},
          {"b_latency", samples_json(pair.latency_b)},
          {"speedup", interval_json(pair.speedup)},
          {"rounds", rounds_json(pair.rounds)},
          {"a_warmup_us", pair.warmup_a_us},
          {"b_warmup_us", pair.warmup_b_us},
          {"machine", machine_json(pair.machine)},
          {"input_notes", texts(pair.input_notes)},
          {"warnings", texts(pair.warnings)}};
}

Json agreement_json(const Agreement& agreement) {
  Json outputs = Json::array();
  for (const OutputAgreement& output : agreement.outputs) outputs.push_back(output_json(output));
  return {{"outputs", std::move(outputs)},
          {"differing_data", texts(agreement.differing_data)},
          {"shared_weights", agreement.shared_weights}};
}

}  // namespace

Result<std::string> compare_json(const Comparison& comparison, const CompareReportOptions& /*options*/) {
  Json out;
  out["schema"] = 1;
  out["model"] = rows_json(model_pair_table(comparison)).front();
  out["summary"] = speedup_text(comparison);
  out["predicted_speedup"] = optional_json(comparison.predicted_speedup);
  out["notes"] = texts(comparison.notes);
  out["measurement"] = pair_json(comparison.measurement);
  out["agreement"] = agreement_json(comparison.measurement.agreement);
  out["ops"] = rows_json(op_pair_table(comparison));
  out["groups"] = groups_json(comparison);
  // The models' own reports, so that every figure keeps its way back.
  out["a"] = document(comparison.a, Rows::columnar);
  out["b"] = document(comparison.b, Rows::columnar);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costscan
