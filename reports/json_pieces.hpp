// What the parts of the JSON document are made with.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/names.hpp"

namespace costscan {

template <class T>
[[nodiscard]] nlohmann::ordered_json optional_json(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

[[nodiscard]] inline nlohmann::ordered_json texts(const std::vector<std::string>& values) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const std::string& value : values) out.push_back(clean_text(value));
  return out;
}

}  // namespace costscan
