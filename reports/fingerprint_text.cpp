// `costscan fingerprint` for a terminal: sentences for one model, a table for several.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

constexpr std::size_t fingerprint_label_width = 12;
constexpr std::size_t longest_line = 160;

std::string labelled(std::string_view label, std::string_view value) {
  return fmt::format("{:<{}}{}\n", label, fingerprint_label_width, value);
}

std::string count_or_unknown(const FingerprintStudy& study, const Fingerprint& model, std::string_view name) {
  const auto value = feature_of(study, model, name);
  return value ? fmt::format("{:.0f}", *value) : "unknown";
}

std::string shares(const FingerprintStudy& study, const Fingerprint& model, std::string_view prefix) {
  std::string out;
  for (const auto& [name, share] : features_from(study, model, prefix)) {
    constexpr double worth_naming = 0.005;
    if (share >= worth_naming) out += fmt::format("{}{} {}", out.empty() ? "" : "   ", name, percent(share));
  }
  return out.empty() ? "unknown" : out;
}

void append_evidence(std::string& out, const FamilyScore& family) {
  for (const bool against : {false, true}) {
    std::string_view label = against ? "against" : "because";
    for (const Evidence& each : family.evidence) {
      if ((each.weight < 0) != against) continue;
      out += labelled(label, fmt::format("{:+.1f}  {}", each.weight, plain_text(each.says)));
      label = "";
    }
  }
}

void append_one(std::string& out, const FingerprintStudy& study, std::size_t index,
                const FingerprintReportOptions& options) {
  const Fingerprint& model = study.models[index];
  out += fmt::format("{}   {} ({})", plain_text(model.model), model.family(), percent(model.confidence()));
  constexpr double worth_naming = 0.01;
  for (std::size_t i = 1; i < model.families.size() && model.families[i].probability >= worth_naming; ++i) {
    out += fmt::format("   {} {}", model.families[i].family, percent(model.families[i].probability));
  }
  out += '\n';
  append_evidence(out, model.families.front());
  std::string_view label = "inputs";
  for (const std::string& input : model.inputs) {
    out += labelled(label, shorten(plain_text(input), longest_line));
    label = "";
  }
  label = "outputs";
  for (const std::string& output : model.outputs) {
    out += labelled(label, shorten(plain_text(output), longest_line));
    label = "";
  }
  out += labelled("graph",
                  fmt::format("{} nodes without constants, depth {}, width {}", count_or_unknown(study, model, "nodes"),
                              count_or_unknown(study, model, "depth"), count_or_unknown(study, model, "width")));
  out += labelled("FLOPs", shares(study, model, "flops_"));
  out += labelled("bytes", shares(study, model, "bytes_"));
  out += labelled("time", shares(study, model, "time_"));
  std::string found;
  for (const auto& [name, count] : features_from(study, model, "pattern_"))
    found += fmt::format("{}{} {:.0f}", found.empty() ? "" : ", ", name, count);
  out += labelled("patterns", found.empty() ? "none" : found);
  out += labelled("operators", histogram_text(model, static_cast<std::size_t>(options.top)));
  if (!study.nearest[index].empty()) out += labelled("nearest", neighbours_text(study.nearest[index], 3));
}

void append_table(std::string& out, const FingerprintStudy& study) {
  std::size_t width = 5;
  for (const Fingerprint& model : study.models) width = std::max(width, std::min<std::size_t>(40, model.model.size()));
  out +=
      fmt::format("{:<{}}  {:<11}  {:>10}  {:<28}  {}\n", "model", width, "family", "confidence", "nearest", "because");
  for (std::size_t i = 0; i < study.models.size(); ++i) {
    const Fingerprint& model = study.models[i];
    const auto& evidence = model.families.front().evidence;
    const std::string near = study.nearest[i].empty() ? "" : study.nearest[i].front().model;
    out += fmt::format("{:<{}}  {:<11}  {:>10}  {:<28}  {}\n", shorten(plain_text(model.model), width), width,
                       model.family(), percent(model.confidence()), shorten(plain_text(near), 28),
                       evidence.empty() ? "nothing shows" : plain_text(evidence.front().says));
  }
}

}  // namespace

Result<std::string> fingerprint_text(const FingerprintStudy& study, const FingerprintReportOptions& options) {
  std::string out;
  if (study.models.size() == 1) {
    append_one(out, study, 0, options);
  } else {
    append_table(out, study);
  }
  return out;
}

}  // namespace costscan
