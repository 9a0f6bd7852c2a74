#include "reports/memory_summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "reports/names.hpp"

namespace costscan {
namespace {

constexpr std::size_t longest_name = 48;

std::string size_text(std::int64_t bytes) { return quantity(static_cast<double>(bytes), "B"); }

std::string peak_fact(const Analysis& analysis) {
  const auto& peak = analysis.totals.peak_activation_bytes;
  std::string fact = fmt::format("{} activations at their peak", peak ? size_text(*peak) : "unknown");
  const MemoryTimeline* timeline = analysis.memory.get();
  if (timeline == nullptr || timeline->peak_step < 0) return fact;
  if (timeline->order == MemoryOrder::executed) {
    fact += fmt::format(" as written, {} as executed", size_text(timeline->peak_bytes));
  } else if (timeline->peak_bytes != peak) {
    fact += fmt::format(", {} with results in place", size_text(timeline->peak_bytes));
  }
  return fact + " at " + step_label(*timeline, timeline->peak_step);
}

}  // namespace

std::string step_label(const MemoryTimeline& timeline, std::int32_t step) {
  if (step < 0 || static_cast<std::size_t>(step) >= timeline.steps.size()) return {};
  const MemoryStep& entry = timeline.steps[static_cast<std::size_t>(step)];
  const std::string op = shorten(plain_text(entry.op_type), longest_name);
  if (entry.name.empty()) return fmt::format("{} (step {})", op, step + 1);
  return op + " " + shorten(plain_text(entry.name), longest_name);
}

std::string buffer_life(const MemoryTimeline& timeline, const MemoryBuffer& buffer) {
  const std::string from = buffer.producer < 0 ? "an input" : "from " + step_label(timeline, buffer.producer);
  if (buffer.output) return from + ", an output";
  if (buffer.last_reader < 0) return from + ", read by no node";
  return fmt::format("{}, read last by {}", from, step_label(timeline, buffer.last_reader));
}

void add_memory(const Analysis& analysis, const ReportOptions& options, std::vector<SummaryLine>& lines) {
  lines.push_back(
      {"memory", fmt::format("{}   {} weights", peak_fact(analysis), size_text(analysis.totals.weight_bytes))});
  const MemoryTimeline* timeline = analysis.memory.get();
  if (timeline == nullptr || options.top <= 1) return;
  const std::size_t shown = std::min(timeline->at_peak.size(), static_cast<std::size_t>(options.top));
  for (std::size_t i = 0; i < shown; ++i) {
    const MemoryBuffer& buffer = timeline->at_peak[i];
    lines.push_back(
        {i == 0 ? "alive at the peak" : "",
         fmt::format("{}  {}: {} {}, {}", size_text(buffer.bytes), shorten(plain_text(buffer.name), longest_name),
                     dtype_text(buffer.dtype), shape_text(buffer.shape), buffer_life(*timeline, buffer))});
  }
}

}  // namespace costscan
