// `costscan fingerprint` as Markdown (GitHub's dialect).
#include <fmt/format.h>

#include <algorithm>

#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

/// Text that no Markdown reader takes for markup, HTML or the end of a cell.
std::string marked_down(std::string_view text) {
  std::string out;
  for (const char c : plain_text(text)) {
    if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
      continue;
    }
    if (std::string_view("\\`|*_[]~#@!$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void append_model(std::string& out, const FingerprintStudy& study, std::size_t index) {
  const Fingerprint& model = study.models[index];
  out += fmt::format("\n## {}: {} ({})\n\n", marked_down(model.model), model.family(), percent(model.confidence()));
  out += "| for | weight | because | why that tells |\n| --- | ---: | --- | --- |\n";
  constexpr std::size_t families_shown = 2;
  for (std::size_t i = 0; i < std::min(families_shown, model.families.size()); ++i) {
    const FamilyScore& family = model.families[i];
    for (const Evidence& each : family.evidence) {
      out += fmt::format("| {} | {:+.1f} | {} | {} |\n", family.family, each.weight, marked_down(each.says),
                         marked_down(each.why));
    }
  }
  out += fmt::format("\nOperators: {}\n", marked_down(histogram_text(model, model.op_histogram.size())));
}

}  // namespace

Result<std::string> fingerprint_md(const FingerprintStudy& study, const FingerprintReportOptions& /*options*/) {
  std::string out = "| model | family | confidence | because | nearest |\n| --- | --- | ---: | --- | --- |\n";
  for (std::size_t i = 0; i < study.models.size(); ++i) {
    const Fingerprint& model = study.models[i];
    const auto& evidence = model.families.front().evidence;
    out += fmt::format("| {} | {} | {} | {} | {} |\n", marked_down(model.model), model.family(),
                       percent(model.confidence()), evidence.empty() ? "" : marked_down(evidence.front().says),
                       marked_down(neighbours_text(study.nearest[i], 2)));
  }
  for (std::size_t i = 0; i < study.models.size(); ++i) append_model(out, study, i);
  return out;
}

}  // namespace costscan
