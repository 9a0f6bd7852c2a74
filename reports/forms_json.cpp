#include "reports/forms_json.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "reports/names.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

using Json = nlohmann::ordered_json;

Json limit(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

nlohmann::ordered_json closed_forms_json(const std::optional<ClosedForms>& forms) {
  if (!forms) return nullptr;
  Json dims = Json::array();
  for (const std::string& dim : forms->dims) dims.push_back(clean_text(dim));
  Json entries = Json::array();
  for (const ClosedForm& form : forms->forms) {
    Json variables = Json::array();
    for (const ClosedFormVariable& variable : form.variables) {
      variables.push_back({{"name", clean_text(variable.name)},
                           {"bound", variable.bound},
                           {"period", variable.period},
                           {"residue", variable.residue},
                           {"least", limit(variable.least)},
                           {"most", limit(variable.most)}});
    }
    Json joint = Json::array();
    for (const ClosedFormJointLimit& joint_limit : form.joint_limits) {
      Json names = Json::array();
      for (const std::string& name : joint_limit.names) names.push_back(clean_text(name));
      joint.push_back({{"of", joint_limit.product ? "product" : "sum"},
                       {"names", names},
                       {joint_limit.upper ? "most" : "least", joint_limit.bound}});
    }
    Json held = Json::array();
    for (const HeldDimension& dim : form.held) {
      held.push_back({{"name", clean_text(dim.name)}, {"value", dim.value}, {"why", clean_text(dim.why)}});
    }
    entries.push_back({{"total", form.total},
                       {"formula", form.text.empty() ? Json(nullptr) : Json(clean_text(form.text))},
                       {"holds", clean_text(form.holds)},
                       {"holds_at_bound", form.holds_at_bound},
                       {"evidence", clean_text(form_evidence(*forms, form))},
                       {"variables", std::move(variables)},
                       {"joint_limits", std::move(joint)},
                       {"held", std::move(held)},
                       {"fitted_points", form.fitted},
                       {"checked_points", form.checked}});
  }
  return {{"dims", std::move(dims)},
          {"trust", to_string(forms->trust)},
          {"uncovered_nodes", forms->uncovered_nodes},
          {"evaluations", forms->evaluations},
          {"forms", std::move(entries)}};
}

}  // namespace costscan
