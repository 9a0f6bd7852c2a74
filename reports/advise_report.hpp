// Advice → bytes: what `costscan advise` prints. Every format is a pure function of the one Advice.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/result.hpp"
#include "study/advice.hpp"

namespace costscan {

struct AdviseReportOptions {
  std::int32_t width = 80;  ///< text: columns
};

using AdviseReportFunction = Result<std::string> (*)(const Advice&, const AdviseReportOptions&);

struct AdviseReportFormat {
  std::string_view name;       ///< as in --report
  std::string_view extension;  ///< without the dot
  std::string_view summary;
  bool to_stdout = true;  ///< false: goes to a file by default (html)
  AdviseReportFunction render = nullptr;
};

[[nodiscard]] std::span<const AdviseReportFormat> advise_report_formats() noexcept;

// One file each.
[[nodiscard]] Result<std::string> advise_text(const Advice& advice, const AdviseReportOptions& options);
[[nodiscard]] Result<std::string> advise_json(const Advice& advice, const AdviseReportOptions& options);
[[nodiscard]] Result<std::string> advise_md(const Advice& advice, const AdviseReportOptions& options);
[[nodiscard]] Result<std::string> advise_html(const Advice& advice, const AdviseReportOptions& options);

/// "run a, b: 1.2 ms (3.1%) faster, 90% between 0.8 ms and 1.6 ms"; "no pass pays: ...".
[[nodiscard]] std::string verdict_text(const Advice& advice);
/// "measured: 3.0% faster (95% interval 2.5% to 3.5%)"; empty where nothing was measured.
[[nodiscard]] std::string measured_text(const Advice& advice);
/// "310 µs (1.2%) ± 40 µs"; "unknown".
[[nodiscard]] std::string gain_text(const std::optional<Gain>& gain, const std::optional<double>& model_us);
/// The command that follows the advice, quoted for a shell; empty where there is nothing to do.
[[nodiscard]] std::string command_text(const Advice& advice);

}  // namespace costscan
