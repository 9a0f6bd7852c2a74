// The worksheet of one node of a model.
#include <fmt/core.h>

#include <algorithm>

#include "costs/explain.hpp"
#include "costs/explain_impl.hpp"
#include "costs/library_impl.hpp"
#include "model/text.hpp"

namespace costscan {
namespace {

WorksheetNode node_facts(const ShapedModel& shaped, const Scope& scope, const Node& node, std::int64_t executions) {
  constexpr std::size_t most_bindings = 8;
  WorksheetNode out;
  out.model = shaped.model->stem;
  out.name = node.name;
  out.subgraph = scope.path;
  out.index = node.file_index;
  out.executions = executions;
  for (const DimBinding& binding : shaped.bindings) {
    if (out.bindings.size() == most_bindings) {
      out.bindings.push_back(fmt::format("and {} more", shaped.bindings.size() - most_bindings));
      break;
    }
    out.bindings.push_back(
        fmt::format("{} = {}: {}", printable(binding.name), binding.value, printable(binding.reason)));
  }
  return out;
}

/// A node without a cost model of its own: what is known of it.
Worksheet bare_sheet(const Node& node, std::string summary, Trust trust) {
  Worksheet out;
  out.op = printable(node.domain.empty() ? node.op_type : node.domain + "." + node.op_type);
  out.id = printable(qualified_op(node.domain, node.op_type));
  out.versions = "-";
  out.trust = trust == Trust::unknown ? "unknown" : "exact";
  out.summary = std::move(summary);
  return out;
}

/// A calling node: its cost stands at the nodes of its bodies.
Worksheet calling_sheet(const ShapedModel& shaped, const std::vector<ScopeId>& bodies, const Node& node) {
  Worksheet out =
      bare_sheet(node, "Calls a body, whose own nodes have the cost; this row counts nothing.", Trust::exact);
  for (const ScopeId id : bodies) {
    const Scope& body = shaped.scopes[static_cast<std::size_t>(id)];
    out.assumptions.push_back(fmt::format("{}: {} nodes, {}{} per call{}", printable(body.path),
                                          body.graph->nodes.size(), body.trips_upper_bound ? "at most " : "",
                                          grouped(body.trips),
                                          body.trips_reason.empty() ? "" : ": " + printable(body.trips_reason)));
  }
  out.source = "costscan: rows sum to the model";
  return out;
}

}  // namespace

Result<Worksheet> explain_node(const CostLibrary& library, const ShapedModel& shaped, ScopeId scope_id,
                               std::size_t node_index, const std::optional<FastMemory>& fast_memory) {
  const Scope& scope = shaped.scopes[static_cast<std::size_t>(scope_id)];
  const Node& node = scope.graph->nodes[node_index];
  const NodeCost cost = cost_model(library, shaped)[static_cast<std::size_t>(scope_id)][node_index];
  const auto finish = [&](Worksheet sheet) {
    sheet.node = node_facts(shaped, scope, node, cost.executions);
    return sheet;
  };
  std::vector<ScopeId> bodies;
  for (const ScopeId child : scope.children) {
    const Scope& body = shaped.scopes[static_cast<std::size_t>(child)];
    if (body.calling_node == static_cast<std::int32_t>(node_index)) bodies.push_back(child);
  }
  if (!bodies.empty()) return finish(calling_sheet(shaped, bodies, node));

  const auto opset = std::ranges::find(scope.opset_imports, node.domain, &OpsetImport::domain);
  const std::int64_t imported = opset == scope.opset_imports.end() ? 0 : opset->version;
  const Program* program = library.impl().find_program(node.domain, node.op_type, imported);
  if (program == nullptr) {
    Worksheet sheet = bare_sheet(node, "Has no cost model.", Trust::unknown);
    sheet.unknown = cost.unknown_reason;
    sheet.source = "none";
    return finish(std::move(sheet));
  }
  OpHandle op;
  op.domain = node.domain;
  op.op = node.op_type;
  op.version = program->since_version;
  ExplainOptions options;
  options.scope = &scope;
  options.node = &node;
  options.fast_memory = fast_memory;
  auto sheet = make_worksheet(library, op, options);
  if (!sheet) return sheet;
  return finish(std::move(*sheet));
}

}  // namespace costscan
