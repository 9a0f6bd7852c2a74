// `costscan compare` for the terminal: totals side by side, what the difference in time is worth, what the outputs say,
// and where most was won or lost.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/compare_figures.hpp"
#include "reports/compare_report.hpp"
#include "reports/names.hpp"
#include "reports/table_text.hpp"

namespace costscan {
namespace {

constexpr std::size_t label_width = 14;
constexpr std::size_t cell_width = 14;
constexpr std::size_t longest_aligned_name = 60;

std::string padded(const std::string& text, std::size_t width, bool right = false) {
  const std::size_t used = std::min(text_width(text), width);
  const std::string spaces(width - used, ' ');
  return right ? spaces + text : text + spaces;
}

std::string emphasised(const std::string& text, bool color) { return color ? "\x1B[1m" + text + "\x1B[0m" : text; }

std::string label(std::string_view text, bool color) {
  return emphasised(std::string(text), color) + std::string(label_width - std::min(text.size(), label_width), ' ');
}

std::size_t columns(const CompareReportOptions& options) { return usable_columns(options.width); }

/// A sentence behind a label.
std::string sentence(std::string_view name, std::string_view text, const CompareReportOptions& options) {
  return label(name, options.color) + wrapped_text(text, columns(options), label_width) + '\n';
}

std::string count(const std::optional<std::int64_t>& value, std::string_view unit) {
  return value ? quantity(static_cast<double>(*value), unit) : "unknown";
}

std::string time(const std::optional<double>& us) { return us ? time_text(*us) : "—"; }

template <class T>
std::string change(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a || !b) return "";
  if (*a == *b) return "equal";
  return relative(static_cast<double>(*b), static_cast<double>(*a));
}

void append_line(std::string& out, std::string_view name, const std::array<std::string, 3>& cells, bool color) {
  out += label(name, color);
  for (const std::string& cell : cells) out += padded(cell, cell_width, true);
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

void append_totals(std::string& out, const Comparison& comparison, bool color) {
  const SideFigures a = model_figures(comparison, false);
  const SideFigures b = model_figures(comparison, true);
  const auto number = [](std::int64_t value) { return std::optional(value); };
  out += fmt::format("{}{}\n", label("A", color), plain_text(comparison.a.shaped->model->path.string()));
  out += fmt::format("{}{}\n", label("B", color), plain_text(comparison.b.shaped->model->path.string()));
  append_line(out, "", {"A", "B", "B against A"}, color);
  append_line(out, "nodes",
              {std::to_string(a.nodes), std::to_string(b.nodes), change(number(a.nodes), number(b.nodes))}, color);
  const std::int64_t ops_a = distinct_ops(comparison.a);
  const std::int64_t ops_b = distinct_ops(comparison.b);
  append_line(out, "operators", {std::to_string(ops_a), std::to_string(ops_b), change(number(ops_a), number(ops_b))},
              color);
  append_line(out, "FLOPs", {count(a.flops, ""), count(b.flops, ""), change(a.flops, b.flops)}, color);
  append_line(out, "moved",
              {count(a.moved_bytes, "B"), count(b.moved_bytes, "B"), change(a.moved_bytes, b.moved_bytes)}, color);
  append_line(
      out, "compulsory",
      {count(a.compulsory_bytes, "B"), count(b.compulsory_bytes, "B"), change(a.compulsory_bytes, b.compulsory_bytes)},
      color);
  append_line(out, "predicted", {time(a.predicted_us), time(b.predicted_us), change(a.predicted_us, b.predicted_us)},
              color);
  if (a.measured_us || b.measured_us)
    append_line(out, "measured", {time(a.measured_us), time(b.measured_us), change(a.measured_us, b.measured_us)},
                color);
}

void append_outputs(std::string& out, const Comparison& comparison, const CompareReportOptions& options) {
  const Agreement& agreement = comparison.measurement.agreement;
  std::size_t shown = 0;
  for (const OutputAgreement& output : agreement.outputs) {
    if (shown == static_cast<std::size_t>(std::max(options.top, 1))) break;
    const std::string& name = output.name_a.empty() ? output.name_b : output.name_a;
    out += sentence(shown == 0 ? "outputs" : "",
                    fmt::format("{}: {}", shorten(plain_text(name), longest_aligned_name), agreement_text(output)),
                    options);
    ++shown;
  }
  if (shown < agreement.outputs.size()) {
    out += sentence("", fmt::format("{} more: --report json", agreement.outputs.size() - shown), options);
  }
  for (const std::string& reason : agreement.differing_data) {
    out += sentence("", "not the same data: " + plain_text(reason), options);
  }
}

void append_alignment(std::string& out, const Comparison& comparison, const std::vector<GroupFigures>& groups,
                      const CompareReportOptions& options) {
  std::array<std::int64_t, 6> groups_of{};
  std::array<std::int64_t, 6> nodes_a{};
  std::array<std::int64_t, 6> nodes_b{};
  for (const GroupFigures& group : groups) {
    const auto kind = static_cast<std::size_t>(group.kind);
    ++groups_of[kind];
    nodes_a[kind] += group.a.nodes;
    nodes_b[kind] += group.b.nodes;
  }
  std::string line;
  const auto add = [&](GroupKind kind, const std::string& text) {
    if (groups_of[static_cast<std::size_t>(kind)] > 0) line += (line.empty() ? "" : "   ") + text;
  };
  const auto number = [](const auto& counts, GroupKind kind) { return counts[static_cast<std::size_t>(kind)]; };
  add(GroupKind::same, fmt::format("{} the same", number(groups_of, GroupKind::same)));
  add(GroupKind::changed, fmt::format("{} changed", number(groups_of, GroupKind::changed)));
  for (const GroupKind kind : {GroupKind::fused, GroupKind::split}) {
    add(kind, fmt::format("{} {}: {} nodes became {}", number(groups_of, kind), to_string(kind), number(nodes_a, kind),
                          number(nodes_b, kind)));
  }
  add(GroupKind::only_a, fmt::format("{} only in A", number(nodes_a, GroupKind::only_a)));
  add(GroupKind::only_b, fmt::format("{} only in B", number(nodes_b, GroupKind::only_b)));
  if (line.empty()) line = "no nodes";
  out += sentence("alignment", line, options);
  for (const std::string& note : comparison.notes) out += sentence("", plain_text(note), options);
}

/// Indices of what changed most, up to `most`.
std::vector<const GroupFigures*> largest_changes(const std::vector<GroupFigures>& groups, std::int32_t most) {
  std::vector<const GroupFigures*> out;
  for (const GroupFigures& group : groups) {
    if (group.kind != GroupKind::same && group.change_us && *group.change_us != 0) out.push_back(&group);
  }
  std::ranges::sort(out, {}, [](const GroupFigures* group) {  // ties stay in file order: the groups of one vector
    return std::pair(-std::abs(*group->change_us), group);
  });
  out.resize(std::min(out.size(), static_cast<std::size_t>(std::max(most, 0))));
  return out;
}

/// Nodes, operators and time of one side in at most `room` characters, names shortened.
std::string side_text(const Analysis& analysis, const std::vector<std::int32_t>& rows, const SideFigures& figures,
                      std::size_t room) {
  if (rows.empty()) return "nothing";
  constexpr std::size_t shortest = 12;
  const bool measured = figures.measured_us.has_value();
  const std::string when =
      fmt::format("{}{}", measured ? "" : "predicted ", time(measured ? figures.measured_us : figures.predicted_us));
  const std::size_t taken = text_width(when) + std::string_view(" [] ").size();
  const std::size_t left = std::max(2 * shortest, room > taken ? room - taken : 0);
  const std::string ops = shorten(ops_text(analysis, rows), std::clamp(left / 3, shortest, longest_aligned_name));
  const std::string nodes = shorten(nodes_text(analysis, rows), std::min(left - text_width(ops), longest_aligned_name));
  return fmt::format("{} [{}] {}", nodes, ops, when);
}

std::string signed_time(double us) { return (us < 0 ? "−" : "+") + time_text(std::abs(us)); }

/// In one line where that fits, else what it was and below that what became of it.
std::string change_lines(std::string_view name, const Comparison& comparison, const GroupFigures& group,
                         const CompareReportOptions& options) {
  constexpr std::string_view arrow = "  →  ";
  const std::string head =
      fmt::format("{}  {}: ", padded(signed_time(*group.change_us), 9, true), to_string(group.kind));
  const std::size_t start = label_width + text_width(head);
  const std::size_t room = columns(options) > start ? columns(options) - start : 0;
  const auto sides = [&](std::size_t each) {
    return std::pair(side_text(comparison.a, group.group->a, group.a, each),
                     side_text(comparison.b, group.group->b, group.b, each));
  };
  if (group.group->a.empty() || group.group->b.empty()) {  // the kind says which
    auto [before, after] = sides(room);
    return label(name, options.color) + head + (group.group->a.empty() ? after : before) + '\n';
  }
  constexpr std::size_t all = 1000;
  auto [before, after] = sides(all);
  if (text_width(before) + text_width(arrow) + text_width(after) <= room) {
    return label(name, options.color) + fmt::format("{}{}{}{}\n", head, before, arrow, after);
  }
  std::tie(before, after) = sides(room);
  return label(name, options.color) + head + before + '\n' + std::string(start - text_width(arrow) + 2, ' ') +
         fmt::format("→  {}\n", after);
}

void append_changes(std::string& out, const Comparison& comparison, const std::vector<GroupFigures>& groups,
                    const CompareReportOptions& options) {
  bool first = true;
  for (const GroupFigures* group : largest_changes(groups, options.top)) {
    out += change_lines(first ? "changes" : "", comparison, *group, options);
    first = false;
  }
}

/// Columns that no operator has a figure in are left out.
TextRows with_figures(TextRows rows) {
  for (std::size_t c = rows.front().size(); c-- > 1;) {
    if (!std::all_of(rows.begin() + 1, rows.end(), [&](const auto& row) { return row[c] == "—"; })) continue;
    for (auto& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(c));
  }
  return rows;
}

/// Both sides of a figure; one where they are equal.
std::string both(const std::string& a, const std::string& b) { return a == b ? a : a + " | " + b; }

void append_ops(std::string& out, const Comparison& comparison, const CompareReportOptions& options) {
  const std::vector<OpFigures> ops = op_figures(comparison);
  const std::size_t shown = std::min(ops.size(), static_cast<std::size_t>(std::max(options.top, 0)));
  if (shown == 0) return;
  TextRows rows{{"operator (A | B)", "nodes", "FLOPs", "compulsory", "predicted", "measured"}};
  for (std::size_t i = 0; i < shown; ++i) {
    const OpFigures& op = ops[i];
    const auto cell = [&](const auto& text) {
      return both(op.a.nodes > 0 ? text(op.a) : std::string("—"), op.b.nodes > 0 ? text(op.b) : std::string("—"));
    };
    rows.push_back({shorten(plain_text(op_label(op.domain, op.op_type)), 25),
                    cell([](const SideFigures& side) { return std::to_string(side.nodes); }),
                    cell([](const SideFigures& side) { return count(side.flops, ""); }),
                    cell([](const SideFigures& side) { return count(side.compulsory_bytes, "B"); }),
                    cell([](const SideFigures& side) { return time(side.predicted_us); }),
                    cell([](const SideFigures& side) { return time(side.measured_us); })});
  }
  out += '\n' + fitted_table(with_figures(std::move(rows)), columns(options));
  if (shown < ops.size()) out += fmt::format("{} more operators: --top N\n", ops.size() - shown);
}

}  // namespace

Result<std::string> compare_text(const Comparison& comparison, const CompareReportOptions& options) {
  std::string out;
  append_totals(out, comparison, options.color);
  out += sentence("speed-up", plain_text(speedup_text(comparison)), options);
  if (comparison.predicted_speedup) {
    out += label("", options.color) + fmt::format("predicted: A / B = {:.3f}\n", *comparison.predicted_speedup);
  }
  append_outputs(out, comparison, options);
  const std::vector<GroupFigures> groups = group_figures(comparison);
  append_alignment(out, comparison, groups, options);
  append_changes(out, comparison, groups, options);
  append_ops(out, comparison, options);
  return out;
}

}  // namespace costscan
