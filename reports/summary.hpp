// The first screen: what a model costs and where its time goes, as labelled sentences. Text and Markdown print them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/analysis.hpp"
#include "reports/report.hpp"

namespace costscan {

inline constexpr std::size_t label_columns = 19;  ///< of the text report's left column

struct SummaryLine {
  std::string label;
  std::string value;  ///< plain text of one line; facts are parted by three spaces
};

/// In reading order. `options.width` limits lines that hold names or bars, `options.top` the slow nodes named.
[[nodiscard]] std::vector<SummaryLine> summarize(const Analysis& analysis, const ReportOptions& options);

/// Of the model, its shapes and the machine's conditions; each once.
[[nodiscard]] std::vector<std::string> all_warnings(const Analysis& analysis);

/// A row that takes longer than its work explains; without a measurement, one that is predicted to take long.
struct SlowNode {
  std::size_t row = 0;    ///< index into Analysis::nodes
  double us = 0;          ///< measured, else predicted
  double roof_share = 0;  ///< predicted / measured; 0 without a measurement
};

/// Most time lost first: measured minus predicted, else predicted. Only rows that lose time.
[[nodiscard]] std::vector<SlowNode> slow_nodes(const Analysis& analysis);

}  // namespace costscan
