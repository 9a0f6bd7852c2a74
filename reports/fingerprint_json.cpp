// `costscan fingerprint` for programs.
#include <nlohmann/json.hpp>

#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

using nlohmann::ordered_json;

ordered_json family_json(const FamilyScore& family) {
  ordered_json out;
  out["family"] = family.family;
  out["score"] = family.score;
  out["probability"] = family.probability;
  out["evidence"] = ordered_json::array();
  for (const Evidence& each : family.evidence) {
    out["evidence"].push_back({{"says", clean_text(each.says)}, {"why", each.why}, {"weight", each.weight}});
  }
  out["not_looked_for"] = family.not_looked_for;
  return out;
}

ordered_json lines_json(const std::vector<std::string>& lines) {
  ordered_json out = ordered_json::array();
  for (const std::string& line : lines) out.push_back(clean_text(line));
  return out;
}

ordered_json model_json(const FingerprintStudy& study, std::size_t index) {
  const Fingerprint& model = study.models[index];
  ordered_json out;
  out["model"] = clean_text(model.model);
  out["family"] = model.family();
  out["confidence"] = model.confidence();
  out["families"] = ordered_json::array();
  for (const FamilyScore& family : model.families) out["families"].push_back(family_json(family));
  out["inputs"] = lines_json(model.inputs);
  out["outputs"] = lines_json(model.outputs);
  for (std::size_t i = 0; i < study.specs.size(); ++i) {
    const auto value = model.features.at(i);
    out["features"][study.specs[i].name] = value ? ordered_json(*value) : ordered_json();
  }
  out["op_histogram"] = ordered_json::object();
  for (const auto& [op, count] : model.op_histogram) out["op_histogram"][clean_text(op)] = count;
  out["nearest"] = ordered_json::array();
  for (const Neighbour& each : study.nearest[index]) {
    out["nearest"].push_back({{"model", each.model}, {"family", each.family}, {"distance", each.distance}});
  }
  if (!study.places.empty()) out["place"] = {study.places[index].x, study.places[index].y};
  return out;
}

}  // namespace

Result<std::string> fingerprint_json(const FingerprintStudy& study, const FingerprintReportOptions& /*options*/) {
  ordered_json out;
  out["schema"] = 1;
  out["models"] = ordered_json::array();
  for (std::size_t i = 0; i < study.models.size(); ++i) out["models"].push_back(model_json(study, i));
  out["features"] = ordered_json::object();
  for (const FeatureSpec& spec : study.specs) out["features"][spec.name] = spec.summary;
  ordered_json map;
  map["shown"] = study.shown;
  map["across"] = study.across;
  map["upward"] = study.upward;
  map["references"] = ordered_json::array();
  for (std::size_t i = 0; i < study.reference_places.size(); ++i) {
    map["references"].push_back({{"model", study.references[i].model},
                                 {"family", study.references[i].family},
                                 {"place", {study.reference_places[i].x, study.reference_places[i].y}}});
  }
  out["map"] = std::move(map);
  return out.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace costscan
