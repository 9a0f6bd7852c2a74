// Options that several commands take in the same words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace costscan::cli {

/// Declares --report and -o. `names`: the help text of --report.
void declare_reports(CLI::App& app, std::vector<std::string>& reports, std::string& output, const std::string& names);

/// Declares --dim.
void declare_dims(CLI::App& app, std::vector<std::string>& dims, const std::string& help);

inline constexpr const char* dim_of_model = "Bind a free dimension (repeatable)";
inline constexpr const char* dim_of_models = "Bind a free dimension in each model that has it (repeatable)";

/// What files of a report are called, without extension: "bert.costscan.forensics" of one model, "costscan.forensics"
/// of several.
[[nodiscard]] std::string report_stem(const std::vector<std::string>& models, std::string_view kind);

}  // namespace costscan::cli
