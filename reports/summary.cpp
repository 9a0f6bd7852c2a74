#include "reports/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "reports/memory_summary.hpp"
#include "reports/names.hpp"
#include "reports/optimizers_report.hpp"
#include "reports/prediction_report.hpp"
#include "reports/slow_text.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

constexpr std::string_view gap = "   ";
constexpr std::size_t longest_sentence = 300;  ///< of texts that come from elsewhere

std::string joined(const std::vector<std::string>& facts) { return fmt::format("{}", fmt::join(facts, gap)); }

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

bool has_counts(const Totals& totals) { return totals.covered_nodes > 0 || totals.rows == 0; }

/// The time that shares are taken of: measured where there is one, else predicted.
struct TimeBase {
  bool measured = false;
  double total = 0;
  [[nodiscard]] std::optional<double> of(const std::optional<double>& measured_us,
                                         const std::optional<double>& predicted_us) const {
    return measured ? measured_us : predicted_us;
  }
};

TimeBase time_base(const Analysis& analysis) {
  TimeBase base;
  base.measured = analysis.totals.measured_us.has_value() &&
                  std::ranges::any_of(analysis.nodes, [](const NodeRow& row) { return row.measured_us.has_value(); });
  if (base.measured) {
    base.total = *analysis.totals.measured_us;
  } else {
    for (const NodeRow& row : analysis.nodes) base.total += row.predicted_us.value_or(0);
  }
  return base;
}

SummaryLine headline(const Analysis& analysis) {
  const Model& model = *analysis.shaped->model;
  std::vector<std::string> facts;
  if (!analysis.family.empty()) facts.push_back(plain_text(analysis.family));
  if (const auto opset = opset_version(model.opset_imports, "")) facts.push_back(fmt::format("opset {}", *opset));
  facts.push_back(counted(analysis.totals.nodes, "node", "nodes"));
  if (analysis.totals.rows > analysis.totals.nodes) {
    facts.push_back(fmt::format("{} with subgraphs and functions", analysis.totals.rows));
  }
  const auto parameters = static_cast<double>(analysis.totals.parameters);
  facts.push_back(quantity(parameters, "") + " parameters");
  facts.push_back(quantity(static_cast<double>(analysis.totals.weight_bytes), "B") + " weights");
  return {plain_text(model.path.filename().string()), joined(facts)};
}

std::string predicted_fact(const Analysis& analysis) {
  const Totals& totals = analysis.totals;
  // What was measured here says nothing about a prediction for some other machine.
  const bool comparable = totals.measured_us && !(analysis.rates.named && !analysis.measurement.machine.cpu.empty());
  const auto against = [&](double us) {
    return comparable ? fmt::format(" ({})", relative(us, *totals.measured_us)) : std::string();
  };
  if (totals.predicted_runtime_us) {
    std::string fact =
        fmt::format("{} predicted{}", time_text(*totals.predicted_runtime_us), against(*totals.predicted_runtime_us));
    // By a calibration the file's nodes only share what the executed ones are predicted to take.
    if (totals.predicted_us && !analysis.prediction) {
      fact += fmt::format(" as optimised, {} as written", time_text(*totals.predicted_us));
    }
    return fact;
  }
  if (totals.predicted_us) {
    return fmt::format("{} predicted{}{}", time_text(*totals.predicted_us), against(*totals.predicted_us),
                       analysis.runtime.empty() ? "" : " as written");
  }
  if (analysis.prediction) {
    return fmt::format("at least {} predicted: {} of unknown shape", time_text(analysis.prediction->us),
                       counted(analysis.prediction->unknown_nodes, "executed node", "executed nodes"));
  }
  double known = 0;
  std::int64_t unknown = 0;
  for (const NodeRow& row : analysis.nodes) {
    known += row.predicted_us.value_or(0);
    unknown += row.predicted_us ? 0 : 1;
  }
  return fmt::format("at least {} predicted: {} without a cost", time_text(known), counted(unknown, "node", "nodes"));
}

std::string runtime_fact(const Measurement& measurement) {
  std::vector<std::string> parts;
  if (measurement.threads > 0) parts.push_back(counted(measurement.threads, "thread", "threads"));
  if (!measurement.runtime_version.empty()) parts.push_back("ONNX Runtime " + plain_text(measurement.runtime_version));
  if (!measurement.machine.cpu.empty()) parts.push_back(shorten(plain_text(measurement.machine.cpu), 60));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string rates_fact(const MachineRates& rates) {
  if (rates.name.empty()) return {};
  return fmt::format("plain roofline of {}: {}, {}, {} per node", plain_text(rates.name),
                     quantity(rates.flops_per_second, "FLOP/s"), quantity(rates.bytes_per_second, "B/s"),
                     time_text(rates.dispatch_us));
}

void add_latency(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  const Totals& totals = analysis.totals;
  if (totals.measured_us) {
    const std::string measured = totals.measured_mad_us ? time_with_spread(*totals.measured_us, *totals.measured_mad_us)
                                                        : time_text(*totals.measured_us);
    std::vector<std::string> facts = {measured + " measured", predicted_fact(analysis)};
    if (analysis.rates.named) facts.push_back(rates_fact(analysis.rates));
    if (std::string where = runtime_fact(analysis.measurement); !where.empty()) facts.push_back(std::move(where));
    lines.push_back({"latency", joined(facts)});
    // Only a measurement that did not happen here has to say where it comes from.
    if (!analysis.measurement.reason.empty()) {
      lines.push_back({"measurement", shorten(plain_text(analysis.measurement.reason), longest_sentence)});
    }
  } else {
    std::vector<std::string> facts = {predicted_fact(analysis)};
    if (std::string rates = rates_fact(analysis.rates); !rates.empty()) facts.push_back(std::move(rates));
    lines.push_back({"latency", joined(facts)});
    std::vector<std::string> why;
    for (const std::string* part : {&analysis.measurement.reason, &analysis.measurement.advice}) {
      if (!part->empty()) why.push_back(shorten(plain_text(*part), longest_sentence));
    }
    if (why.empty()) why.emplace_back(to_string(analysis.measurement.status));
    lines.push_back({"not measured", joined(why)});
  }
}

void add_work(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  const Totals& totals = analysis.totals;
  std::vector<std::string> facts;
  if (has_counts(totals)) {
    const double moved = static_cast<double>(totals.work.read_bytes) + static_cast<double>(totals.work.write_bytes);
    facts.push_back(quantity(static_cast<double>(totals.work.flops), "FLOP"));
    if (totals.work.int_ops > totals.work.flops / 1000) {  // less is shape arithmetic: noise on this line
      facts.push_back(quantity(static_cast<double>(totals.work.int_ops), "") + " integer operations");
    }
    facts.push_back(fmt::format("{} moved, {} compulsory", quantity(moved, "B"),
                                quantity(static_cast<double>(totals.compulsory_bytes), "B")));
    if (const auto intensity = arithmetic_intensity(totals)) facts.push_back(significant(*intensity) + " FLOP/byte");
  } else {
    facts.emplace_back("unknown");
  }
  if (totals.covered_nodes < totals.rows) {
    facts.push_back(
        fmt::format("without {} of {} nodes: a lower bound", totals.rows - totals.covered_nodes, totals.rows));
  } else if (totals.trust != Trust::exact) {
    facts.push_back(totals.trust == Trust::upper_bound ? "an upper bound" : "approximate in part");
  }
  lines.push_back({"work", joined(facts)});
}

/// Only where asked for: FLOPs and compulsory bytes as functions of the free dimensions.
void add_closed_forms(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  if (!analysis.closed_forms) return;
  constexpr std::size_t longest_formula = 2000;
  std::string label = "closed forms";
  for (const auto& [total, name] : {std::pair{"flops", "FLOPs"}, {"compulsory_bytes", "compulsory bytes"}}) {
    const ClosedForm* form = find_form(*analysis.closed_forms, total);
    if (form == nullptr) continue;
    if (!form->text.empty()) {
      lines.push_back(
          {std::exchange(label, ""), fmt::format("{} = {}", name, shorten(plain_text(form->text), longest_formula))});
    }
    lines.push_back({std::exchange(label, ""), fmt::format("{}{}", form->text.empty() ? std::string(name) + ": " : "  ",
                                                           plain_text(form_evidence(*analysis.closed_forms, *form)))});
  }
}

/// Of measured executed nodes where there are such, else of the rows by their predicted (or foreign) times.
void add_bound(const Analysis& analysis, const TimeBase& base, std::vector<SummaryLine>& lines) {
  if (analysis.slow && !analysis.slow->roof.empty() && analysis.slow->parts.latency_us > 0) {
    lines.push_back({"bound", joined(bound_shares(*analysis.slow))});
    lines.push_back({"overhead", joined(overhead_facts(analysis))});
    return;
  }
  if (base.total <= 0) return;
  std::array<double, 5> sums{};
  for (const NodeRow& row : analysis.nodes) {
    sums.at(static_cast<std::size_t>(row.bound)) += base.of(row.measured_us, row.predicted_us).value_or(0);
  }
  std::vector<std::string> facts;
  for (const Bound bound : {Bound::compute, Bound::memory, Bound::dispatch, Bound::free, Bound::unknown}) {
    const double share = sums.at(static_cast<std::size_t>(bound)) / base.total;
    if (share <= 0) continue;
    facts.push_back(fmt::format("{} {}", percent(share), bound == Bound::unknown ? "unknown" : to_string(bound)));
  }
  if (base.measured && analysis.totals.remainder_us) {
    const double remainder = *analysis.totals.remainder_us;
    facts.push_back(remainder < 0 ? between_text(remainder, base.total)
                                  : "remainder " + percent(remainder / base.total));
  }
  facts.emplace_back(base.measured ? "(of the measured time)" : "(of the predicted time)");
  lines.push_back({"bound", joined(facts)});
}

void add_where(const Analysis& analysis, const TimeBase& base, const ReportOptions& options,
               std::vector<SummaryLine>& lines) {
  if (base.total <= 0) return;
  constexpr std::size_t bar_cells = 20;
  constexpr std::size_t longest_op = 32;
  const std::size_t room = static_cast<std::size_t>(std::max(40, options.width)) - label_columns;
  std::string value;
  for (const OpSum& sum : sum_by_op(analysis)) {
    const double us = base.of(sum.measured_us, sum.predicted_us).value_or(0);
    if (us <= 0) continue;
    const double share = us / base.total;
    const std::string entry =
        fmt::format("{} {} {}", shorten(plain_text(op_label(sum.domain, sum.op_type)), longest_op), percent(share),
                    bar(share, bar_cells));
    if (!value.empty() && text_width(value) + gap.size() + text_width(entry) > room) break;
    value += value.empty() ? entry : std::string(gap) + entry;
  }
  if (!value.empty()) lines.push_back({"where", std::move(value)});
}

std::string slow_sentence(const Analysis& analysis, const SlowNode& slow, std::size_t width) {
  const NodeRow& row = analysis.nodes[slow.row];
  std::string facts = time_text(slow.us);
  facts += slow.roof_share > 0 ? fmt::format(" at {:.0f}% of the roof", slow.roof_share * 100) : " predicted";
  const std::string shapes = shapes_text(row.outputs);
  facts += fmt::format(": {}{}{}", shorten(plain_text(op_label(row.domain, row.op_type)), 40),
                       shapes.empty() ? "" : " to ", shorten(shapes, 40));
  const std::size_t used = text_width(facts) + 2;
  constexpr std::size_t shortest_name = 20;
  return fmt::format("{}  {}", shorten(node_label(row), std::max(shortest_name, width > used ? width - used : 0)),
                     facts);
}

/// The most to be won at the roof, one line for each kind of work.
void add_gaps(const Analysis& analysis, const ReportOptions& options, std::vector<SummaryLine>& lines) {
  const std::vector<Gap>& gaps = analysis.slow->gaps;
  const std::size_t shown = std::min(gaps.size(), static_cast<std::size_t>(std::max(0, options.top)));
  const std::size_t width = static_cast<std::size_t>(std::max(60, options.width)) - label_columns;
  std::string label = "slow for its work";
  for (std::size_t i = 0; i < shown; ++i) {
    for (std::string& line : gap_lines(analysis, gaps[i], width)) {
      lines.push_back({std::exchange(label, ""), std::move(line)});
    }
  }
  if (options.top == 1 && gaps.size() > 1) {
    lines.push_back({"", fmt::format("  {} more kinds of work: --top 10", gaps.size() - 1)});
  }
}

void add_slow(const Analysis& analysis, const ReportOptions& options, std::vector<SummaryLine>& lines) {
  if (analysis.slow && !analysis.slow->gaps.empty()) return add_gaps(analysis, options, lines);
  const std::vector<SlowNode> slow = slow_nodes(analysis);
  const std::size_t shown = std::min(slow.size(), static_cast<std::size_t>(std::max(0, options.top)));
  const std::size_t width = static_cast<std::size_t>(std::max(40, options.width)) - label_columns - gap.size();
  for (std::size_t i = 0; i < shown; ++i) {
    std::string label = i != 0 ? "" : slow[i].roof_share > 0 ? "slow for its work" : "longest predicted";
    const bool hint = options.top == 1 && slow.size() > 1;
    constexpr std::string_view more = "   (more: --top 10)";
    const std::size_t room = hint ? width - more.size() : width;
    lines.push_back({std::move(label), fmt::format("{}{}", slow_sentence(analysis, slow[i], room), hint ? more : "")});
  }
}

void add_uncovered(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  if (analysis.uncovered.empty()) {
    lines.push_back({"uncovered", "none"});
    return;
  }
  constexpr std::size_t most = 5;
  constexpr std::size_t longest = 160;
  for (std::size_t i = 0; i < std::min(most, analysis.uncovered.size()); ++i) {
    const Uncovered& entry = analysis.uncovered[i];
    lines.push_back({i == 0 ? "uncovered" : "",
                     fmt::format("{}: {}{}{}", shorten(plain_text(op_label(entry.domain, entry.op_type)), 60),
                                 counted(static_cast<std::int64_t>(entry.rows.size()), "node", "nodes"),
                                 entry.reason.empty() ? "" : ", ", shorten(plain_text(entry.reason), longest))});
  }
  if (analysis.uncovered.size() > most) {
    lines.push_back({"", fmt::format("and {} more kinds: --report json lists all", analysis.uncovered.size() - most)});
  }
}

void add_dims(const Analysis& analysis, std::vector<SummaryLine>& lines) {
  std::vector<std::string> defaults;
  std::vector<std::string> others;
  for (const DimBinding& binding : analysis.shaped->bindings) {
    const std::string name = shorten(plain_text(binding.name), 40);
    if (binding.origin == BindingOrigin::default_value) {
      defaults.push_back(fmt::format("{0}={1} (--dim {0}=N)", name, binding.value));
    } else if (binding.origin == BindingOrigin::given) {
      others.push_back(fmt::format("{}={}", name, binding.value));
    }
  }
  if (!others.empty()) lines.push_back({"dims given", joined(others)});
  if (!defaults.empty()) lines.push_back({"dims by default", joined(defaults)});
}

SummaryLine next_line(const Analysis& analysis) {
  std::vector<std::string> commands = {
      fmt::format("costscan {} --report html", plain_text(shell_word(analysis.shaped->model->path.string())))};
  for (const OpSum& sum : sum_by_op(analysis)) {
    if (sum.covered_nodes == 0) continue;
    commands.push_back(fmt::format("costscan explain {}", plain_text(shell_word(op_label(sum.domain, sum.op_type)))));
    break;
  }
  return {"next", joined(commands)};
}

}  // namespace

std::vector<SlowNode> slow_nodes(const Analysis& analysis) {
  const bool measured = time_base(analysis).measured;
  std::vector<SlowNode> out;
  std::vector<double> lost(analysis.nodes.size());
  for (std::size_t i = 0; i < analysis.nodes.size(); ++i) {
    const NodeRow& row = analysis.nodes[i];
    if (!row.predicted_us || (measured && !row.measured_us)) continue;
    lost[i] = measured ? *row.measured_us - *row.predicted_us : *row.predicted_us;
    if (lost[i] <= 0 || *row.predicted_us <= 0) continue;
    out.push_back(measured ? SlowNode{i, *row.measured_us, *row.predicted_us / *row.measured_us}
                           : SlowNode{i, *row.predicted_us, 0});
  }
  std::ranges::sort(out, {}, [&](const SlowNode& slow) { return std::pair(-lost[slow.row], slow.row); });
  return out;
}

std::vector<std::string> all_warnings(const Analysis& analysis) {
  std::vector<std::string> all;
  for (const auto* group : {&analysis.warnings, &analysis.measurement.warnings}) {
    for (const std::string& warning : *group) {
      if (std::ranges::find(all, warning) == all.end()) all.push_back(warning);
    }
  }
  return all;
}

std::vector<SummaryLine> summarize(const Analysis& analysis, const ReportOptions& options) {
  const TimeBase base = time_base(analysis);
  std::vector<SummaryLine> lines = {headline(analysis)};
  add_latency(analysis, lines);
  add_prediction(analysis, lines);
  add_work(analysis, lines);
  add_memory(analysis, options, lines);
  add_closed_forms(analysis, lines);
  add_bound(analysis, base, lines);
  add_where(analysis, base, options, lines);
  add_slow(analysis, options, lines);
  add_fusions(analysis, options, lines);
  add_optimizers(analysis, lines);
  add_uncovered(analysis, lines);
  add_dims(analysis, lines);
  if (const std::size_t warnings = all_warnings(analysis).size(); warnings > 0) {
    lines.push_back({"warnings", fmt::format("{}: --report json or md lists all", warnings)});
  }
  lines.push_back(next_line(analysis));
  return lines;
}

}  // namespace costscan
