// The tables of a Comparison as CSV prints them; names of columns as in the node table, with a_ and b_ in front.
#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "reports/compare_figures.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

template <class T>
Cell optional_cell(const std::optional<T>& value) {
  return value ? Cell(*value) : Cell();
}

void append_pair(std::vector<Cell>& row, const SideFigures& a, const SideFigures& b) {
  for (const auto field : {&SideFigures::flops, &SideFigures::moved_bytes, &SideFigures::compulsory_bytes}) {
    row.push_back(optional_cell(a.*field));
    row.push_back(optional_cell(b.*field));
  }
  for (const auto field : {&SideFigures::predicted_us, &SideFigures::measured_us}) {
    row.push_back(optional_cell(a.*field));
    row.push_back(optional_cell(b.*field));
  }
}

constexpr std::string_view figure_columns[] = {
    "a_flops",        "b_flops",        "a_moved_bytes", "b_moved_bytes", "a_compulsory_bytes", "b_compulsory_bytes",
    "a_predicted_us", "b_predicted_us", "a_measured_us", "b_measured_us"};

void append_figure_columns(std::vector<std::string_view>& header) {
  header.insert(header.end(), std::begin(figure_columns), std::end(figure_columns));
}

/// Labels joined by ";": every node of a side.
std::string all_names(const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  std::string out;
  for (const std::int32_t row : rows) {
    out += (out.empty() ? "" : ";") + node_label(analysis.nodes[static_cast<std::size_t>(row)]);
  }
  return out;
}

}  // namespace

Table group_table(const Comparison& comparison) {
  Table table;
  table.header = {"group", "kind", "found_by", "a_nodes", "b_nodes", "a_ops", "b_ops", "a_names", "b_names"};
  append_figure_columns(table.header);
  table.header.push_back("change_us");
  std::int64_t index = 0;
  for (const GroupFigures& group : group_figures(comparison)) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {index++,
           std::string(to_string(group.kind)),
           clean_text(group.group->how),
           group.a.nodes,
           group.b.nodes,
           ops_text(comparison.a, group.group->a),
           ops_text(comparison.b, group.group->b),
           all_names(comparison.a, group.group->a),
           all_names(comparison.b, group.group->b)};
    append_pair(row, group.a, group.b);
    row.push_back(optional_cell(group.change_us));
  }
  return table;
}

Table op_pair_table(const Comparison& comparison) {
  Table table;
  table.header = {"op_type", "domain", "a_nodes", "b_nodes"};
  append_figure_columns(table.header);
  for (const OpFigures& op : op_figures(comparison)) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {clean_text(op.op_type), clean_text(op.domain), op.a.nodes, op.b.nodes};
    append_pair(row, op.a, op.b);
  }
  return table;
}

Table model_pair_table(const Comparison& comparison) {
  Table table;
  table.header = {"a_model", "b_model", "a_nodes", "b_nodes", "a_ops", "b_ops"};
  append_figure_columns(table.header);
  for (const std::string_view name :
       {"predicted_speedup", "speedup", "speedup_low", "speedup_high", "difference", "max_abs_diff", "max_rel_diff"}) {
    table.header.push_back(name);
  }
  std::vector<Cell>& row = table.rows.emplace_back();
  const SideFigures a = model_figures(comparison, false);
  const SideFigures b = model_figures(comparison, true);
  row = {clean_text(comparison.a.shaped->model->stem),
         clean_text(comparison.b.shaped->model->stem),
         a.nodes,
         b.nodes,
         distinct_ops(comparison.a),
         distinct_ops(comparison.b)};
  append_pair(row, a, b);
  row.push_back(optional_cell(comparison.predicted_speedup));
  const auto& interval = comparison.measurement.speedup;
  row.push_back(interval ? Cell(interval->ratio) : Cell());
  row.push_back(interval ? Cell(interval->low) : Cell());
  row.push_back(interval ? Cell(interval->high) : Cell());
  row.push_back(!interval               ? Cell()
                : interval->spans_one() ? Cell(std::string("no difference"))
                : interval->ratio > 1   ? Cell(std::string("B is faster"))
                                        : Cell(std::string("B is slower")));
  std::optional<double> abs_diff;
  std::optional<double> rel_diff;
  for (const OutputAgreement& output : comparison.measurement.agreement.outputs) {
    if (!output.max_abs_diff || !output.max_rel_diff) continue;
    abs_diff = std::max(abs_diff.value_or(0), *output.max_abs_diff);
    rel_diff = std::max(rel_diff.value_or(0), *output.max_rel_diff);
  }
  row.push_back(optional_cell(abs_diff));
  row.push_back(optional_cell(rel_diff));
  return table;
}

}  // namespace costscan
