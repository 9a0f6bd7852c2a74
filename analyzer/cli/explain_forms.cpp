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

}  // namespace

void add_forms(Worksheet& sheet, const CostLibrary& library, const StatedNode& stated,
               const std::vector<std::string>& inputs, bool numbers) {
  const std::vector<DimBinding>& bindings = stated.shaped->bindings;
  if (bindings.empty() || !stated.undescribed.empty() || !stated.bindings.empty()) return;
  for (std::string text : inputs) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) text[equals] = ' ';
    sheet.forms_of += (sheet.forms_of.empty() ? "" : ", ") + text;
  }
  // One node: thousands of points take no noticeable time, but nothing should make an explanation wait.
  constexpr ClosedFormLimits limits{2000, 3.0};
  for (const ClosedForm& form : derive_closed_forms(library, *stated.shaped, limits).forms) {
    if (form.text == "0") continue;
    WorksheetForm out{form.total, form.text, "", form.holds, form.evidence};
    if (numbers && !form.text.empty()) out.substituted = with_values(form.text, bindings);
    sheet.forms.push_back(std::move(out));
  }
}

}  // namespace costscan::cli
