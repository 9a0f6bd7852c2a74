// The report as one JSON document (schema 1): what --report json prints and what the page reads.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "model/analysis.hpp"
#include "model/result.hpp"

namespace costscan {

enum class Rows {
  objects,   ///< nodes, runtime and kernels as objects: for readers of the JSON report
  columnar,  ///< as {columns, rows}: the page of a 10,000-node graph stays small
};

[[nodiscard]] nlohmann::ordered_json document(const Analysis& analysis, Rows rows);

/// Text of a JSON value that may stand inside a script element: no `<`, `>`, `&`, U+2028 or U+2029, valid UTF-8.
[[nodiscard]] std::string script_safe(const nlohmann::ordered_json& value);

/// The page with `document` in place of its data marker. Error (defect) where the page has not exactly one.
[[nodiscard]] Result<std::string> fill_page(std::string_view page, std::string_view document_text);

}  // namespace costscan
