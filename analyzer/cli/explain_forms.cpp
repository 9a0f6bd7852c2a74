#include "cli/explain_forms.hpp"

#include <algorithm>
#include <cctype>

#include "closed_forms/closed_forms.hpp"

namespace costscan::cli {
namespace {

/// The formula with the bindings' values for their names.
std::string with_values(const std::string& formula, const std::vector<DimBinding>& bindings) {
  std::string out;
  for (std::size_t i = 0; i < formula.size();) {
    const auto is_word = [&](std::size_t at) {
      return at < formula.size() && (std::isalnum(static_cast<unsigned char>(formula[at])) != 0 || formula[at] == '_');
    };
    std::size_t end = i;
    while (is_word(end)) ++end;
    if (end == i) {
      out += formula[i++];
      continue;
    }
    const std::string word = formula.substr(i, end - i);
    const auto binding = std::ranges::find(bindings, word, &DimBinding::name);
    out += binding == bindings.end() ? word : std::to_string(binding->value);
    i = end;
  }
  return out;
}

void add(Worksheet& sheet, const ClosedForms& forms, const std::vector<DimBinding>& bindings, bool numbers) {
  for (const ClosedForm& form : forms.forms) {
    if (form.text == "0") continue;
    WorksheetForm out{form.total, form.text, "", form.holds, form.evidence};
    if (numbers && !form.text.empty()) out.substituted = with_values(form.text, bindings);
    sheet.forms.push_back(std::move(out));
  }
}

}  // namespace

void add_forms(Worksheet& sheet, const CostLibrary& library, const StatedNode& stated,
               const std::vector<std::string>& inputs, bool numbers) {
  const std::vector<DimBinding>& bindings = stated.shaped->bindings;
  if (bindings.empty() || !stated.undescribed.empty() || !stated.bindings.empty()) return;
  sheet.forms_of = "the sizes of";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::string text = inputs[i];
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) text[equals] = ' ';
    sheet.forms_of += (i == 0 ? " " : ", ") + text;
  }
  // One node: thousands of points take no noticeable time, but nothing should make an explanation wait.
  constexpr ClosedFormLimits limits{2000, 3.0};
  add(sheet, derive_closed_forms(library, *stated.shaped, limits), bindings, numbers);
}

void add_node_forms(Worksheet& sheet, const CostLibrary& library, const ShapedModel& shaped, ScopeId scope,
                    std::size_t node) {
  const bool nothing = sheet.totals.empty() || !sheet.unknown.empty() || shaped.bindings.empty();
  if (nothing) return;
  constexpr ClosedFormLimits limits{600, 3.0};
  const ClosedForms forms = derive_closed_forms(library, shaped, limits, ClosedFormNode{scope, node});
  if (forms.dims.empty()) return;
  sheet.forms_of = "the model's free dimensions";
  for (std::size_t i = 0; i < forms.dims.size(); ++i) sheet.forms_of += (i == 0 ? " " : ", ") + forms.dims[i];
  add(sheet, forms, shaped.bindings, true);
}

}  // namespace costscan::cli
