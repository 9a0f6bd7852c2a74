#include "compare/side.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

namespace costscan {
namespace {

/// The names, shapes and constness that rows show of the tensors around their node; omitted optionals have no tensor.
void describe(std::vector<SideTensor>& tensors, const std::vector<LineageTensor>& ids,
              const std::vector<TensorColumn>& columns) {
  std::size_t next = 0;
  for (const TensorColumn& column : columns) {
    if (!column.present) continue;
    if (next >= ids.size()) return;
    SideTensor& tensor = tensors[static_cast<std::size_t>(ids[next++])];
    tensor.name = column.name;
    tensor.shape = column.shape;
    tensor.constant = column.constant;
  }
}

std::vector<LineageTensor> named_tensors(const Lineage& lineage, const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<LineageTensor> out;
  for (const ValueId id : ids) {
    const Value& value = graph.values[static_cast<std::size_t>(id)];
    if (value.origin == ValueOrigin::initializer) continue;
    const auto found = lineage.by_name.find(value.name);
    out.push_back(found == lineage.by_name.end() ? no_tensor : found->second);
  }
  return out;
}

void append_shapes(std::string& out, const std::vector<TensorColumn>& columns) {
  for (const TensorColumn& column : columns) {
    out += column.constant ? " c" : " ";
    out += column.shape ? fmt::format("{}", fmt::join(*column.shape, "x")) : column.present ? "?" : "-";
  }
}

}  // namespace

Side make_side(const Analysis& analysis) {
  Side side;
  side.analysis = &analysis;
  const Graph& graph = *analysis.shaped->scopes.front().graph;
  side.lineage = build_lineage(analysis, 0, graph);  // as the file has it: nothing is inlined
  side.tensors.resize(side.lineage.producer.size());
  for (UnitId u = 0; u < static_cast<UnitId>(side.lineage.units.size()); ++u) {
    const NodeRow& row = side.row(u);
    describe(side.tensors, side.unit(u).inputs, row.inputs);
    describe(side.tensors, side.unit(u).outputs, row.outputs);
  }
  side.inputs = named_tensors(side.lineage, graph, graph.inputs);
  side.outputs = named_tensors(side.lineage, graph, graph.outputs);
  return side;
}

bool shapes_agree(const SideTensor& a, const SideTensor& b) { return !a.shape || !b.shape || *a.shape == *b.shape; }

std::string signature(const Side& side, UnitId unit) {
  const NodeRow& row = side.row(unit);
  std::string out = fmt::format("{} {} {}", row.op_type, row.cost.work.macs, row.cost.executions);
  append_shapes(out, row.inputs);
  out += " ->";
  append_shapes(out, row.outputs);
  return out;
}

}  // namespace costscan
