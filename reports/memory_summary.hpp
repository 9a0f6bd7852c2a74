// What the first screen says of memory.
#pragma once

#include <string>
#include <vector>

#include "model/memory.hpp"
#include "reports/report.hpp"
#include "reports/summary.hpp"

namespace costscan {

/// The peak, the node where it is, the weights; with `options.top` above 1 also that many tensors alive at the peak.
void add_memory(const Analysis& analysis, const ReportOptions& options, std::vector<SummaryLine>& lines);

/// "Conv /layer1/conv" of a step of the timeline, as plain text; "" for none.
[[nodiscard]] std::string step_label(const MemoryTimeline& timeline, std::int32_t step);

/// "from Conv /a to Add /b", "an input, read last by ...", "an output of ...".
[[nodiscard]] std::string buffer_life(const MemoryTimeline& timeline, const MemoryBuffer& buffer);

}  // namespace costscan
