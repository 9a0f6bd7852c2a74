// `costscan fingerprint` for programs.
#include <nlohmann/json.hpp>

#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json family_json(const FamilyScore& family) {
  Json out;
  out["family"] = family.family;
  out["score"] = family.score;
  out["probability"] = family.probability;
  out["evidence"] = Json::array();
  for (const Evidence& each : family.evidence) {
    out["evidence"].push_back({{"says", clean_text(each.says)}, {"why", each.why}, {"weight", each.weight}});
  }
  out["not_looked_for"] = family.not_looked_for;
  return out;
}

Json lines_json(const std::vector<std::string>& lines) {
  Json out = Json::array();
  for (const std::string& line : lines) out.push_back(clean_text(line));
  return out;
}

Json fingerprint_model_json(const FingerprintStudy& study, std::size_t index) {
  const Fingerprint& model = study.models[index];
  Json out;
  out["model"] = clean_text(model.model);
  out["family"] = model.family();
  out["confidence"] = model.confidence();
  out["families"] = Json::array();
  for (const FamilyScore& family : model.families) out["families"].push_back(family_json(family));
  out["inputs"] = lines_json(model.inputs);
  out["outputs"] = lines_json(model.outputs);
  for (std::size_t i = 0; i < study.specs.size(); ++i) {
    const auto value = model.features.at(i);
    out["features"][study.specs[i].name] = value ? Json(*value) : Json();
  }
  out["op_histogram"] = Json::object();
  for (const auto& [op, count] : model.op_histogram) out["op_histogram"][clean_text(op)] = count;
  out["nearest"] = Json::array();
  for (const Neighbour& each : study.nearest[index]) {
    out["nearest"].push_back({{"model", each.model}, {"family", each.family}, {"distance", each.distance}});
  }
  if (!study.places.empty()) out["place"] = {study.places[index].x, study.places[index].y};
  return out;
}

}  // namespace

Result<std::string> fingerprint_json(const FingerprintStudy& study, const FingerprintReportOptions& /*options*/) {
  Json out;
  out["schema"] = 1;
  out["models"] = Json::array();
  for (std::size_t i = 0; i < study.models.size(); ++i) out["models"].push_back(fingerprint_model_json(study, i));
  out["features"] = Json::object();
  for (const FeatureSpec& spec : study.specs) out["features"][spec.name] = spec.summary;
  Json map;
  map["shown"] = study.shown;
  map["across"] = study.across;
  map["upward"] = study.upward;
  map["references"] = Json::array();
  for (std::size_t i = 0; i < study.reference_places.size(); ++i) {
    map["references"].push_back({{"model", study.references[i].model},
                                 {"family", study.references[i].family},
                                 {"place", {study.reference_places[i].x, study.reference_places[i].y}}});
  }
  out["map"] = std::move(map);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace costscan
