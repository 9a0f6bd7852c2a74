// `costscan fingerprint` for a terminal: sentences for one model, a table for several.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "reports/fingerprint_report.hpp"
#include "reports/names.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

constexpr std::size_t fingerprint_label_width = 12;

std::string labelled(std::string_view label, std::string_view value, std::size_t width) {
  return fmt::format("{:<{}}{}\n", label, fingerprint_label_width, wrapped_text(value, width, fingerprint_label_width));
}

/// A line each, shortened where it is too long.
void append_values(std::string& out, std::string_view label, const std::vector<std::string>& values,
                   std::size_t width) {
  for (const std::string& value : values) {
    const std::string shown = shorten(plain_text(value), width - fingerprint_label_width);
    out += fmt::format("{:<{}}{}\n", label, fingerprint_label_width, shown);
    label = "";
  }
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

void append_evidence(std::string& out, const FamilyScore& family, std::size_t width) {
  constexpr std::size_t weight_width = 6;
  for (const bool against : {false, true}) {
    std::string_view label = against ? "against" : "because";
    for (const Evidence& each : family.evidence) {
      if ((each.weight < 0) != against) continue;
      const std::string head =
          fmt::format("{:<{}}{:<+{}.1f}", label, fingerprint_label_width, each.weight, weight_width);
      out += head + wrapped_text(plain_text(each.says), width, text_width(head)) + '\n';
      label = "";
    }
  }
}

std::string heading_of(const Fingerprint& model) {
  constexpr double worth_naming = 0.01;
  std::string out = fmt::format("{}   {} ({})", plain_text(model.model), model.family(), percent(model.confidence()));
  for (std::size_t i = 1; i < model.families.size() && model.families[i].probability >= worth_naming; ++i) {
    out += fmt::format("   {} {}", model.families[i].family, percent(model.families[i].probability));
  }
  return out;
}

void append_one(std::string& out, const FingerprintStudy& study, std::size_t index,
                const FingerprintReportOptions& options) {
  const Fingerprint& model = study.models[index];
  const std::size_t width = usable_columns(options.width);
  out += wrapped_text(heading_of(model), width, 0) + '\n';
  append_evidence(out, model.families.front(), width);
  append_values(out, "inputs", model.inputs, width);
  append_values(out, "outputs", model.outputs, width);
  const auto add = [&](std::string_view label, std::string_view value) { out += labelled(label, value, width); };
  add("graph", fmt::format("{} nodes without constants, depth {}, width {}", count_or_unknown(study, model, "nodes"),
                           count_or_unknown(study, model, "depth"), count_or_unknown(study, model, "width")));
  add("FLOPs", shares(study, model, "flops_"));
  add("bytes", shares(study, model, "bytes_"));
  add("time", shares(study, model, "time_"));
  std::string found;
  for (const auto& [name, count] : features_from(study, model, "pattern_"))
    found += fmt::format("{}{} {:.0f}", found.empty() ? "" : ", ", name, count);
  add("patterns", found.empty() ? "none" : found);
  add("operators", histogram_text(model, static_cast<std::size_t>(options.top)));
  if (!study.nearest[index].empty()) add("nearest", neighbours_text(study.nearest[index], 3));
}

/// One line for each model; what speaks for the family on a line of its own where it does not fit beside the rest.
void append_table(std::string& out, const FingerprintStudy& study, std::size_t width) {
  constexpr std::size_t longest_name = 28;
  constexpr std::size_t longest_near = 24;  // so that no name has to give way in 80 columns
  constexpr std::size_t longest_reason = 70;
  TextRows rows{{"model", "family", "confidence", "nearest"}};
  std::vector<std::string> reasons{"because"};
  for (std::size_t i = 0; i < study.models.size(); ++i) {
    const Fingerprint& model = study.models[i];
    const auto& evidence = model.families.front().evidence;
    const std::string near = study.nearest[i].empty() ? "" : study.nearest[i].front().model;
    rows.push_back({shorten(plain_text(model.model), longest_name), model.family(), percent(model.confidence()),
                    shorten(plain_text(near), longest_near)});
    reasons.push_back(evidence.empty() ? "nothing shows" : plain_text(evidence.front().says));
  }
  TextRows whole = rows;
  for (std::size_t i = 0; i < whole.size(); ++i) whole[i].push_back(shorten(reasons[i], longest_reason));
  constexpr std::size_t all_left = 5;
  if (table_width(whole) <= width) {
    out += aligned_table(whole, "", all_left);
    return;
  }
  const std::string table = fitted_table(rows, width, "", all_left);
  if (static_cast<std::size_t>(std::ranges::count(table, '\n')) != rows.size()) {  // in several tables
    out += table;
    return;
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t end = table.find('\n', begin) + 1;
    out += table.substr(begin, end - begin);
    if (i > 0) out += "  " + shorten(reasons[i], width - 2) + '\n';
    begin = end;
  }
}

}  // namespace

Result<std::string> fingerprint_text(const FingerprintStudy& study, const FingerprintReportOptions& options) {
  std::string out;
  if (study.models.size() == 1) {
    append_one(out, study, 0, options);
  } else {
    append_table(out, study, usable_columns(options.width));
  }
  return out;
}

}  // namespace costscan
