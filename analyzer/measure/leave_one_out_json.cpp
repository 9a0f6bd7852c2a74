// A study on its way from the child to its parent, as JSON.
#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "measure/leave_one_out.hpp"
#include "measure/statistics.hpp"
#include "model/text.hpp"

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
  const json all = {{"status", static_cast<int>(study.status)},
                    {"reason", study.reason},
                    {"runtime_version", study.runtime_version},
                    {"optimization_level", study.optimization_level},
                    {"threads", study.threads},
                    {"nodes", study.nodes},
                    {"effects", std::move(effects)},
                    {"control", to_json(study.control)},
                    {"warnings", study.warnings}};
  // Whole or not at all: a child that dies while writing leaves the answer before.
  const std::filesystem::path draft = file.string() + ".part";
  {
    std::ofstream out(draft, std::ios::binary);
    out << all.dump(-1, ' ', false, json::error_handler_t::replace);
    if (!out.flush()) return fail(ErrorKind::measurement, fmt::format("{}: cannot be written", draft.string()));
  }
  std::error_code failed;
  std::filesystem::rename(draft, file, failed);
  if (failed) return fail(ErrorKind::measurement, fmt::format("{}: {}", file.string(), failed.message()));
  return {};
}

Result<OptimizerStudy> read_study(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::measurement, fmt::format("{}: cannot be read", printable(file.string())));
  try {
    return study_from(json::parse(in));
  } catch (const json::exception& error) {
    return fail(ErrorKind::measurement, fmt::format("{}: {}", printable(file.string()), printable(error.what())));
  }
}

}  // namespace costscan
