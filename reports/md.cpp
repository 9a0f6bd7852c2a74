// Markdown (GitHub's dialect) for a pull request or a wiki. Names are untrusted text: they are escaped to show as they
// are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "reports/memory_summary.hpp"
#include "reports/names.hpp"
#include "reports/report.hpp"
#include "reports/slow_text.hpp"
#include "reports/summary.hpp"
#include "reports/table_text.hpp"
#include "reports/tables.hpp"

namespace costscan {
namespace {

constexpr std::size_t longest_name_md = 120;

std::string count_cell(const std::optional<std::int64_t>& value, std::string_view unit) {
  return value ? quantity(static_cast<double>(*value), unit) : "unknown";
}

std::string time_cell(const std::optional<double>& us) { return us ? time_text(*us) : "—"; }

std::optional<std::int64_t> known(const NodeCost& cost, std::int64_t value) {
  return cost.trust == Trust::unknown ? std::nullopt : std::optional(value);
}

void append_row(std::string& out, const std::vector<std::string>& cells) {
  out += "| " + fmt::format("{}", fmt::join(cells, " | ")) + " |\n";
}

/// A table's head; `numbers` columns from the right are aligned to the right.
void append_head(std::string& out, const std::vector<std::string>& names, std::size_t numbers) {
  append_row(out, names);
  out += '|';
  for (std::size_t i = 0; i < names.size(); ++i) out += i + numbers >= names.size() ? " ---: |" : " --- |";
  out += '\n';
}

void append_summary(std::string& out, const Analysis& analysis) {
  ReportOptions options;
  options.top = 3;
  options.width = 200;  // readers wrap cells themselves
  const std::vector<SummaryLine> lines = summarize(analysis, options);
  out += fmt::format("# {}\n\n{}\n\n", markdown_text(shorten(lines.front().label, longest_name_md)),
                     markdown_text(lines.front().value));
  append_row(out, {"", ""});
  out += "| --- | --- |\n";
  bool listed_below = false;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string& label = lines[i].label;
    listed_below =
        label == "next" || label == "warnings" || label == "alive at the peak" || (listed_below && label.empty());
    if (listed_below) continue;  // of the terminal; a table of its own says more
    append_row(out,
               {lines[i].label.empty() ? "" : fmt::format("**{}**", lines[i].label), markdown_text(lines[i].value)});
  }
}

void append_ops(std::string& out, const Analysis& analysis) {
  out += "\n## Where it goes\n\n";
  append_head(out, {"op", "nodes", "FLOPs", "read + write", "compulsory", "predicted", "measured"}, 6);
  for (const OpSum& sum : sum_by_op(analysis)) {
    std::optional<std::int64_t> flops;
    std::string moved = "unknown";
    if (sum.work) {
      flops = sum.work->flops;
      moved = quantity(static_cast<double>(sum.work->read_bytes) + static_cast<double>(sum.work->write_bytes), "B");
    }
    append_row(out, {markdown_text(shorten(op_label(sum.domain, sum.op_type), longest_name_md)),
                     fmt::format("{}", sum.nodes), count_cell(flops, ""), moved, count_cell(sum.compulsory_bytes, "B"),
                     time_cell(sum.predicted_us), time_cell(sum.measured_us)});
  }
}

void append_nodes(std::string& out, const Analysis& analysis) {
  constexpr std::size_t most = 20;
  std::vector<const NodeRow*> rows;
  rows.reserve(analysis.nodes.size());
  for (const NodeRow& row : analysis.nodes) rows.push_back(&row);
  std::ranges::sort(rows, {}, [](const NodeRow* row) {  // ties stay in file order: the rows of one vector
    return std::tuple(-row->measured_us.value_or(-1), -row->predicted_us.value_or(-1), row);
  });
  rows.resize(std::min(most, rows.size()));
  if (rows.empty()) return;
  out += fmt::format("\n## The {} longest nodes\n\n", rows.size());
  append_head(out, {"node", "op", "output", "bound", "trust", "FLOPs", "compulsory", "predicted", "measured"}, 4);
  for (const NodeRow* row : rows) {
    append_row(out, {markdown_text(shorten(node_label(*row), longest_name_md)),
                     markdown_text(shorten(op_label(row->domain, row->op_type), longest_name_md)),
                     markdown_text(shorten(shapes_text(row->outputs), longest_name_md)), to_string(row->bound),
                     markdown_text(to_string(row->cost.trust)), count_cell(known(row->cost, row->cost.work.flops), ""),
                     count_cell(known(row->cost, row->cost.compulsory_bytes), "B"), time_cell(row->predicted_us),
                     time_cell(row->measured_us)});
  }
}

void append_memory(std::string& out, const Analysis& analysis) {
  constexpr std::size_t most = 10;
  const MemoryTimeline* timeline = analysis.memory.get();
  if (timeline == nullptr || timeline->at_peak.empty()) return;
  out += fmt::format(
      "\n## Memory\n\n{} of activations are alive at {}, step {} of {} in {} order{}; {} of weights are apart.\n\n",
      quantity(static_cast<double>(timeline->peak_bytes), "B"),
      markdown_text(shorten(step_label(*timeline, timeline->peak_step), longest_name_md)), timeline->peak_step + 1,
      timeline->steps.size(), timeline->order == MemoryOrder::executed ? "executed" : "the file's",
      timeline->held_peak_bytes ? fmt::format("; the runtime holds up to {} beside its inputs",
                                              quantity(static_cast<double>(*timeline->held_peak_bytes), "B"))
                                : "",
      quantity(static_cast<double>(timeline->weight_bytes), "B"));
  append_head(out, {"alive at the peak", "type", "shape", "life", "size"}, 1);
  for (std::size_t i = 0; i < std::min(most, timeline->at_peak.size()); ++i) {
    const MemoryBuffer& buffer = timeline->at_peak[i];
    append_row(out, {markdown_text(shorten(plain_text(buffer.name), longest_name_md)), dtype_text(buffer.dtype),
                     shape_text(buffer.shape), markdown_text(buffer_life(*timeline, buffer)),
                     quantity(static_cast<double>(buffer.bytes), "B")});
  }
}

void append_gaps(std::string& out, const Analysis& analysis) {
  constexpr std::size_t most = 10;
  if (!analysis.slow || analysis.slow->gaps.empty()) return;
  const std::vector<Gap>& gaps = analysis.slow->gaps;
  out += fmt::format("\n## Where it is slow for its work\n\nAgainst roofs {}: {}. At them {} would be won in all.\n\n",
                     markdown_text(analysis.slow->roof),
                     markdown_text(shorten(plain_text(analysis.slow->roof_source), 300)),
                     time_text(analysis.slow->gap_us));
  append_head(out, {"node", "op", "work", "measured", "of the roof", "would save", "alike", "saved with these"}, 5);
  for (std::size_t i = 0; i < std::min(most, gaps.size()); ++i) {
    const Gap& gap = gaps[i];
    const RuntimeRow& executed = analysis.runtime[static_cast<std::size_t>(gap.runtime)];
    append_row(out, {markdown_text(shorten(gap_name(analysis, gap), longest_name_md)),
                     markdown_text(shorten(op_label(executed.domain, executed.op_type), longest_name_md)),
                     markdown_text(gap.work), time_text(gap.measured_us), percent(gap.efficiency),
                     time_text(gap.saves_us), fmt::format("{}", gap.alike), time_text(gap.all_saves_us)});
  }
}

void append_uncovered(std::string& out, const Analysis& analysis) {
  if (analysis.uncovered.empty()) return;
  out += "\n## Without a cost model\n\n";
  append_head(out, {"op", "why", "nodes"}, 1);
  for (const Uncovered& entry : analysis.uncovered) {
    append_row(out, {markdown_text(shorten(op_label(entry.domain, entry.op_type), longest_name_md)),
                     markdown_text(shorten(plain_text(entry.reason), 300)), fmt::format("{}", entry.rows.size())});
  }
}

void append_list(std::string& out, std::string_view title, const std::vector<std::string>& items) {
  if (items.empty()) return;
  out += fmt::format("\n## {}\n\n", title);
  append_head(out, {"", ""}, 0);
  for (std::size_t i = 0; i < items.size(); ++i) {
    append_row(out, {fmt::format("{}", i + 1), markdown_text(shorten(plain_text(items[i]), 400))});
  }
}

}  // namespace

Result<std::string> report_md(const Analysis& analysis, const ReportOptions& /*options*/) {
  std::string out;
  append_summary(out, analysis);
  append_ops(out, analysis);
  append_gaps(out, analysis);
  append_nodes(out, analysis);
  append_memory(out, analysis);
  append_uncovered(out, analysis);
  append_list(out, "Warnings", all_warnings(analysis));
  append_list(out, "What the figures rest on", analysis.assumptions);
  append_list(out, "How inputs were made", analysis.measurement.input_notes);
  return out;
}

}  // namespace costscan
