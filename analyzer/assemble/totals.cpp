#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "assemble/rows.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

/// Adds with an overflow flag, so that one check at the end names the column.
struct CheckedSum {
  std::int64_t value = 0;
  bool overflowed = false;
  void add(std::int64_t term) { overflowed = __builtin_add_overflow(value, term, &value) || overflowed; }
};

struct ModelWeights {
  CheckedSum elements;
  CheckedSum bytes;
};

/// Stored bytes of a constant; a type without a fixed element size (string) counts no bytes.
std::int64_t stored_bytes(const Tensor& tensor) {
  return packed_bytes(element_count(tensor), tensor.dtype).value_or(0);
}

void add_constants(const Graph& graph, ModelWeights& weights);

void add_node_constants(const Node& node, ModelWeights& weights) {
  for (const Attribute& attribute : node.attributes) {
    if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) add_constants(**body, weights);
    if (const auto* bodies = std::get_if<std::vector<std::shared_ptr<const Graph>>>(&attribute.value)) {
      for (const auto& body : *bodies) add_constants(*body, weights);
    }
  }
}

/// Initializers of a graph and of the graphs inside it. Each stands once, however many nodes read it.
void add_constants(const Graph& graph, ModelWeights& weights) {
  for (const Tensor& tensor : graph.initializers) {
    weights.elements.add(element_count(tensor));
    weights.bytes.add(stored_bytes(tensor));
  }
  for (const SparseTensor& sparse : graph.sparse_initializers) {
    weights.elements.add(element_count(sparse.values));
    weights.bytes.add(stored_bytes(sparse.values));
    weights.bytes.add(stored_bytes(sparse.indices));
  }
  for (const Node& node : graph.nodes) add_node_constants(node, weights);
}

Result<void> require(bool ok, const Analysis& analysis, const char* column) {
  if (ok) return {};
  return fail(ErrorKind::input, analysis.shaped->model->path.string() + ": the sum of " + column +
                                    " over all nodes does not fit 64 bits; bind smaller dimensions with --dim");
}

Result<void> sum_work(Analysis& analysis) {
  Totals& totals = analysis.totals;
  CheckedSum flops, macs, transcendentals, int_ops, reads, writes, compulsory;
  for (const NodeRow& row : analysis.nodes) {
    const NodeCost& cost = row.cost;
    if (cost.trust == Trust::unknown) continue;
    flops.add(cost.work.flops);
    macs.add(cost.work.macs);
    transcendentals.add(cost.work.transcendentals);
    int_ops.add(cost.work.int_ops);
    reads.add(cost.work.read_bytes);
    writes.add(cost.work.write_bytes);
    compulsory.add(cost.compulsory_bytes);
    ++totals.covered_nodes;
    totals.trust = std::max(totals.trust, cost.trust);
  }
  totals.work = {flops.value, macs.value, transcendentals.value, int_ops.value, reads.value, writes.value};
  totals.compulsory_bytes = compulsory.value;
  for (const auto& [sum, column] : {std::pair{flops, "flops"},
                                    {macs, "macs"},
                                    {transcendentals, "transcendentals"},
                                    {int_ops, "int_ops"},
                                    {reads, "read_bytes"},
                                    {writes, "write_bytes"},
                                    {compulsory, "compulsory_bytes"}}) {
    if (auto ok = require(!sum.overflowed, analysis, column); !ok) return ok;
  }
  return {};
}

void list_uncovered(Analysis& analysis) {
  std::map<std::pair<std::string, std::string>, Uncovered> by_op;
  for (std::size_t i = 0; i < analysis.nodes.size(); ++i) {
    const NodeRow& row = analysis.nodes[i];
    if (row.cost.trust != Trust::unknown) continue;
    Uncovered& entry = by_op[{row.domain, row.op_type}];
    entry.op_type = row.op_type;
    entry.domain = row.domain;
    if (entry.rows.empty()) entry.reason = row.cost.unknown_reason;
    entry.rows.push_back(static_cast<std::int32_t>(i));
  }
  for (auto& [key, entry] : by_op) analysis.uncovered.push_back(std::move(entry));
}

}  // namespace

Result<void> sum_up(Analysis& analysis) {
  const Model& model = *analysis.shaped->model;
  Totals& totals = analysis.totals;
  ModelWeights weights;
  add_constants(model.graph, weights);
  for (const Function& function : model.functions) add_constants(function.body, weights);
  totals.parameters = weights.elements.value;
  totals.weight_bytes = weights.bytes.value;
  totals.nodes = static_cast<std::int64_t>(model.graph.nodes.size());
  totals.rows = static_cast<std::int64_t>(analysis.nodes.size());
  if (auto ok = require(!weights.elements.overflowed && !weights.bytes.overflowed, analysis, "weight_bytes"); !ok)
    return ok;
  if (auto ok = sum_work(analysis); !ok) return ok;
  list_uncovered(analysis);
  const Measurement& measurement = analysis.measurement;
  if (!measurement.latency.us.empty()) {
    totals.measured_us = measurement.latency.median;
    if (measurement.latency.us.size() > 1) totals.measured_mad_us = measurement.latency.mad;
  }
  return {};
}

}  // namespace costscan
