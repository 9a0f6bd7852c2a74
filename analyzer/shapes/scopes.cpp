// Graphs inside nodes: branches, function bodies, mapped bodies.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "shapes/elements.hpp"
#include "shapes/inference.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

/// Deeper nesting than any exporter writes; functions that call one another in a circle end here.
constexpr int max_depth = 256;

/// Functions that call functions many times each multiply: no real model comes near.
constexpr std::size_t max_scopes = 100'000;

std::shared_ptr<const Graph> graph_attribute(const Node& node, std::string_view name) {
  const Attribute* attribute = find_attribute(node, name);
  const auto* graph = attribute != nullptr ? std::get_if<std::shared_ptr<const Graph>>(&attribute->value) : nullptr;
  return graph != nullptr ? *graph : nullptr;
}

std::int64_t elements_of(const TensorInfo& info) { return info.shape ? count_of(*info.shape) : 0; }

/// Either branch may run: equal types stay, differing shapes become a bound.
TensorInfo merged(const TensorInfo& a, const TensorInfo& b) {
  if (a.kind == TypeKind::unknown) return b;
  if (b.kind == TypeKind::unknown) return a;
  TensorInfo out = a;
  out.constant = false;
  out.data_dependent = a.data_dependent || b.data_dependent;
  if (a.value != b.value) out.value = nullptr;
  if (a.elements != b.elements) out.elements = nullptr;
  if (!a.shape || !b.shape) {
    out.shape.reset();
  } else if (*a.shape != *b.shape) {
    out.data_dependent = true;
    out.value = nullptr;
    if (a.shape->size() == b.shape->size()) {
      for (std::size_t i = 0; i < out.shape->size(); ++i) (*out.shape)[i] = std::max((*a.shape)[i], (*b.shape)[i]);
    } else if (elements_of(b) > elements_of(a)) {
      out.shape = b.shape;
    }
  }
  return out;
}

}  // namespace

const Inference::SubgraphRule* Inference::subgraph_rule(const Node& node) {
  using Key = std::pair<std::string_view, std::string_view>;
  static const std::map<Key, SubgraphRule> table{
      {{"", "If"}, &Inference::infer_if},
      {{"", "Loop"}, &Inference::infer_loop},
      {{"", "Scan"}, &Inference::infer_scan},
      {{"", "SequenceMap"}, &Inference::infer_sequence_map},
      {{"ai.onnx.preview", "FlexAttention"}, &Inference::infer_flex_attention},
      {{"com.microsoft", "BeamSearch"}, &Inference::infer_generation},
      {{"com.microsoft", "WhisperBeamSearch"}, &Inference::infer_generation},
      {{"com.microsoft", "GreedySearch"}, &Inference::infer_generation},
      {{"com.microsoft", "Sampling"}, &Inference::infer_generation},
  };
  const auto found = table.find({node.domain, node.op_type});
  return found == table.end() ? nullptr : &found->second;
}

std::string Inference::child_path(const Work& work, const ScopeSpec& spec) {
  const std::string& parent = scopes_[static_cast<std::size_t>(work.scope)].path;
  std::string path = parent.empty() ? std::string() : parent + '/';
  path += work.node.name.empty() ? fmt::format("{}_{}", work.node.op_type, work.index) : work.node.name;
  const std::string suffix = spec.attribute.empty() ? std::string() : '/' + spec.attribute;
  // Node names need not be unique; paths are.
  if (!paths_.insert(path + suffix).second) {
    path += fmt::format("_{}", work.index);
    paths_.insert(path + suffix);
  }
  return path + suffix;
}

ScopeId Inference::add_scope(const Work& work, ScopeSpec spec) {
  const auto id = static_cast<ScopeId>(scopes_.size());
  Scope scope;
  scope.kind = spec.kind;
  scope.parent = work.scope;
  scope.calling_node = work.index;
  scope.attribute = spec.attribute;
  scope.path = child_path(work, spec);
  scope.graph = std::move(spec.graph);
  scope.opset_imports =
      spec.opset_imports != nullptr ? *spec.opset_imports : scopes_[static_cast<std::size_t>(work.scope)].opset_imports;
  scope.tensors.resize(scope.graph->values.size());
  absent_.emplace_back(scope.graph->values.size(), false);
  scopes_.push_back(std::move(scope));
  scopes_[static_cast<std::size_t>(work.scope)].children.push_back(id);
  return id;
}

const TensorInfo* Inference::captured(ScopeId scope, const std::string& name) const {
  while (scope >= 0) {
    const Scope& here = scopes_[static_cast<std::size_t>(scope)];
    const auto it = here.graph->value_by_name.find(name);
    if (it != here.graph->value_by_name.end()) {
      const auto index = static_cast<std::size_t>(it->second);
      if (here.graph->values[index].origin != ValueOrigin::captured) return &here.tensors[index];
    }
    if (here.kind == ScopeKind::function) break;  // functions see nothing of their callers
    scope = here.parent;
  }
  return nullptr;
}

/// Infers the scope's graph from the types of its formal inputs. May be called again with others (loops): what the
/// earlier pass left below this scope is dropped.
MaybeError Inference::infer_body(ScopeId id, const std::vector<TensorInfo>& inputs) {
  const auto index = static_cast<std::size_t>(id);
  for (std::size_t i = index + 1; i < scopes_.size(); ++i) paths_.erase(scopes_[i].path);
  scopes_.erase(scopes_.begin() + static_cast<std::ptrdiff_t>(index) + 1, scopes_.end());
  absent_.erase(absent_.begin() + static_cast<std::ptrdiff_t>(index) + 1, absent_.end());
  Scope& scope = scopes_[index];
  scope.children.clear();
  const std::shared_ptr<const Graph> graph = scope.graph;
  std::fill(scope.tensors.begin(), scope.tensors.end(), TensorInfo{});
  seed_constants(id);
  for (std::size_t i = 0; i < graph->inputs.size() && i < inputs.size(); ++i) {
    scope.tensors[static_cast<std::size_t>(graph->inputs[i])] = inputs[i];
  }
  if (scope.kind != ScopeKind::function) {
    for (std::size_t i = 0; i < graph->values.size(); ++i) {
      if (graph->values[i].origin != ValueOrigin::captured) continue;
      if (const TensorInfo* outer = captured(scope.parent, graph->values[i].name)) scope.tensors[i] = *outer;
    }
  }
  if (++depth_ > max_depth) {
    return Error{ErrorKind::input, fmt::format("{}: {}: graphs nest deeper than {} levels",
                                               model_->path.filename().string(), scope.path.substr(0, 200), max_depth)};
  }
  if (scopes_.size() > max_scopes) {
    return Error{ErrorKind::input,
                 fmt::format("{}: {}: more than {} graphs by calls of functions", model_->path.filename().string(),
                             scope.path.substr(0, 200), max_scopes)};
  }
  auto error = infer_graph(id);
  --depth_;
  return error;
}

MaybeError Inference::infer_body_quietly(ScopeId scope, const std::vector<TensorInfo>& inputs, Strictness strictness) {
  const Strictness before = strictness_;
  strictness_ = std::max(before, strictness);
  auto error = infer_body(scope, inputs);
  strictness_ = before;
  return error;
}

std::vector<TensorInfo> Inference::results_of(ScopeId id) const {
  const Scope& scope = scopes_[static_cast<std::size_t>(id)];
  std::vector<TensorInfo> out;
  for (const ValueId output : scope.graph->outputs) {
    out.push_back(output == no_value ? TensorInfo{} : scope.tensors[static_cast<std::size_t>(output)]);
  }
  return out;
}

MaybeError Inference::infer_if(Work& work) {
  const TensorInfo* condition = work.inputs.empty() ? nullptr : work.inputs[0];
  std::optional<std::int64_t> known;
  if (condition != nullptr && !condition->value_is_bound) known = scalar_int(condition->value.get());
  std::vector<TensorInfo> results;
  bool first = true;
  for (const std::string_view attribute : {"then_branch", "else_branch"}) {
    auto graph = graph_attribute(work.node, attribute);
    if (graph == nullptr) continue;
    const bool is_then = attribute == "then_branch";
    const bool taken = !known || (*known != 0) == is_then;
    const ScopeId id = add_scope(work, {ScopeKind::branch, std::string(attribute), std::move(graph), nullptr});
    Scope& scope = scopes_[static_cast<std::size_t>(id)];
    scope.trips = taken ? 1 : 0;
    scope.trips_upper_bound = !known;
    scope.trips_reason = known ? fmt::format("the condition is {}", *known != 0 ? "true" : "false")
                               : "the condition is unknown: either branch";
    const Strictness strictness = known ? (taken ? Strictness::error : Strictness::silent) : Strictness::warning;
    if (auto error = infer_body_quietly(id, {}, strictness)) return error;
    if (!taken) continue;
    auto infos = results_of(id);
    infos.resize(work.outputs.size());
    for (std::size_t i = 0; i < infos.size(); ++i) {
      if (known && !condition->constant) infos[i].constant = false;
      if (first) {
        results.push_back(infos[i]);
      } else {
        results[i] = merged(results[i], infos[i]);
      }
    }
    first = false;
  }
  results.resize(work.outputs.size());
  for (TensorInfo& info : results) info.constant = info.constant && known.has_value();
  work.outputs = std::move(results);
  return std::nullopt;
}

MaybeError Inference::infer_function(Work& work, const Function& function) {
  auto body = std::shared_ptr<const Graph>(model_, &function.body);
  auto graph = substitute_attributes(std::move(body), work.node, function);
  const auto* imports = function.opset_imports.empty() ? nullptr : &function.opset_imports;
  const ScopeId id = add_scope(work, {ScopeKind::function, "", std::move(graph), imports});
  scopes_[static_cast<std::size_t>(id)].trips_reason = "a call of a model-local function";
  std::vector<TensorInfo> inputs;
  const auto& formals = scopes_[static_cast<std::size_t>(id)].graph->inputs;
  for (std::size_t i = 0; i < formals.size(); ++i) {
    const TensorInfo* given = i < work.inputs.size() ? work.inputs[i] : nullptr;
    if (given == nullptr) absent_[static_cast<std::size_t>(id)][static_cast<std::size_t>(formals[i])] = true;
    inputs.push_back(given != nullptr ? *given : TensorInfo{});
  }
  if (auto error = infer_body(id, inputs)) return error;
  auto results = results_of(id);
  results.resize(work.outputs.size());
  work.outputs = std::move(results);
  return std::nullopt;
}

/// The body runs once for each element; a sequence of unknown length counts one.
MaybeError Inference::infer_sequence_map(Work& work) {
  auto graph = graph_attribute(work.node, "body");
  if (graph == nullptr) return std::nullopt;
  const ScopeId id = add_scope(work, {ScopeKind::other_body, "body", std::move(graph), nullptr});
  const TensorInfo* sequence = work.inputs.empty() ? nullptr : work.inputs[0];
  const bool counted = sequence != nullptr && sequence->elements != nullptr;
  const std::size_t length = counted ? sequence->elements->size() : 1;
  std::vector<std::vector<TensorInfo>> rows;
  // Elements may differ in shape: each is inferred; the scope keeps the largest.
  std::vector<TensorInfo> widest;
  for (std::size_t i = 0; i < std::max<std::size_t>(length, 1); ++i) {
    std::vector<TensorInfo> inputs;
    for (const TensorInfo* input : work.inputs) {
      TensorInfo element = input != nullptr ? *input : TensorInfo{};
      if (element.kind == TypeKind::sequence) {
        if (element.elements != nullptr && i < element.elements->size()) {
          element = (*element.elements)[i];
        } else {
          element.kind = TypeKind::tensor;
          element.elements = nullptr;
        }
      }
      inputs.push_back(std::move(element));
    }
    if (auto error = infer_body(id, inputs)) return error;
    rows.push_back(results_of(id));
    widen(widest, scopes_[static_cast<std::size_t>(id)].tensors);
  }
  Scope& scope = scopes_[static_cast<std::size_t>(id)];
  scope.tensors = std::move(widest);
  scope.trips = static_cast<std::int64_t>(length);
  scope.trips_upper_bound = !counted;
  scope.trips_reason = counted ? fmt::format("the sequence has {} elements", length)
                               : "the sequence's length is unknown: one element counted";
  for (std::size_t k = 0; k < work.outputs.size(); ++k) {
    auto elements = std::make_shared<std::vector<TensorInfo>>();
    for (std::size_t i = 0; i < length && i < rows.size(); ++i) {
      if (k < rows[i].size()) elements->push_back(rows[i][k]);
    }
    TensorInfo& out = work.outputs[k];
    out.kind = TypeKind::sequence;
    if (!rows.empty() && k < rows[0].size()) out.dtype = rows[0][k].dtype;
    const bool same = !elements->empty() && std::all_of(elements->begin(), elements->end(), [&](const TensorInfo& e) {
      return e.shape == elements->front().shape;
    });
    if (same) out.shape = elements->front().shape;
    if (counted) out.elements = std::move(elements);
  }
  return std::nullopt;
}

}  // namespace costscan
