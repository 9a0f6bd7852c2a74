// Rows of the document in either of its two forms; reports/ only.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/document.hpp"

namespace costscan {

/// A row as name-value pairs, in one order for all rows, so that both forms can be made of it.
using RowFields = std::vector<std::pair<std::string_view, nlohmann::ordered_json>>;

/// Rows in the form asked for. An empty columnar table has no columns either; readers look them up by name.
class RowWriter {
 public:
  explicit RowWriter(Rows form) : form_(form) {}

  void add(RowFields&& fields) {
    if (form_ == Rows::objects) {
      nlohmann::ordered_json object = nlohmann::ordered_json::object();
      for (auto& [name, value] : fields) object[std::string(name)] = std::move(value);
      rows_.push_back(std::move(object));
      return;
    }
    if (columns_.empty()) {
      for (const auto& field : fields) columns_.push_back(std::string(field.first));
    }
    nlohmann::ordered_json cells = nlohmann::ordered_json::array();
    for (auto& field : fields) cells.push_back(std::move(field.second));
    rows_.push_back(std::move(cells));
  }

  [[nodiscard]] nlohmann::ordered_json finish() && {
    if (form_ == Rows::objects) return std::move(rows_);
    nlohmann::ordered_json table = nlohmann::ordered_json::object();
    table["columns"] = std::move(columns_);
    table["rows"] = std::move(rows_);
    return table;
  }

 private:
  Rows form_;
  nlohmann::ordered_json columns_ = nlohmann::ordered_json::array();
  nlohmann::ordered_json rows_ = nlohmann::ordered_json::array();
};

}  // namespace costscan
