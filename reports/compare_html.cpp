// `costscan compare` as one offline page without scripts: it prints, and it works where scripts do not run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "reports/compare_figures.hpp"
#include "reports/compare_report.hpp"
#include "reports/names.hpp"
#include "reports/offline_page.hpp"

namespace costscan {
namespace {

constexpr std::string_view compare_style = R"css(
:root{--a:#3b6fb5;--b:#d1661f}@media(prefers-color-scheme:dark){:root{--a:#7fb0f0;--b:#f08a44}}
td.kind{white-space:nowrap}.a{color:var(--a)}.b{color:var(--b)}td.name{overflow-wrap:anywhere;min-width:12rem}svg text{fill:var(--dim);font:12px system-ui,sans-serif}
)css";

std::string count_figure(const std::optional<std::int64_t>& value, std::string_view unit) {
  return value ? quantity(static_cast<double>(*value), unit) : "unknown";
}

std::string time_figure(const std::optional<double>& us) { return us ? time_text(*us) : "—"; }

/// A number cell with the exact value on hover.
template <class T>
std::string number(const std::optional<T>& value, const std::string& shown) {
  return fmt::format("<td class=\"num\"{}>{}</td>", value ? fmt::format(" title=\"{}\"", *value) : std::string(),
                     shown);
}

template <class T>
std::string change_cell(const std::optional<T>& a, const std::optional<T>& b) {
  if (!a || !b) return "<td class=\"num\"></td>";
  const std::string text = *a == *b ? "equal" : relative(static_cast<double>(*b), static_cast<double>(*a));
  return fmt::format("<td class=\"num\">{}</td>", text);
}

std::string totals_table(const Comparison& comparison) {
  const SideFigures a = model_figures(comparison, false);
  const SideFigures b = model_figures(comparison, true);
  std::string out =
      "<div class=\"wrap\"><table><thead><tr><th></th><th class=\"num a\">A</th><th class=\"num b\">B</th><th "
      "class=\"num\">B against A</th></tr></thead><tbody>";
  const auto counts = [&](std::string_view name, const std::optional<std::int64_t>& of_a,
                          const std::optional<std::int64_t>& of_b, std::string_view unit) {
    out += fmt::format("<tr><th>{}</th>{}{}{}</tr>", name, number(of_a, count_figure(of_a, unit)),
                       number(of_b, count_figure(of_b, unit)), change_cell(of_a, of_b));
  };
  const auto times = [&](std::string_view name, const std::optional<double>& of_a, const std::optional<double>& of_b) {
    out += fmt::format("<tr><th>{}</th>{}{}{}</tr>", name, number(of_a, time_figure(of_a)),
                       number(of_b, time_figure(of_b)), change_cell(of_a, of_b));
  };
  const auto exact = [&](std::string_view name, std::int64_t of_a, std::int64_t of_b) {
    out += fmt::format("<tr><th>{}</th><td class=\"num\">{}</td><td class=\"num\">{}</td>{}</tr>", name, of_a, of_b,
                       change_cell(std::optional(of_a), std::optional(of_b)));
  };
  exact("nodes", a.nodes, b.nodes);
  exact("operators", distinct_ops(comparison.a), distinct_ops(comparison.b));
  counts("FLOPs", a.flops, b.flops, "");
  counts("bytes moved", a.moved_bytes, b.moved_bytes, "B");
  counts("compulsory bytes", a.compulsory_bytes, b.compulsory_bytes, "B");
  times("predicted", a.predicted_us, b.predicted_us);
  if (a.measured_us || b.measured_us) times("measured", a.measured_us, b.measured_us);
  return out + "</tbody></table></div>";
}

struct DrawnExtent {
  double low = 0;
  double high = 1;
};

/// Every round's samples as a mark, A above B, so that drift and outliers are seen.
std::string rounds_picture(const PairMeasurement& pair) {
  constexpr double width = 900;
  constexpr double height = 140;
  constexpr double left = 70;
  if (pair.rounds.empty()) return {};
  DrawnExtent extent{1e300, 0};
  for (const Samples* samples : {&pair.latency_a, &pair.latency_b}) {
    for (const double us : samples->us) extent = {std::min(extent.low, us), std::max(extent.high, us)};
  }
  if (!(extent.high > extent.low)) extent = {extent.low * 0.99, extent.low * 1.01 + 1e-9};
  const auto y_of = [&](double us) {
    return height - 15 - (us - extent.low) / (extent.high - extent.low) * (height - 30);
  };
  std::string marks;
  for (std::size_t r = 0; r < pair.rounds.size(); ++r) {
    const double slot = (width - left - 10) / static_cast<double>(pair.rounds.size());
    const double x = left + slot * (static_cast<double>(r) + 0.5);
    const auto draw = [&](const std::vector<double>& samples, double shift, std::string_view color) {
      for (const double us : samples) {
        marks += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"var(--{})\" fill-opacity=\".55\"/>",
                             x + shift, y_of(us), pair.latency_a.us.size() > 100 ? 2 : 4, color);
      }
    };
    draw(pair.rounds[r].first_us, -slot / 6, "a");
    draw(pair.rounds[r].second_us, slot / 6, "b");
  }
  return fmt::format(
      "<h2>Every counted run, round by round</h2><svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"times of A and "
      "B in each round\"><text x=\"0\" y=\"{2:.0f}\">{3}</text><text x=\"0\" y=\"{4:.0f}\">{5}</text>{6}</svg><div "
      "class=\"dim\"><span class=\"a\">●</span> A &#160; <span class=\"b\">●</span> B; {7} rounds in {8} sitting{9}, "
      "the "
      "order within a round is drawn</div>",
      width, height, y_of(extent.high) + 4, html_text(time_text(extent.high)), y_of(extent.low) + 4,
      html_text(time_text(extent.low)), marks, pair.rounds.size(), pair.sittings, pair.sittings == 1 ? "" : "s");
}

/// The interval on an axis of ratios around 1.
std::string interval_picture(const std::optional<RatioInterval>& interval) {
  if (!interval) return {};
  constexpr double width = 600;
  const double reach = std::max({std::abs(interval->low - 1), std::abs(interval->high - 1), 0.02}) * 1.15;
  const auto x_of = [&](double ratio) { return width / 2 + (ratio - 1) / reach * (width / 2 - 10); };
  return fmt::format(
      "<svg viewBox=\"0 0 {0} 46\" role=\"img\" aria-label=\"confidence interval of the speed-up\" "
      "style=\"max-width:40rem\">"
      "<line x1=\"{1:.1f}\" x2=\"{1:.1f}\" y1=\"4\" y2=\"30\" stroke=\"var(--dim)\"/><text x=\"{1:.1f}\" y=\"44\" "
      "text-anchor=\"middle\">1: equally fast</text><line x1=\"{2:.1f}\" x2=\"{3:.1f}\" y1=\"17\" y2=\"17\" "
      "stroke=\"var(--b)\" stroke-width=\"6\"/><circle cx=\"{4:.1f}\" cy=\"17\" r=\"6\" fill=\"var(--b)\"/><text "
      "x=\"4\" "
      "y=\"44\">A faster</text><text x=\"{5:.0f}\" y=\"44\" text-anchor=\"end\">B faster</text></svg>",
      width, x_of(1), x_of(interval->low), x_of(interval->high), x_of(interval->ratio), width - 4);
}

std::string outputs_list(const Agreement& agreement) {
  if (agreement.outputs.empty() && agreement.differing_data.empty()) return {};
  std::string out = "<h2>Outputs on the same inputs</h2><ul>";
  for (const OutputAgreement& output : agreement.outputs) {
    const std::string& name = output.name_a.empty() ? output.name_b : output.name_a;
    out += fmt::format("<li><b>{}</b>: {}</li>", html_text(name), html_text(agreement_text(output)));
  }
  for (const std::string& text : agreement.differing_data) {
    out += fmt::format("<li class=\"dim\">not the same data: {}</li>", html_text(text));
  }
  return out + "</ul>";
}

std::string ops_table(const Comparison& comparison) {
  std::string out =
      "<h2>Operators</h2><div class=\"wrap\"><table><thead><tr><th>operator</th><th class=\"num a\">nodes A</th><th "
      "class=\"num b\">B</th><th class=\"num a\">FLOPs A</th><th class=\"num b\">B</th><th class=\"num a\">compulsory "
      "A</th><th class=\"num b\">B</th><th class=\"num a\">predicted A</th><th class=\"num b\">B</th><th class=\"num "
      "a\">measured A</th><th class=\"num b\">B</th></tr></thead><tbody>";
  for (const OpFigures& op : op_figures(comparison)) {
    out += fmt::format("<tr><td>{}</td>", html_text(op_label(op.domain, op.op_type)));
    const auto cell = [&](const SideFigures& side, const auto& field, const auto& text) {
      out += side.nodes == 0 ? std::string("<td class=\"num\">—</td>") : number(field, text(field));
    };
    const auto plain = [](const std::optional<std::int64_t>& value) { return count_figure(value, ""); };
    const auto bytes = [](const std::optional<std::int64_t>& value) { return count_figure(value, "B"); };
    for (const SideFigures* side : {&op.a, &op.b}) cell(*side, std::optional(side->nodes), plain);
    for (const SideFigures* side : {&op.a, &op.b}) cell(*side, side->flops, plain);
    for (const SideFigures* side : {&op.a, &op.b}) cell(*side, side->compulsory_bytes, bytes);
    for (const SideFigures* side : {&op.a, &op.b}) cell(*side, side->predicted_us, time_figure);
    for (const SideFigures* side : {&op.a, &op.b}) cell(*side, side->measured_us, time_figure);
    out += "</tr>";
  }
  return out + "</tbody></table></div>";
}

std::string side_cells(const Analysis& analysis, const std::vector<std::int32_t>& rows, const SideFigures& side) {
  if (rows.empty()) return "<td class=\"dim\" colspan=\"4\">nothing</td>";
  return fmt::format("<td class=\"name\">{}<div class=\"dim\">{}</div></td>{}{}{}",
                     html_text(nodes_text(analysis, rows)), html_text(ops_text(analysis, rows)),
                     number(side.flops, count_figure(side.flops, "")),
                     number(side.predicted_us, time_figure(side.predicted_us)),
                     number(side.measured_us, time_figure(side.measured_us)));
}

std::string groups_table(const Comparison& comparison, const std::vector<const GroupFigures*>& groups) {
  std::string out =
      "<div class=\"wrap\"><table><thead><tr><th>what</th><th class=\"num\">change</th><th class=\"a\">A</th><th "
      "class=\"num\">FLOPs</th><th class=\"num\">predicted</th><th class=\"num\">measured</th><th "
      "class=\"b\">B</th><th "
      "class=\"num\">FLOPs</th><th class=\"num\">predicted</th><th class=\"num\">measured</th></tr></thead><tbody>";
  for (const GroupFigures* group : groups) {
    const std::string change = !group->change_us ? "unknown"
                               : *group->change_us == 0
                                   ? "0"
                                   : (*group->change_us < 0 ? "−" : "+") + time_text(std::abs(*group->change_us));
    out += fmt::format("<tr><td class=\"kind\" title=\"found by {}\">{}</td>{}{}{}</tr>", html_text(group->group->how),
                       to_string(group->kind), number(group->change_us, change),
                       side_cells(comparison.a, group->group->a, group->a),
                       side_cells(comparison.b, group->group->b, group->b));
  }
  return out + "</tbody></table></div>";
}

std::string groups_part(const Comparison& comparison) {
  const std::vector<GroupFigures> groups = group_figures(comparison);
  std::vector<const GroupFigures*> changed;
  std::vector<const GroupFigures*> same;
  for (const GroupFigures& group : groups) (group.kind == GroupKind::same ? same : changed).push_back(&group);
  std::ranges::sort(changed, {}, [](const GroupFigures* group) {  // ties stay in file order: the groups of one vector
    return std::pair(-std::abs(group->change_us.value_or(0)), group);
  });
  std::string out = fmt::format("<h2>What changed: {} groups of nodes</h2>", changed.size());
  out += changed.empty() ? "<div class=\"dim\">no node</div>" : groups_table(comparison, changed);
  if (same.empty()) return out;
  return out + fmt::format("<details><summary>{} nodes are the same</summary>{}</details>", same.size(),
                           groups_table(comparison, same));
}

std::string notes_list(const Comparison& comparison) {
  std::vector<std::string> notes = comparison.notes;
  notes.insert(notes.end(), comparison.measurement.warnings.begin(), comparison.measurement.warnings.end());
  if (notes.empty()) return {};
  std::string out = "<h2>Notes</h2><ul>";
  for (const std::string& note : notes) out += fmt::format("<li>{}</li>", html_text(note));
  return out + "</ul>";
}

std::string conditions(const PairMeasurement& pair) {
  if (pair.runtime_version.empty()) return {};
  return fmt::format("<div class=\"dim\">ONNX Runtime {}, optimisation {}, {} thread{}, {}</div>",
                     html_text(pair.runtime_version), html_text(pair.optimization_level), pair.threads,
                     pair.threads == 1 ? "" : "s", html_text(pair.machine.cpu));
}

}  // namespace

Result<std::string> compare_html(const Comparison& comparison, const CompareReportOptions& /*options*/) {
  const std::string a = html_text(comparison.a.shaped->model->stem);
  const std::string b = html_text(comparison.b.shaped->model->stem);
  std::string out = fmt::format("<h1><span class=\"a\">A {}</span> beside <span class=\"b\">B {}</span></h1>", a, b);
  out += conditions(comparison.measurement);
  out += fmt::format("<div class=\"verdict\">{}</div>", html_text(speedup_text(comparison)));
  out += interval_picture(comparison.measurement.speedup);
  if (comparison.predicted_speedup) {
    out += fmt::format("<div class=\"dim\">predicted: A / B = {:.3f}</div>", *comparison.predicted_speedup);
  }
  out += totals_table(comparison) + outputs_list(comparison.measurement.agreement) +
         rounds_picture(comparison.measurement) + groups_part(comparison) + ops_table(comparison) +
         notes_list(comparison);
  return offline_page(a + " | " + b, table_page_style(compare_style), out);
}

}  // namespace costscan
