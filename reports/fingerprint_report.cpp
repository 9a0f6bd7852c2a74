// The formats of `costscan fingerprint`, and the words that they share.
#include "reports/fingerprint_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/names.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

constexpr std::array<FingerprintReportFormat, 5> fingerprint_formats = {{
    {"text", "txt", "one model in sentences, several as a table", true, fingerprint_text},
    {"csv", "csv", "one row per model, one column per feature", true, fingerprint_csv},
    {"json", "json", "everything, with every rule that held, for programs", true, fingerprint_json},
    {"md", "md", "tables for a pull request or a wiki", true, fingerprint_md},
    {"html", "html", "a map of the models and their tables as one offline page", false, fingerprint_html},
}};

}  // namespace

std::span<const FingerprintReportFormat> fingerprint_report_formats() noexcept { return fingerprint_formats; }

std::string neighbours_text(const std::vector<Neighbour>& nearest, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, nearest.size()); ++i) {
    out += fmt::format("{}{} ({}, {:.2f})", i == 0 ? "" : ", ", plain_text(nearest[i].model),
                       plain_text(nearest[i].family), nearest[i].distance);
  }
  return out;
}

std::vector<std::pair<std::string, double>> features_from(const FingerprintStudy& study, const Fingerprint& model,
                                                          std::string_view prefix) {
  std::vector<std::pair<std::string, double>> out;
  for (std::size_t i = 0; i < study.specs.size(); ++i) {
    const auto value = model.features.at(i);
    if (study.specs[i].name.starts_with(prefix) && value.value_or(0) > 0)
      out.emplace_back(study.specs[i].name.substr(prefix.size()), *value);
  }
  std::ranges::stable_sort(out, std::greater<>(), &std::pair<std::string, double>::second);
  return out;
}

std::optional<double> feature_of(const FingerprintStudy& study, const Fingerprint& model, std::string_view name) {
  const auto found = std::ranges::find(study.specs, name, &FeatureSpec::name);
  if (found == study.specs.end()) return std::nullopt;
  return model.features.at(static_cast<std::size_t>(found - study.specs.begin()));
}

std::string histogram_text(const Fingerprint& model, std::size_t most) {
  std::string out;
  const std::size_t shown = std::min(most, model.op_histogram.size());
  for (std::size_t i = 0; i < shown; ++i) {
    out += fmt::format("{}{} {}", i == 0 ? "" : ", ", plain_text(model.op_histogram[i].first),
                       model.op_histogram[i].second);
  }
  if (shown < model.op_histogram.size()) out += fmt::format(" and {} more", model.op_histogram.size() - shown);
  return out;
}

Result<std::string> fingerprint_csv(const FingerprintStudy& study, const FingerprintReportOptions& /*options*/) {
  Table table;
  table.header = {"model", "family", "confidence"};
  for (const FeatureSpec& spec : study.specs) table.header.emplace_back(spec.name);
  table.header.emplace_back("op_histogram");
  for (const Fingerprint& model : study.models) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {clean_text(model.model), model.family(), model.confidence()};
    for (std::size_t i = 0; i < study.specs.size(); ++i) {
      const auto value = model.features.at(i);
      row.push_back(value ? Cell(*value) : Cell());
    }
    std::string ops;
    for (const auto& [op, count] : model.op_histogram)
      ops += fmt::format("{}{}={}", ops.empty() ? "" : ";", clean_text(op), count);
    row.emplace_back(std::move(ops));
  }
  return csv_of(table);
}

}  // namespace costscan
