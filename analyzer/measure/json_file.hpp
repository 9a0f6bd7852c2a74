// JSON files by which a measuring child and its parent speak.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "model/result.hpp"
#include "model/text.hpp"

namespace costscan {

/// The file appears whole or not at all, so that a child which dies while writing leaves the answer before. Error
/// (measurement) names the file.
[[nodiscard]] Result<void> write_json_file(const nlohmann::json& value, const std::filesystem::path& file);

/// Reads the file and hands the JSON to `convert`; nlohmann's exceptions end here. Error (measurement) names the file.
template <class Convert>
auto read_json_file(const std::filesystem::path& file, Convert convert) -> Result<decltype(convert(nlohmann::json()))> {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::measurement, fmt::format("{}: cannot be read", printable(file.string())));
  try {
    return convert(nlohmann::json::parse(in));
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorKind::measurement, fmt::format("{}: {}", printable(file.string()), printable(error.what())));
  }
}

}  // namespace costscan
