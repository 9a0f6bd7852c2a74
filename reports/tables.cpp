#include "reports/tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "model/checked_math.hpp"
#include "reports/names.hpp"

namespace costscan {
namespace {

Cell text(std::string_view value) { return clean_text(value); }
Cell number(std::int64_t value) { return value; }

template <class T>
Cell optional_number(const std::optional<T>& value) {
  return value ? Cell(*value) : Cell();
}

/// A count of a row's cost: unknown where there is no cost model.
Cell count(const NodeCost& cost, std::int64_t value) { return cost.trust == Trust::unknown ? Cell() : Cell(value); }

const std::string& stem(const Analysis& analysis) { return analysis.shaped->model->stem; }

std::string runtime_names(const Analysis& analysis, const NodeRow& row) {
  std::vector<std::string> names;
  names.reserve(row.runtime_nodes.size());
  for (const std::int32_t index : row.runtime_nodes) {
    names.push_back(clean_text(analysis.runtime.at(static_cast<std::size_t>(index)).name));
  }
  return fmt::format("{}", fmt::join(names, ";"));
}

struct NodeColumn {
  std::string_view name;
  Cell (*cell)(const Analysis&, const NodeRow&);
};

constexpr NodeColumn node_columns[] = {
    {"model", [](const Analysis& a, const NodeRow&) { return text(stem(a)); }},
    {"node_index", [](const Analysis&, const NodeRow& r) { return number(r.node_index); }},
    {"node_name", [](const Analysis&, const NodeRow& r) { return text(r.node_name); }},
    {"op_type", [](const Analysis&, const NodeRow& r) { return text(r.op_type); }},
    {"domain", [](const Analysis&, const NodeRow& r) { return text(r.domain); }},
    {"subgraph", [](const Analysis&, const NodeRow& r) { return text(r.subgraph); }},
    {"scope", [](const Analysis&, const NodeRow& r) { return text(r.scope); }},
    {"outputs", [](const Analysis&, const NodeRow& r) { return Cell(names_text(r.outputs)); }},
    {"input_shapes", [](const Analysis&, const NodeRow& r) { return Cell(shapes_text(r.inputs)); }},
    {"output_shapes", [](const Analysis&, const NodeRow& r) { return Cell(shapes_text(r.outputs)); }},
    {"dtype", [](const Analysis&, const NodeRow& r) { return Cell(dtype_text(r.dtype)); }},
    {"flops", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.work.flops); }},
    {"macs", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.work.macs); }},
    {"transcendentals", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.work.transcendentals); }},
    {"read_bytes", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.work.read_bytes); }},
    {"write_bytes", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.work.write_bytes); }},
    {"compulsory_bytes", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.compulsory_bytes); }},
    {"weight_bytes", [](const Analysis&, const NodeRow& r) { return count(r.cost, r.cost.weight_bytes); }},
    {"arithmetic_intensity",
     [](const Analysis&, const NodeRow& r) { return optional_number(arithmetic_intensity(r.cost)); }},
    {"bound", [](const Analysis&, const NodeRow& r) { return text(to_string(r.bound)); }},
    {"trust", [](const Analysis&, const NodeRow& r) { return text(to_string(r.cost.trust)); }},
    {"predicted_us", [](const Analysis&, const NodeRow& r) { return optional_number(r.predicted_us); }},
    {"measured_us", [](const Analysis&, const NodeRow& r) { return optional_number(r.measured_us); }},
    {"measured_mad_us", [](const Analysis&, const NodeRow& r) { return optional_number(r.measured_mad_us); }},
    {"runtime_node", [](const Analysis& a, const NodeRow& r) { return Cell(runtime_names(a, r)); }},
};

/// Adds where it fits; false where a sum leaves int64.
bool add_to(std::int64_t& sum, std::int64_t value) { return !__builtin_add_overflow(sum, value, &sum); }

bool add_to(Work& sum, const Work& work) {
  return add_to(sum.flops, work.flops) && add_to(sum.macs, work.macs) &&
         add_to(sum.transcendentals, work.transcendentals) && add_to(sum.int_ops, work.int_ops) &&
         add_to(sum.read_bytes, work.read_bytes) && add_to(sum.write_bytes, work.write_bytes);
}

void add_to(std::optional<double>& sum, const std::optional<double>& value) {
  if (value) sum = sum.value_or(0) + *value;
}

struct Accumulator {
  OpSum sum;
  Work work;
  std::int64_t compulsory_bytes = 0;
  std::int64_t weight_bytes = 0;
  bool fits = true;

  void add(const NodeRow& row) {
    ++sum.nodes;
    add_to(sum.predicted_us, row.predicted_us);
    add_to(sum.measured_us, row.measured_us);
    if (row.cost.trust == Trust::unknown) return;
    ++sum.covered_nodes;
    fits = fits && add_to(work, row.cost.work) && add_to(compulsory_bytes, row.cost.compulsory_bytes) &&
           add_to(weight_bytes, row.cost.weight_bytes);
  }

  OpSum finish() && {
    if (fits && sum.covered_nodes > 0) {
      sum.work = work;
      sum.compulsory_bytes = compulsory_bytes;
      sum.weight_bytes = weight_bytes;
    }
    return std::move(sum);
  }
};

/// Cells of a sum's work in the tables' order: flops, macs, transcendentals, int_ops, read_bytes, write_bytes.
void append_work(std::vector<Cell>& row, const std::optional<Work>& work) {
  const auto part = [&](std::int64_t Work::* field) { return work ? Cell((*work).*field) : Cell(); };
  for (const auto field :
       {&Work::flops, &Work::macs, &Work::transcendentals, &Work::int_ops, &Work::read_bytes, &Work::write_bytes}) {
    row.push_back(part(field));
  }
}

std::vector<Cell> kernel_row(const Analysis& analysis, const NodeRow& node, std::size_t index) {
  const KernelCost& kernel = node.cost.kernels[index];
  const std::optional<Work> work = kernel_work(node.cost, kernel);
  const auto part = [&](std::int64_t Work::* field) { return work ? Cell((*work).*field) : Cell(); };
  return {text(stem(analysis)),     number(node.node_index),          text(node.node_name),
          text(node.op_type),       static_cast<std::int64_t>(index), text(kernel.text->name),
          part(&Work::flops),       part(&Work::transcendentals),     part(&Work::read_bytes),
          part(&Work::write_bytes), text(kernel.text->flops),         text(kernel.text->read),
          text(kernel.text->write)};
}

}  // namespace

std::optional<double> arithmetic_intensity(const NodeCost& cost) {
  if (cost.trust == Trust::unknown || cost.compulsory_bytes == 0) return std::nullopt;
  return static_cast<double>(cost.work.flops) / static_cast<double>(cost.compulsory_bytes);
}

std::optional<double> arithmetic_intensity(const Totals& totals) {
  if (totals.compulsory_bytes == 0) return std::nullopt;
  return static_cast<double>(totals.work.flops) / static_cast<double>(totals.compulsory_bytes);
}

double coverage(const Totals& totals) {
  return totals.rows == 0 ? 1.0 : static_cast<double>(totals.covered_nodes) / static_cast<double>(totals.rows);
}

std::optional<Work> kernel_work(const NodeCost& cost, const KernelCost& kernel) {
  Work work = kernel.work;
  for (const auto field :
       {&Work::flops, &Work::macs, &Work::transcendentals, &Work::int_ops, &Work::read_bytes, &Work::write_bytes}) {
    const auto product = checked_mul(work.*field, cost.executions);
    if (!product) return std::nullopt;
    work.*field = *product;
  }
  return work;
}

std::vector<OpSum> sum_by_op(const Analysis& analysis) {
  std::map<std::pair<std::string_view, std::string_view>, Accumulator> by_op;
  for (const NodeRow& row : analysis.nodes) {
    Accumulator& sums = by_op[{row.domain, row.op_type}];
    sums.add(row);
  }
  std::vector<OpSum> out;
  for (auto& [key, sums] : by_op) {
    sums.sum.domain = key.first;
    sums.sum.op_type = key.second;
    out.push_back(std::move(sums).finish());
  }
  std::ranges::sort(out, {}, [](const OpSum& sum) {
    return std::tuple(-sum.measured_us.value_or(-1), -sum.predicted_us.value_or(-1), -(sum.work ? sum.work->flops : -1),
                      std::string_view(sum.domain), std::string_view(sum.op_type));
  });
  return out;
}

std::string form_evidence(const ClosedForms& forms, const ClosedForm& form) {
  std::string out = form.evidence;
  if (form.text.empty()) return out;
  if (forms.trust == Trust::upper_bound) out += "; a formula of the upper bound";
  if (forms.trust == Trust::approximate) out += "; of totals that are approximate in part";
  if (forms.uncovered_nodes > 0)
    out += fmt::format("; without {} {} no cost model", forms.uncovered_nodes,
                       forms.uncovered_nodes == 1 ? "node that has" : "nodes that have");
  return out;
}

std::optional<double> runtime_remainder_us(const Analysis& analysis) {
  if (!analysis.totals.measured_us) return std::nullopt;
  std::optional<double> executed;
  for (const RuntimeRow& row : analysis.runtime) add_to(executed, row.measured_us);
  if (!executed) return std::nullopt;
  return *analysis.totals.measured_us - *executed;
}

Table node_table(const Analysis& analysis) {
  Table table;
  for (const NodeColumn& column : node_columns) table.header.push_back(column.name);
  for (const NodeRow& node : analysis.nodes) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row.reserve(table.header.size());
    for (const NodeColumn& column : node_columns) row.push_back(column.cell(analysis, node));
  }
  return table;
}

Table kernel_table(const Analysis& analysis) {
  Table table;
  table.header = {"model",         "node_index",   "node_name",       "op_type",    "kernel_index",
                  "kernel",        "flops",        "transcendentals", "read_bytes", "write_bytes",
                  "flops_formula", "read_formula", "write_formula"};
  for (const NodeRow& node : analysis.nodes) {
    for (std::size_t index = 0; index < node.cost.kernels.size(); ++index) {
      table.rows.push_back(kernel_row(analysis, node, index));
    }
    if (node.cost.trust == Trust::unknown) {  // stays visible here too: a row without a kernel
      std::vector<Cell> row = {text(stem(analysis)), number(node.node_index), text(node.node_name), text(node.op_type)};
      row.resize(table.header.size());
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table op_table(const Analysis& analysis) {
  Table table;
  table.header = {"model",        "op_type",         "domain",     "nodes",      "covered_nodes", "flops",
                  "macs",         "transcendentals", "int_ops",    "read_bytes", "write_bytes",   "compulsory_bytes",
                  "weight_bytes", "predicted_us",    "measured_us"};
  for (const OpSum& sum : sum_by_op(analysis)) {
    std::vector<Cell>& row = table.rows.emplace_back();
    row = {text(stem(analysis)), text(sum.op_type), text(sum.domain), sum.nodes, sum.covered_nodes};
    append_work(row, sum.work);
    row.push_back(optional_number(sum.compulsory_bytes));
    row.push_back(optional_number(sum.weight_bytes));
    row.push_back(optional_number(sum.predicted_us));
    row.push_back(optional_number(sum.measured_us));
  }
  return table;
}

Table model_table(const Analysis& analysis) {
  const Totals& totals = analysis.totals;
  // Nothing covered: the sums are not zero but unknown.
  const bool known = totals.covered_nodes > 0 || totals.rows == 0;
  Table table;
  table.header = {"model",
                  "nodes",
                  "rows",
                  "covered_nodes",
                  "coverage",
                  "trust",
                  "parameters",
                  "weight_bytes",
                  "peak_activation_bytes",
                  "flops",
                  "macs",
                  "transcendentals",
                  "int_ops",
                  "read_bytes",
                  "write_bytes",
                  "compulsory_bytes",
                  "arithmetic_intensity",
                  "predicted_us",
                  "predicted_runtime_us",
                  "measured_us",
                  "measured_mad_us",
                  "remainder_us",
                  "family",
                  "flops_formula",
                  "compulsory_bytes_formula",
                  "flops_formula_evidence",
                  "compulsory_bytes_formula_evidence"};
  std::vector<Cell>& row = table.rows.emplace_back();
  row = {text(stem(analysis)), totals.nodes,        totals.rows,
         totals.covered_nodes, coverage(totals),    text(to_string(known ? totals.trust : Trust::unknown)),
         totals.parameters,    totals.weight_bytes, optional_number(totals.peak_activation_bytes)};
  append_work(row, known ? std::optional(totals.work) : std::nullopt);
  row.push_back(known ? Cell(totals.compulsory_bytes) : Cell());
  row.push_back(known ? optional_number(arithmetic_intensity(totals)) : Cell());
  for (const auto& time : {totals.predicted_us, totals.predicted_runtime_us, totals.measured_us, totals.measured_mad_us,
                           totals.remainder_us}) {
    row.push_back(optional_number(time));
  }
  row.push_back(text(analysis.family));
  for (const bool evidence : {false, true}) {
    for (const char* total : {"flops", "compulsory_bytes"}) {
      const ClosedForm* form = analysis.closed_forms ? find_form(*analysis.closed_forms, total) : nullptr;
      row.push_back(form == nullptr ? Cell()
                                    : text(evidence ? form_evidence(*analysis.closed_forms, *form) : form->text));
    }
  }
  return table;
}

Table runtime_table(const Analysis& analysis) {
  Table table;
  table.header = {"model", "runtime_index",    "runtime_node", "op_type",     "provider",       "node_indices",
                  "flops", "compulsory_bytes", "predicted_us", "measured_us", "measured_mad_us"};
  std::int64_t index = 0;
  for (const RuntimeRow& run : analysis.runtime) {
    table.rows.push_back({text(stem(analysis)), index, text(run.name), text(run.op_type), text(run.provider),
                          fmt::format("{}", fmt::join(run.rows, ";")), count(run.cost, run.cost.work.flops),
                          count(run.cost, run.cost.compulsory_bytes), optional_number(run.predicted_us),
                          optional_number(run.measured_us), optional_number(run.measured_mad_us)});
    ++index;
  }
  table.rows.push_back({text(stem(analysis)), index, std::string(), std::string("remainder"), std::string(),
                        std::string(), Cell(), Cell(), Cell(), optional_number(runtime_remainder_us(analysis)),
                        Cell()});
  return table;
}

Table table_of(const Analysis& analysis, Level level) {
  switch (level) {
    case Level::kernel: return kernel_table(analysis);
    case Level::op: return op_table(analysis);
    case Level::model: return model_table(analysis);
    case Level::runtime: return runtime_table(analysis);
    case Level::node: break;
  }
  return node_table(analysis);
}

}  // namespace costscan
