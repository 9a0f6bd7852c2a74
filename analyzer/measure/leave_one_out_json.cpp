// A study on its way from the child to its parent, as JSON.
#include <nlohmann/json.hpp>

#include "measure/json_file.hpp"
#include "measure/leave_one_out.hpp"
#include "measure/statistics.hpp"

namespace costscan {
namespace {

using nlohmann::json;

json to_json(const OptimizerEffect& effect) {
  return {{"name", effect.name},          {"nodes", effect.nodes},       {"with", effect.with.us},
          {"without", effect.without.us}, {"ratio", effect.ratio},       {"low", effect.low},
          {"high", effect.high},          {"measured", effect.measured}, {"reason", effect.reason}};
}

OptimizerEffect effect_from(const json& j) {
  OptimizerEffect effect;
  effect.name = j.at("name");
  effect.nodes = j.at("nodes");
  effect.with = summarize(j.at("with").get<std::vector<double>>());
  effect.without = summarize(j.at("without").get<std::vector<double>>());
  effect.measured = j.at("measured");
  effect.reason = j.at("reason");
  if (!effect.measured) return effect;  // JSON has no infinity: what was not measured has no interval
  effect.ratio = j.at("ratio");
  effect.low = j.at("low");
  effect.high = j.at("high");
  return effect;
}

OptimizerStudy study_from(const json& j) {
  OptimizerStudy study;
  study.status = static_cast<MeasureStatus>(j.at("status").get<int>());
  study.reason = j.at("reason");
  study.runtime_version = j.at("runtime_version");
  study.optimization_level = j.at("optimization_level");
  study.threads = j.at("threads");
  study.nodes = j.at("nodes");
  for (const json& effect : j.at("effects")) study.effects.push_back(effect_from(effect));
  study.control = effect_from(j.at("control"));
  study.warnings = j.at("warnings").get<std::vector<std::string>>();
  return study;
}

}  // namespace

Result<void> write_study(const OptimizerStudy& study, const std::filesystem::path& file) {
  json effects = json::array();
  for (const OptimizerEffect& effect : study.effects) effects.push_back(to_json(effect));
  return write_json_file({{"status", static_cast<int>(study.status)},
                          {"reason", study.reason},
                          {"runtime_version", study.runtime_version},
                          {"optimization_level", study.optimization_level},
                          {"threads", study.threads},
                          {"nodes", study.nodes},
                          {"effects", std::move(effects)},
                          {"control", to_json(study.control)},
                          {"warnings", study.warnings}},
                         file);
}

Result<OptimizerStudy> read_study(const std::filesystem::path& file) { return read_json_file(file, study_from); }

}  // namespace costscan
