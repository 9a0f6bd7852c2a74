#include "reports/slow_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "reports/names.hpp"

namespace costscan {

std::string gap_name(const Analysis& analysis, const Gap& gap) {
  const RuntimeRow& executed = analysis.runtime[static_cast<std::size_t>(gap.runtime)];
  if (gap.row < 0) return executed.name.empty() ? "(nameless)" : plain_text(executed.name);
  std::string name = node_label(analysis.nodes[static_cast<std::size_t>(gap.row)]);
  if (executed.rows.size() > 1) name += fmt::format(" +{}", executed.rows.size() - 1);
  return name;
}

namespace {

constexpr std::size_t longest_work = 60;
constexpr std::size_t longest_named_op = 40;

std::string reached_text(const Gap& gap) {
  return fmt::format("{} at {:.0f}% of the roof", time_text(gap.measured_us), gap.efficiency * 100);
}

std::string work_text(const Analysis& analysis, const Gap& gap) {
  const RuntimeRow& executed = analysis.runtime[static_cast<std::size_t>(gap.runtime)];
  const std::string op = shorten(plain_text(executed.op_type), longest_named_op);
  return gap.work.empty() ? op : fmt::format("{} {}", op, shorten(gap.work, longest_work));
}

std::string alike_text(const Gap& gap) {
  return gap.alike == 0 ? std::string() : fmt::format("{} with {} alike", time_text(gap.all_saves_us), gap.alike);
}

}  // namespace

std::string gap_sentence(const Analysis& analysis, const Gap& gap) {
  const std::string alike = alike_text(gap);
  return fmt::format("{}  {}: {}; would save {}{}{}", gap_name(analysis, gap), reached_text(gap),
                     work_text(analysis, gap), time_text(gap.saves_us), alike.empty() ? "" : ", ", alike);
}

std::vector<std::string> gap_lines(const Analysis& analysis, const Gap& gap, std::size_t width) {
  std::string whole = gap_sentence(analysis, gap);
  if (text_width(whole) <= width) return {std::move(whole)};
  const std::string facts = fmt::format("{}; would save {}", reached_text(gap), time_text(gap.saves_us));
  const std::size_t used = text_width(facts) + 2;
  const std::string alike = alike_text(gap);
  return {fmt::format("{}  {}", shorten(gap_name(analysis, gap), width > used ? width - used : 1), facts),
          shorten(fmt::format("  {}{}{}", work_text(analysis, gap), alike.empty() ? "" : "; ", alike), width)};
}

std::vector<std::string> bound_shares(const SlowReport& slow) {
  const TimeParts& parts = slow.parts;
  std::vector<std::string> facts;
  if (parts.latency_us <= 0) return facts;
  const std::pair<double, const char*> named[] = {{parts.compute_us, "compute"},
                                                  {parts.memory_us, "memory"},
                                                  {parts.dispatch_us, "dispatch"},
                                                  {parts.free_us, "free"},
                                                  {parts.unknown_us, "unknown"}};
  for (const auto& [us, name] : named) {
    if (us > 0) facts.push_back(fmt::format("{} {}", percent(us / parts.latency_us), name));
  }
  facts.push_back(between_text(parts.between_us, parts.latency_us));
  return facts;
}

std::string between_text(double between_us, double latency_us) {
  if (between_us >= 0) return fmt::format("{} between nodes", percent(between_us / latency_us));
  return fmt::format("none between nodes: timed one by one they add up to {} more than the latency",
                     percent(-between_us / latency_us));
}

std::vector<std::string> overhead_facts(const Analysis& analysis) {
  std::vector<std::string> facts;
  if (!analysis.slow || analysis.slow->parts.latency_us <= 0) return facts;
  const TimeParts& parts = analysis.slow->parts;
  if (!analysis.slow->roof.empty()) {
    facts.push_back(fmt::format("{} dispatch of {} executed nodes", percent(parts.overhead_us / parts.latency_us),
                                analysis.runtime.size()));
  }
  double added_us = 0;
  std::string kinds;
  for (const AddedNodes& entry : parts.added) {
    added_us += entry.us;
    kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", entry.nodes, plain_text(entry.op_type));
  }
  facts.push_back(fmt::format("{} layout and type changes{}{}", percent(added_us / parts.latency_us),
                              kinds.empty() ? "" : ": ", shorten(kinds, 80)));
  if (!analysis.measurement.profiled_latency.us.empty()) {
    // On a noisy machine the sessions differ by more than profiling can explain, and only so much is taken off.
    facts.push_back(fmt::format("profiling {}{}, {} taken off", parts.profiling_us < 0 ? "−" : "+",
                                percent(std::abs(parts.profiling_us) / parts.latency_us),
                                time_text(parts.profiling_removed_us)));
  }
  return facts;
}

}  // namespace costscan
