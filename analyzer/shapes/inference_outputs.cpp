// What a node's outputs become once its rule has run: gaps filled from the file and from runs, and what stays unknown
// said with its reason.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shapes/deciding_inputs.hpp"
#include "shapes/elements.hpp"
#include "shapes/inference.hpp"

namespace costscan {

bool is_known(const TensorInfo& info) {
  switch (info.kind) {
    case TypeKind::tensor:
    case TypeKind::sparse_tensor: return info.shape.has_value() && info.dtype != DType::undefined;
    case TypeKind::unknown: return false;
    default: return true;
  }
}

void Inference::finish_outputs(Work& work) {
  Scope& scope = scopes_[static_cast<std::size_t>(work.scope)];
  for (std::size_t i = 0; i < work.node.outputs.size(); ++i) {
    const ValueId id = work.node.outputs[i];
    if (id == no_value) continue;
    TensorInfo& info = work.outputs[i];
    if (info.kind == TypeKind::unknown && info.dtype != DType::undefined) info.kind = TypeKind::tensor;
    apply_declared(work.scope, id, info);
    const auto seen = options_.observed.find(scope.graph->values[static_cast<std::size_t>(id)].name);
    if (seen != options_.observed.end() && (info.data_dependent || !is_known(info)) &&
        (info.kind == TypeKind::tensor || info.kind == TypeKind::unknown)) {
      info.kind = TypeKind::tensor;
      if (info.shape != seen->second.second) info.value = nullptr;
      std::tie(info.dtype, info.shape) = seen->second;
      info.data_dependent = false;
    }
    scope.tensors[static_cast<std::size_t>(id)] = info;
  }
  warn_unknown(work);
}

/// What the file declares fills gaps; where it contradicts inference, inference holds and the file is called stale.
void Inference::apply_declared(ScopeId scope_id, ValueId id, TensorInfo& info) {
  const Scope& scope = scopes_[static_cast<std::size_t>(scope_id)];
  const Value& value = scope.graph->values[static_cast<std::size_t>(id)];
  if (!value.declared || value.declared->kind == TypeKind::unknown) return;
  // A function's or a body's own symbols mean something else than the model's.
  static const SymbolValues none;
  const TensorInfo declared = info_of(*value.declared, scope_id == 0 ? bindings_.symbols : none);
  if (info.kind == TypeKind::unknown) info.kind = declared.kind;
  if (info.dtype == DType::undefined) info.dtype = declared.dtype;
  if (!declared.shape || info.kind != declared.kind) return;
  if (!info.shape) {
    info.shape = declared.shape;
    return;
  }
  if (info.data_dependent || *info.shape == *declared.shape || scope_id != 0) return;
  const std::string text = fmt::format("'{}' is declared as [{}] and comes out as [{}]", value.name,
                                       fmt::join(*declared.shape, ","), fmt::join(*info.shape, ","));
  const auto& outputs = scope.graph->outputs;
  if (std::find(outputs.begin(), outputs.end(), id) != outputs.end()) {
    warnings_.push_back(fmt::format("the declared shape of output {}: the file is stale there", text));
  } else if (stale_value_info_++ == 0) {
    first_stale_ = text;
  }
}

void Inference::warn_unknown(const Work& work) {
  if (strictness_ == Strictness::silent) return;
  const bool cause = std::all_of(work.inputs.begin(), work.inputs.end(),
                                 [](const TensorInfo* i) { return i == nullptr || is_known(*i); });
  if (!cause) return;  // a consequence of an earlier one
  const auto& tensors = scopes_[static_cast<std::size_t>(work.scope)].tensors;
  for (const ValueId id : work.node.outputs) {
    if (id == no_value || is_known(tensors[static_cast<std::size_t>(id)])) continue;
    const std::string& name =
        scopes_[static_cast<std::size_t>(work.scope)].graph->values[static_cast<std::size_t>(id)].name;
    warnings_.push_back(fmt::format("{}: the shape of '{}' is unknown: {}", node_label(work.scope, work.node), name,
                                    why_unknown(work)));
    return;
  }
}

std::string Inference::why_unknown(const Work& work) const {
  if (!work.reason.empty()) return work.reason;
  const Scope& scope = scopes_[static_cast<std::size_t>(work.scope)];
  const unsigned deciding = shape_deciding_operands(work.node);
  for (std::size_t i = 0; i < work.inputs.size() && i < 32; ++i) {
    if ((deciding & (1U << i)) == 0 || work.inputs[i] == nullptr || work.inputs[i]->value != nullptr) continue;
    const ValueId id = work.node.inputs[i];
    const Value& value = scope.graph->values[static_cast<std::size_t>(id)];
    const Tensor* tensor = constant_tensor(*scope.graph, id);
    if (tensor != nullptr && !bytes_in_memory(*tensor)) {
      return fmt::format("it depends on the contents of '{}', which the file lacks (external data)", value.name);
    }
    if (value.origin == ValueOrigin::graph_input && work.scope == 0) {
      return fmt::format("it depends on the contents of graph input '{}' (--dim '{}[0]=N' binds an element)",
                         value.name, value.name);
    }
    return fmt::format("it depends on the contents of '{}', which only a run tells", value.name);
  }
  return "the contents of its operands decide it, which only a run tells";
}

std::string Inference::node_label(ScopeId scope, const Node& node) const {
  const std::string& path = scopes_[static_cast<std::size_t>(scope)].path;
  return path.empty() ? describe_node(node) : fmt::format("{} in {}", describe_node(node), path);
}

std::string Inference::operands_text(const Work& work) const {
  const Graph& graph = *scopes_[static_cast<std::size_t>(work.scope)].graph;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < work.inputs.size() && i < 6; ++i) {
    if (work.inputs[i] == nullptr) continue;
    const std::string& name = graph.values[static_cast<std::size_t>(work.node.inputs[i])].name;
    parts.push_back(
        fmt::format("'{}' {} [{}]", name.substr(0, 120), to_string(work.inputs[i]->dtype),
                    work.inputs[i]->shape ? fmt::format("{}", fmt::join(*work.inputs[i]->shape, ",")) : "?"));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace costscan
