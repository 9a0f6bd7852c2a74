#include "predict/slow.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "predict/slow_roofs.hpp"
#include "predict/slow_words.hpp"

namespace costscan {
namespace {

constexpr double us_per_second = 1e6;

double operations_of(const NodeCost& cost) {
  return static_cast<double>(cost.work.flops) + static_cast<double>(cost.work.int_ops);
}

/// What the cost and the time alone say: rates need no roof.
Achieved reached(const NodeCost& cost, const std::optional<double>& measured_us) {
  Achieved out;
  if (cost.trust == Trust::unknown || !measured_us || *measured_us <= 0) return out;
  const double per_second = us_per_second / *measured_us;
  out.operations_per_second = operations_of(cost) * per_second;
  out.bytes_per_second = static_cast<double>(cost.compulsory_bytes) * per_second;
  return out;
}

Achieved against_roof(const Analysis& analysis, const std::optional<Roofs>& roofs, std::size_t runtime) {
  const RuntimeRow& row = analysis.runtime[runtime];
  Achieved out = reached(row.cost, row.measured_us);
  const auto roof = roofs ? time_at_roof(analysis, *roofs, runtime) : std::nullopt;
  if (!roof) return out;
  out.limit = roof->limit;
  out.roof_us = roof->us;
  if (!row.measured_us) return out;
  out.gap_us = std::max(0.0, *row.measured_us - roof->us);
  if (*row.measured_us > 0) {
    out.efficiency = roof->us / *row.measured_us;
    if (roof->machine_us) out.machine_efficiency = *roof->machine_us / *row.measured_us;
  }
  return out;
}

/// The part of an executed node's time that `row` got when it was joined.
double share_of(const RuntimeRow& executed, std::size_t row) {
  const auto found = std::ranges::find(executed.rows, static_cast<std::int32_t>(row));
  if (found == executed.rows.end()) return 0;
  const auto place = static_cast<std::size_t>(std::distance(executed.rows.begin(), found));
  return place < executed.shares.size() ? executed.shares[place] : 1.0 / static_cast<double>(executed.rows.size());
}

/// A row takes part in the gaps and roofs of its executed nodes as it takes part in their time.
Achieved of_row(const Analysis& analysis, const SlowReport& report, std::size_t index) {
  const NodeRow& row = analysis.nodes[index];
  Achieved out = reached(row.cost, row.measured_us);
  double longest = -1;
  for (const std::int32_t runtime : row.runtime_nodes) {
    const RuntimeRow& executed = analysis.runtime[static_cast<std::size_t>(runtime)];
    const Achieved& there = report.runtime[static_cast<std::size_t>(runtime)];
    if (!there.gap_us || !executed.measured_us) continue;
    const double share = share_of(executed, index);
    out.gap_us = out.gap_us.value_or(0) + share * *there.gap_us;
    out.roof_us = out.roof_us.value_or(0) + share * *there.roof_us;
    if (share * *executed.measured_us <= longest) continue;
    longest = share * *executed.measured_us;
    out.limit = there.limit;
    out.machine_efficiency = there.machine_efficiency;
  }
  if (out.roof_us && row.measured_us && *row.measured_us > 0) out.efficiency = *out.roof_us / *row.measured_us;
  return out;
}

double& part_of(TimeParts& parts, Bound limit) {
  switch (limit) {
    case Bound::compute: return parts.compute_us;
    case Bound::memory: return parts.memory_us;
    case Bound::dispatch: return parts.dispatch_us;
    case Bound::free: return parts.free_us;
    case Bound::unknown: break;
  }
  return parts.unknown_us;
}

/// The runtime's own nodes: layouts in blocks, and the copies and casts that no node of the file asked for.
bool is_added(const Analysis& analysis, const RuntimeRow& row) {
  if (row.op_type == "ReorderInput" || row.op_type == "ReorderOutput") return true;
  if (row.op_type != "Transpose" && row.op_type != "Cast" && row.op_type != "Reshape") return false;
  return std::ranges::none_of(row.rows, [&](std::int32_t index) {
    return analysis.nodes[static_cast<std::size_t>(index)].op_type == row.op_type;
  });
}

TimeParts parts_of(const Analysis& analysis, const SlowReport& report, double dispatch_us) {
  TimeParts parts;
  const Measurement& measurement = analysis.measurement;
  std::map<std::string, AddedNodes> added;
  double kernels_us = 0;
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    const RuntimeRow& row = analysis.runtime[r];
    if (!row.measured_us) continue;
    kernels_us += *row.measured_us;
    part_of(parts, report.runtime[r].limit) += *row.measured_us;
    const auto executions = static_cast<double>(std::max<std::int64_t>(row.cost.executions, 1));
    parts.overhead_us += std::min(*row.measured_us, dispatch_us * executions);
    if (r < measurement.nodes.size() && !measurement.nodes[r].time.us.empty()) {
      parts.profiling_removed_us += measurement.nodes[r].time.median - *row.measured_us;
    }
    if (!is_added(analysis, row)) continue;
    AddedNodes& entry = added[row.op_type];
    entry.op_type = row.op_type;
    ++entry.nodes;
    entry.us += *row.measured_us;
  }
  for (auto& entry : added) parts.added.push_back(std::move(entry.second));
  std::ranges::sort(parts.added, [](const AddedNodes& a, const AddedNodes& b) { return a.us > b.us; });
  if (!measurement.latency.us.empty()) {
    parts.latency_us = measurement.latency.median;
    parts.between_us = parts.latency_us - kernels_us;
    if (!measurement.profiled_latency.us.empty()) {
      parts.profiling_us = measurement.profiled_latency.median - measurement.latency.median;
    }
  }
  return parts;
}

/// One entry for each kind of work, most to win first.
std::vector<Gap> gaps_of(const Analysis& analysis, const SlowReport& report) {
  std::map<std::tuple<std::string, std::string, std::string>, Gap> kinds;
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    const Achieved& reached_here = report.runtime[r];
    const RuntimeRow& row = analysis.runtime[r];
    if (!row.measured_us || !reached_here.efficiency || reached_here.gap_us.value_or(0) <= 0) continue;
    std::string work = work_in_words(analysis, r);
    Gap& gap = kinds[{row.domain, row.op_type, work}];
    gap.all_saves_us += *reached_here.gap_us;
    if (gap.runtime >= 0) ++gap.alike;
    if (gap.runtime >= 0 && *reached_here.gap_us <= gap.saves_us) continue;
    gap.runtime = static_cast<std::int32_t>(r);
    gap.row = main_row(analysis, r);
    gap.work = std::move(work);
    gap.measured_us = *row.measured_us;
    gap.efficiency = *reached_here.efficiency;
    gap.saves_us = *reached_here.gap_us;
  }
  std::vector<Gap> gaps;
  gaps.reserve(kinds.size());
  for (auto& kind : kinds) gaps.push_back(std::move(kind.second));
  std::ranges::sort(gaps, [](const Gap& a, const Gap& b) {
    return std::tuple(-a.all_saves_us, a.runtime) < std::tuple(-b.all_saves_us, b.runtime);
  });
  return gaps;
}

}  // namespace

void find_slow(Analysis& analysis, const Calibration* calibration) {
  analysis.slow.reset();
  const bool measured =
      std::ranges::any_of(analysis.runtime, [](const RuntimeRow& row) { return row.measured_us.has_value(); });
  if (!measured) return;
  const std::optional<Roofs> roofs = choose_roofs(analysis, calibration);
  auto report = std::make_shared<SlowReport>();
  if (roofs) {
    report->roof = roofs->name;
    report->roof_source = roofs->source;
  }
  report->runtime.reserve(analysis.runtime.size());
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    report->runtime.push_back(against_roof(analysis, roofs, r));
    report->gap_us += report->runtime.back().gap_us.value_or(0);
  }
  // These roofs know caches, types and classes of kernels; the plain roofline's bound stays where it is of a machine
  // that was asked for by name.
  for (std::size_t r = 0; r < analysis.runtime.size() && !analysis.rates.named; ++r) {
    if (report->runtime[r].limit != Bound::unknown) analysis.runtime[r].bound = report->runtime[r].limit;
  }
  report->nodes.reserve(analysis.nodes.size());
  for (std::size_t n = 0; n < analysis.nodes.size(); ++n) report->nodes.push_back(of_row(analysis, *report, n));
  report->parts = parts_of(analysis, *report, roofs ? roofs->rates.dispatch_us : 0);
  report->gaps = gaps_of(analysis, *report);
  analysis.slow = std::move(report);
}

}  // namespace costscan
