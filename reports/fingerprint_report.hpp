// FingerprintStudy → bytes: what `costscan fingerprint` prints. Every format is a pure function of the one study.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fingerprint/study.hpp"
#include "model/result.hpp"

namespace costscan {

struct FingerprintReportOptions {
  std::int32_t top = 12;    ///< text: how many operators to name
  std::int32_t width = 80;  ///< text: columns
};

using FingerprintReportFunction = Result<std::string> (*)(const FingerprintStudy&, const FingerprintReportOptions&);

struct FingerprintReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;
  bool to_stdout = true;  ///< false: goes to a file by default (html)
  FingerprintReportFunction render = nullptr;
};

[[nodiscard]] std::span<const FingerprintReportFormat> fingerprint_report_formats() noexcept;

// One file each.
[[nodiscard]] Result<std::string> fingerprint_text(const FingerprintStudy& study,
                                                   const FingerprintReportOptions& options);
[[nodiscard]] Result<std::string> fingerprint_csv(const FingerprintStudy& study,
                                                  const FingerprintReportOptions& options);
[[nodiscard]] Result<std::string> fingerprint_json(const FingerprintStudy& study,
                                                   const FingerprintReportOptions& options);
[[nodiscard]] Result<std::string> fingerprint_md(const FingerprintStudy& study,
                                                 const FingerprintReportOptions& options);
[[nodiscard]] Result<std::string> fingerprint_html(const FingerprintStudy& study,
                                                   const FingerprintReportOptions& options);

/// "bert (97%)": the nearest known models with their distance.
[[nodiscard]] std::string neighbours_text(const std::vector<Neighbour>& nearest, std::size_t most);
/// Features whose names start like this and that are above 0, without the start: the most first.
[[nodiscard]] std::vector<std::pair<std::string, double>> features_from(const FingerprintStudy& study,
                                                                        const Fingerprint& model,
                                                                        std::string_view prefix);
[[nodiscard]] std::optional<double> feature_of(const FingerprintStudy& study, const Fingerprint& model,
                                               std::string_view name);
/// "MatMul 96, Add 50, ... and 12 more".
[[nodiscard]] std::string histogram_text(const Fingerprint& model, std::size_t most);

}  // namespace costscan
