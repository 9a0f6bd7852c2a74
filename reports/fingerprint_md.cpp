// `costscan fingerprint` as Markdown (GitHub's dialect).
#include <fmt/format.h>

#include <algorithm>

#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

void append_model(std::string& out, const FingerprintStudy& study, std::size_t index) {
  const Fingerprint& model = study.models[index];
  out += fmt::format("\n## {}: {} ({})\n\n", markdown_text(model.model), model.family(), percent(model.confidence()));
  out += "| for | weight | because | why that tells |\n| --- | ---: | --- | --- |\n";
  constexpr std::size_t families_shown = 2;
  for (std::size_t i = 0; i < std::min(families_shown, model.families.size()); ++i) {
    const FamilyScore& family = model.families[i];
    for (const Evidence& each : family.evidence) {
      out += fmt::format("| {} | {:+.1f} | {} | {} |\n", family.family, each.weight, markdown_text(each.says),
                         markdown_text(each.why));
    }
  }
  out += fmt::format("\nOperators: {}\n", markdown_text(histogram_text(model, model.op_histogram.size())));
}

}  // namespace

Result<std::string> fingerprint_md(const FingerprintStudy& study, const FingerprintReportOptions& /*options*/) {
  std::string out = "| model | family | confidence | because | nearest |\n| --- | --- | ---: | --- | --- |\n";
  for (std::size_t i = 0; i < study.models.size(); ++i) {
    const Fingerprint& model = study.models[i];
    const auto& evidence = model.families.front().evidence;
    out += fmt::format("| {} | {} | {} | {} | {} |\n", markdown_text(model.model), model.family(),
                       percent(model.confidence()), evidence.empty() ? "" : markdown_text(evidence.front().says),
                       markdown_text(neighbours_text(study.nearest[i], 2)));
  }
  for (std::size_t i = 0; i < study.models.size(); ++i) append_model(out, study, i);
  return out;
}

}  // namespace costscan
