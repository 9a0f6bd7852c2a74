#include "reports/compare_figures.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "model/checked_math.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

const NodeRow& row_of(const Analysis& analysis, std::int32_t row) {
  return analysis.nodes[static_cast<std::size_t>(row)];
}

void add(std::optional<std::int64_t>& sum, std::optional<std::int64_t> value) {
  sum = sum && value ? checked_add(*sum, *value) : std::nullopt;
}

std::optional<std::int64_t> moved(const Work& work) { return checked_add(work.read_bytes, work.write_bytes); }

bool is_same(const Comparison& comparison, const NodeGroup& group) {
  const NodeRow& a = row_of(comparison.a, group.a.front());
  const NodeRow& b = row_of(comparison.b, group.b.front());
  return a.op_type == b.op_type && a.domain == b.domain && a.cost.trust == b.cost.trust && a.cost.work == b.cost.work &&
         a.cost.compulsory_bytes == b.cost.compulsory_bytes;
}

GroupKind kind_of(const Comparison& comparison, const NodeGroup& group) {
  if (group.b.empty()) return GroupKind::only_a;
  if (group.a.empty()) return GroupKind::only_b;
  if (group.a.size() > group.b.size()) return GroupKind::fused;
  if (group.a.size() < group.b.size()) return GroupKind::split;
  const bool same = group.a.size() == 1 && is_same(comparison, group);
  return same ? GroupKind::same : GroupKind::changed;
}

/// B minus A; a side without nodes takes no time.
std::optional<double> change(const GroupFigures& group, std::optional<double> SideFigures::* time) {
  const std::optional<double> before = group.group->a.empty() ? 0.0 : group.a.*time;
  const std::optional<double> after = group.group->b.empty() ? 0.0 : group.b.*time;
  return before && after ? std::optional(*after - *before) : std::nullopt;
}

double rank(const SideFigures& a, const SideFigures& b) {
  if (a.measured_us || b.measured_us) return std::max(a.measured_us.value_or(0), b.measured_us.value_or(0));
  return std::max(a.predicted_us.value_or(0), b.predicted_us.value_or(0));
}

}  // namespace

const char* to_string(GroupKind kind) noexcept {
  switch (kind) {
    case GroupKind::same: return "same";
    case GroupKind::changed: return "changed";
    case GroupKind::fused: return "fused";
    case GroupKind::split: return "split";
    case GroupKind::only_a: return "only A";
    case GroupKind::only_b: break;
  }
  return "only B";
}

SideFigures sum_of(const Analysis& analysis, std::span<const std::int32_t> rows) {
  SideFigures out;
  if (rows.empty()) return out;
  out.flops = out.moved_bytes = out.compulsory_bytes = 0;
  out.predicted_us = 0;
  for (const std::int32_t index : rows) {
    const NodeRow& row = row_of(analysis, index);
    const bool known = row.cost.trust != Trust::unknown;
    ++out.nodes;
    add(out.flops, known ? std::optional(row.cost.work.flops) : std::nullopt);
    add(out.moved_bytes, known ? moved(row.cost.work) : std::nullopt);
    add(out.compulsory_bytes, known ? std::optional(row.cost.compulsory_bytes) : std::nullopt);
    out.predicted_us =
        out.predicted_us && row.predicted_us ? std::optional(*out.predicted_us + *row.predicted_us) : std::nullopt;
    // What the runtime folded has no time of its own: the rest of the group has.
    if (row.measured_us) out.measured_us = out.measured_us.value_or(0) + *row.measured_us;
  }
  return out;
}

std::vector<GroupFigures> group_figures(const Comparison& comparison) {
  std::vector<GroupFigures> out;
  for (const NodeGroup& group : comparison.groups) {
    GroupFigures figures;
    figures.group = &group;
    figures.kind = kind_of(comparison, group);
    figures.a = sum_of(comparison.a, group.a);
    figures.b = sum_of(comparison.b, group.b);
    figures.change_us = change(figures, &SideFigures::measured_us);
    if (!figures.change_us) figures.change_us = change(figures, &SideFigures::predicted_us);
    out.push_back(figures);
  }
  return out;
}

std::vector<OpFigures> op_figures(const Comparison& comparison) {
  std::map<std::pair<std::string, std::string>, std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>>> rows;
  for (std::size_t r = 0; r < comparison.a.nodes.size(); ++r) {
    const NodeRow& row = comparison.a.nodes[r];
    rows[{row.domain, row.op_type}].first.push_back(static_cast<std::int32_t>(r));
  }
  for (std::size_t r = 0; r < comparison.b.nodes.size(); ++r) {
    const NodeRow& row = comparison.b.nodes[r];
    rows[{row.domain, row.op_type}].second.push_back(static_cast<std::int32_t>(r));
  }
  std::vector<OpFigures> out;
  for (const auto& [op, sides] : rows) {
    out.push_back({op.first, op.second, sum_of(comparison.a, sides.first), sum_of(comparison.b, sides.second)});
  }
  std::ranges::sort(out, {}, [](const OpFigures& op) {
    return std::tuple(-rank(op.a, op.b), -std::max(op.a.flops.value_or(0), op.b.flops.value_or(0)),
                      std::string_view(op.domain), std::string_view(op.op_type));
  });
  return out;
}

SideFigures model_figures(const Comparison& comparison, bool of_b) {
  const Totals& totals = of_b ? comparison.b.totals : comparison.a.totals;
  const bool executed = comparison.a.totals.predicted_runtime_us && comparison.b.totals.predicted_runtime_us;
  SideFigures out;
  out.nodes = totals.nodes;
  if (totals.covered_nodes > 0 || totals.rows == 0) {
    out.flops = totals.work.flops;
    out.moved_bytes = moved(totals.work);
    out.compulsory_bytes = totals.compulsory_bytes;
  }
  out.predicted_us = executed ? totals.predicted_runtime_us : totals.predicted_us;
  const Samples& turns = of_b ? comparison.measurement.latency_b : comparison.measurement.latency_a;
  out.measured_us = turns.us.empty() ? totals.measured_us : std::optional(turns.median);
  return out;
}

std::int64_t distinct_ops(const Analysis& analysis) {
  std::set<std::pair<std::string_view, std::string_view>> ops;
  for (const NodeRow& row : analysis.nodes) ops.emplace(row.domain, row.op_type);
  return static_cast<std::int64_t>(ops.size());
}

std::string nodes_text(const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  if (rows.empty()) return {};
  const std::string last = node_label(row_of(analysis, rows.back()));
  if (rows.size() == 1) return last;
  return fmt::format("{} nodes: {} … {}", rows.size(), node_label(row_of(analysis, rows.front())), last);
}

std::string ops_text(const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (const std::int32_t index : rows) {
    const NodeRow& row = row_of(analysis, index);
    const std::string op = plain_text(op_label(row.domain, row.op_type));
    const auto known = std::ranges::find(counts, op, &std::pair<std::string, std::int64_t>::first);
    if (known == counts.end()) {
      counts.emplace_back(op, 1);
    } else {
      ++known->second;
    }
  }
  std::vector<std::string> parts;
  for (const auto& [op, count] : counts) parts.push_back(count == 1 ? op : fmt::format("{} {}", count, op));
  return fmt::format("{}", fmt::join(parts, " + "));
}

std::string speedup_text(const Comparison& comparison) {
  const PairMeasurement& measured = comparison.measurement;
  if (measured.speedup) {
    const RatioInterval& interval = *measured.speedup;
    const std::string range = fmt::format(
        "{:.0f}% interval {:.3f} to {:.3f}, {} rounds in {} {}", interval.confidence * 100, interval.low, interval.high,
        measured.rounds.size(), measured.sittings, measured.sittings == 1 ? "sitting" : "sittings");
    if (interval.spans_one()) return fmt::format("no difference: A / B = {:.3f} ({})", interval.ratio, range);
    return interval.ratio > 1 ? fmt::format("B is faster: A / B = {:.3f} ({})", interval.ratio, range)
                              : fmt::format("B is slower: A / B = {:.3f} ({})", interval.ratio, range);
  }
  if (measured.latency_a.median > 0 && measured.latency_b.median > 0) {
    return fmt::format("A / B = {:.3f}, from too few rounds to say more",
                       measured.latency_a.median / measured.latency_b.median);
  }
  return fmt::format("not measured: {}", measured.reason);
}

std::string agreement_text(const OutputAgreement& output) {
  if (!output.compared()) return output.reason;
  std::string out;
  if (output.differing == 0) {
    out = fmt::format("identical ({} elements)", output.elements);
  } else if (output.max_abs_diff) {
    out = fmt::format("largest difference {:.3g}", *output.max_abs_diff);
    if (output.max_abs_a > 0)
      out += fmt::format(", {:.2g} of the largest value", *output.max_abs_diff / output.max_abs_a);
    out += fmt::format("; {} of {} elements differ", output.differing, output.elements);
  } else {
    out = fmt::format("no element is finite in both; {} of {} differ", output.differing, output.elements);
  }
  if (output.nan_a > 0 || output.nan_b > 0) {
    out += fmt::format("; NaN: {} in A, {} in B, {} in one only", output.nan_a, output.nan_b, output.nan_mismatch);
  }
  if (output.infinite_mismatch > 0) out += fmt::format("; {} infinite in one only", output.infinite_mismatch);
  return out;
}

}  // namespace costscan
