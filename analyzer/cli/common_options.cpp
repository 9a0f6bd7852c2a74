#include "cli/common_options.hpp"

#include <fmt/core.h>

#include <filesystem>

namespace costscan::cli {

void declare_reports(CLI::App& app, std::vector<std::string>& reports, std::string& output, const std::string& names) {
  app.add_option("--report", reports, names)
      ->delimiter(',')
      ->allow_extra_args(false)  // a model may follow
      ->type_name("NAME")
      ->default_str("text");
  app.add_option("-o,--output", output, "File, or folder for several reports")->type_name("PATH");
}

void declare_dims(CLI::App& app, std::vector<std::string>& dims, const std::string& help) {
  app.add_option("--dim", dims, help)->type_name("NAME=N")->allow_extra_args(false)->take_all();
}

std::string report_stem(const std::vector<std::string>& models, std::string_view kind) {
  if (models.size() != 1) return fmt::format("costscan.{}", kind);
  return fmt::format("{}.costscan.{}", std::filesystem::path(models.front()).stem().string(), kind);
}

}  // namespace costscan::cli
