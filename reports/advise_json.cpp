// `costscan advise` for programs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/advise_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json known_us_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json gain_json(const std::optional<Gain>& gain) {
  if (!gain) return {};
  return {{"us", gain->us}, {"deviation_us", gain->deviation_us}, {"low_us", gain->low()}, {"high_us", gain->high()}};
}

Json state_json(const AdvisedState& state) {
  return {{"nodes", state.nodes}, {"written_us", state.written_us}, {"executed_us", known_us_json(state.executed_us)}};
}

Json advised_pass_json(const AdvisedPass& pass) {
  Json out;
  out["pass"] = pass.name;
  out["verdict"] = to_string(pass.verdict);
  out["kind"] = pass.kind;
  out["accuracy"] = pass.accuracy;
  out["sites"] = pass.sites;
  out["nodes_removed"] = pass.nodes_removed;
  out["nodes_added"] = pass.nodes_added;
  out["written_gain_us"] = pass.written_us;
  out["executed_gain"] = gain_json(pass.executed);
  out["why"] = clean_text(pass.why);
  out["caution"] = pass.caution;
  return out;
}

Json measured_json(const Advice& advice) {
  if (!advice.measured) return {};
  const PairMeasurement& pair = *advice.measured;
  Json out;
  out["status"] = to_string(pair.status);
  out["reason"] = clean_text(pair.reason);
  out["passes"] = advice.measured_passes;
  out["runtime"] = clean_text(pair.runtime_version);
  out["before_us"] = pair.latency_a.us;
  out["after_us"] = pair.latency_b.us;
  if (pair.speedup) {
    out["speedup"] = pair.speedup->ratio;
    out["speedup_low"] = pair.speedup->low;
    out["speedup_high"] = pair.speedup->high;
  }
  double largest = 0;
  bool compared = !pair.agreement.outputs.empty();
  for (const OutputAgreement& output : pair.agreement.outputs) {
    compared = compared && output.compared();
    largest = std::max(largest, output.max_abs_diff.value_or(0));
  }
  out["max_abs_diff"] = compared ? Json(largest) : Json();
  return out;
}

}  // namespace

Result<std::string> advise_json(const Advice& advice, const AdviseReportOptions& /*options*/) {
  Json out;
  out["schema"] = 1;
  out["model"] = clean_text(advice.model);
  out["family"] = advice.family;
  out["machine"] = clean_text(advice.machine);
  out["basis"] = advice.basis;
  out["dims"] = advice.dims;
  out["advice"] = verdict_text(advice);
  out["recommended"] = advice.recommended;
  out["before"] = state_json(advice.before);
  out["after"] = advice.recommended.empty() ? Json() : state_json(advice.after);
  out["gain"] = gain_json(advice.total);
  out["everything"] = state_json(advice.everything);
  out["everything_gain"] = gain_json(advice.everything_total);
  out["passes"] = Json::array();
  for (const AdvisedPass& pass : advice.passes) out["passes"].push_back(advised_pass_json(pass));
  out["measured"] = measured_json(advice);
  out["warnings"] = Json::array();
  for (const std::string& text : advice.warnings) out["warnings"].push_back(clean_text(text));
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costscan
