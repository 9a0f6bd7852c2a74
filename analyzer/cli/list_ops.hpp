// `costscan list ops` as text, CSV, JSON and Markdown: functions of the same listing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "costs/cost_library.hpp"

namespace costscan::cli {

struct OpTable {
  std::vector<OpListing> ops;  ///< sorted by domain
  std::vector<OpCoverage> coverage;
};

/// `format`: text (lines of at most 160 columns, with a summary), csv, json or md.
[[nodiscard]] std::string render_ops(const OpTable& table, std::string_view format);

}  // namespace costscan::cli
