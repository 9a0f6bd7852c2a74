#include "shapes/inference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "model/checked_math.hpp"
#include "shapes/deciding_inputs.hpp"
#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

constexpr std::size_t max_warnings = 200;

/// No tensor dimension that fits a machine is larger.
constexpr std::int64_t max_dim_anywhere = std::int64_t{1} << 40;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 7> random_ops{
    "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout"};

constexpr std::array<std::string_view, 24> broadcasting_ops{
    "Add",       "Sub",       "Mul", "Div", "Pow", "Mod", "Equal", "Less",  "Greater", "LessOrEqual", "GreaterOrEqual",
    "And",       "Or",        "Xor", "Min", "Max", "Sum", "Mean",  "Where", "PRelu",   "BitShift",    "BitwiseAnd",
    "BitwiseOr", "BitwiseXor"};

bool is_constant_result(const Node& node, const std::vector<const TensorInfo*>& inputs) {
  if (node.domain.empty() && is_one_of(node.op_type, random_ops)) return false;
  return std::all_of(inputs.begin(), inputs.end(), [](const TensorInfo* i) { return i == nullptr || i->constant; }) &&
         std::any_of(inputs.begin(), inputs.end(), [](const TensorInfo* i) { return i != nullptr; });
}

/// Whether bounds on the operands make the outputs' shapes bounds.
bool follows_bound(const Node& node, const std::vector<const TensorInfo*>& inputs) {
  if (node.op_type == "Shape" || node.op_type == "Size") return false;
  const unsigned deciding = shape_deciding_operands(node);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == nullptr) continue;
    if (inputs[i]->data_dependent) return true;
    if (i < 32 && (deciding & (1U << i)) != 0 && inputs[i]->value_is_bound) return true;
  }
  return false;
}

/// One element, or none in any case: nothing for contents to decide.
bool is_fixed_size(const TensorInfo& info) {
  return info.shape && std::all_of(info.shape->begin(), info.shape->end(), [](std::int64_t d) { return d <= 1; });
}

}  // namespace

Inference::Inference(std::shared_ptr<const Model> model, Bindings bindings, const ShapeOptions& options)
    : model_(std::move(model)), bindings_(std::move(bindings)), options_(options) {}

MaybeError Inference::run() {
  Scope main;
  main.graph = std::shared_ptr<const Graph>(model_, &model_->graph);
  main.opset_imports = model_->opset_imports;
  main.tensors.resize(model_->graph.values.size());
  scopes_.push_back(std::move(main));
  absent_.emplace_back(model_->graph.values.size(), false);
  seed_constants(0);
  warnings_ = std::move(bindings_.warnings);
  bind_graph_inputs();
  auto error = infer_graph(0);
  if (stale_value_info_ > 0) {
    warnings_.push_back(
        fmt::format("{} declared intermediate shapes differ from the inferred ones, which hold (first: {})",
                    stale_value_info_, first_stale_));
  }
  return error;
}

std::shared_ptr<const ShapedModel> Inference::take() {
  auto out = std::make_shared<ShapedModel>();
  out->model = model_;
  out->scopes.assign(std::make_move_iterator(scopes_.begin()), std::make_move_iterator(scopes_.end()));
  out->bindings = std::move(bindings_.list);
  out->warnings = std::move(warnings_);
  if (out->warnings.size() > max_warnings) {
    const std::size_t more = out->warnings.size() - max_warnings;
    out->warnings.resize(max_warnings);
    out->warnings.push_back(fmt::format("{} more warnings of this kind", more));
  }
  return out;
}

void Inference::bind_graph_inputs() {
  Scope& main = scopes_[0];
  for (const ValueId id : model_->graph.inputs) {
    const Value& value = model_->graph.values[static_cast<std::size_t>(id)];
    if (value.initializer >= 0) continue;
    TensorInfo& info = main.tensors[static_cast<std::size_t>(id)];
    if (value.declared) info = info_of(*value.declared, bindings_.symbols);
    if (const auto it = bindings_.input_shapes.find(id); it != bindings_.input_shapes.end()) info.shape = it->second;
    if (const auto it = bindings_.input_values.find(id); it != bindings_.input_values.end() && info.shape) {
      info.value = known_ints(info.dtype, *info.shape, it->second);
    }
    if (!is_known(info)) {
      if (const auto seen = options_.observed.find(value.name); seen != options_.observed.end()) {
        info.kind = TypeKind::tensor;
        std::tie(info.dtype, info.shape) = seen->second;
      } else if (info.kind == TypeKind::unknown || info.kind == TypeKind::tensor) {
        warnings_.push_back(fmt::format("graph input '{}' declares no rank, so that its shape is unknown", value.name));
      }
    }
  }
}

void Inference::seed_constants(ScopeId scope) {
  const Graph& graph = *scopes_[static_cast<std::size_t>(scope)].graph;
  auto& tensors = scopes_[static_cast<std::size_t>(scope)].tensors;
  const auto dense = graph.initializers.size();
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].initializer < 0) continue;
    const auto index = static_cast<std::size_t>(graph.values[i].initializer);
    if (index < dense) {
      const Tensor& tensor = graph.initializers[index];
      tensors[i] = tensor_of(tensor.dtype, tensor.dims);
      tensors[i].value = known_value(tensor);
    } else if (index - dense < graph.sparse_initializers.size()) {
      // The runtime unpacks sparse initializers on load.
      const SparseTensor& sparse = graph.sparse_initializers[index - dense];
      tensors[i] = tensor_of(sparse.values.dtype, sparse.dims);
    }
    tensors[i].constant = true;
  }
}

MaybeError Inference::infer_graph(ScopeId scope) {
  const std::shared_ptr<const Graph> graph = scopes_[static_cast<std::size_t>(scope)].graph;
  for (std::size_t i = 0; i < graph->nodes.size(); ++i) {
    if (auto error = infer_node(scope, static_cast<std::int32_t>(i))) return error;
  }
  return std::nullopt;
}

MaybeError Inference::infer_node(ScopeId scope, std::int32_t index) {
  const Node& node = scopes_[static_cast<std::size_t>(scope)].graph->nodes[static_cast<std::size_t>(index)];
  const auto& tensors = scopes_[static_cast<std::size_t>(scope)].tensors;
  const auto& absent = absent_[static_cast<std::size_t>(scope)];
  Work work{scope, node, index, {}, std::vector<TensorInfo>(node.outputs.size()), {}};
  work.inputs.reserve(node.inputs.size());
  for (const ValueId id : node.inputs) {
    const bool there = id != no_value && !absent[static_cast<std::size_t>(id)];
    work.inputs.push_back(there ? &tensors[static_cast<std::size_t>(id)] : nullptr);
  }
  MaybeError error;
  if (const Function* function = find_function(*model_, node)) {
    error = infer_function(work, *function);
  } else if (const SubgraphRule* rule = subgraph_rule(node)) {
    error = (this->**rule)(work);
  } else {
    error = infer_operator(work);
  }
  if (error) return error;
  if ((error = check_sizes(work))) return error;
  finish_outputs(work);
  return std::nullopt;
}

MaybeError Inference::infer_operator(Work& work) {
  const Node& node = work.node;
  if (node.domain.empty() && node.op_type == "Constant" && !work.outputs.empty()) {
    work.outputs[0] = constant_info(node);
    return std::nullopt;
  }
  const auto imported = opset_version(scopes_[static_cast<std::size_t>(work.scope)].opset_imports, node.domain);
  const NodeInputs operands{node, imported.value_or(1), work.inputs};
  std::string refused;
  if (const RuleEntry* entry = own_rule(node.domain, node.op_type, operands.version)) {
    bool ready = true;
    for (std::size_t i = 0; i < 32; ++i) {
      const TensorInfo* info = operands.input(i);
      ready = ready && ((entry->needs & (1U << i)) == 0 || (info != nullptr && info->shape));
    }
    if (ready) {
      RuleResult result = entry->rule(operands, schemas_);
      if (result) {
        result->resize(work.outputs.size());
        work.outputs = std::move(*result);
      } else {
        refused = std::move(result.error());
      }
    }
  } else {
    SchemaResult result = schemas_.infer(operands);
    for (std::size_t i = 0; i < work.outputs.size(); ++i) work.outputs[i] = std::move(result.outputs[i].info);
    refused = std::move(result.error);
    if (!result.found) {
      work.reason = schemas_.knows(node) ? "no version of this operator fits the imported opset"
                                         : fmt::format("no shape rule for {}{}{}", node.domain,
                                                       node.domain.empty() ? "" : "::", node.op_type);
    }
    if (result.type_conflict) return contradiction(work, refused);
  }
  if (!refused.empty()) {
    if (!broadcast_bounds(work)) {
      if (auto error = contradiction(work, refused)) return error;
      work.reason = refused;
    }
  }
  propagate_values(operands, work.outputs);
  const bool constant = is_constant_result(node, work.inputs);
  const bool bound = follows_bound(node, work.inputs);
  for (TensorInfo& output : work.outputs) {
    output.constant = constant;
    // A rule for contents may have found the exact shape (NonZero of something known).
    if (bound && !is_fixed_size(output)) output.data_dependent = true;
  }
  return std::nullopt;
}

/// Inference refused these operands. That is an error of the model only where all of them are exact.
MaybeError Inference::contradiction(const Work& work, const std::string& what) {
  const bool exact = std::all_of(work.inputs.begin(), work.inputs.end(), [](const TensorInfo* i) {
    return i == nullptr || (is_known(*i) && !i->data_dependent && !i->value_is_bound);
  });
  const bool ours = work.node.domain == "com.microsoft" || work.node.domain.starts_with("com.microsoft.");
  if (strictness_ == Strictness::error && exact && !ours) {
    return Error{ErrorKind::input, fmt::format("{}: {}: {} ({})", model_->path.filename().string(),
                                               node_label(work.scope, work.node), what, operands_text(work))};
  }
  if (strictness_ != Strictness::silent && exact) {
    warnings_.push_back(fmt::format("{}: {} ({})", node_label(work.scope, work.node), what, operands_text(work)));
  }
  return std::nullopt;
}

/// Sums and products of dimensions stay far from overflow everywhere after this.
MaybeError Inference::check_sizes(Work& work) {
  for (std::size_t i = 0; i < work.outputs.size(); ++i) {
    TensorInfo& info = work.outputs[i];
    if (!info.shape) continue;
    const bool sane = std::all_of(info.shape->begin(), info.shape->end(),
                                  [](std::int64_t dim) { return dim >= 0 && dim <= max_dim_anywhere; });
    if (sane && element_count(std::span<const std::int64_t>(*info.shape))) continue;
    const std::string what = fmt::format("output {} comes out as [{}], more elements than any machine holds", i,
                                         fmt::join(*info.shape, ","));
    info.shape.reset();
    info.value = nullptr;
    if (auto error = contradiction(work, what)) return error;
    work.reason = what;
  }
  return std::nullopt;
}

/// Operands of an elementwise operator that disagree only because one is a bound: in a run they agree, so the exact one
/// tells, or the smaller bound. False where that is not the case.
bool Inference::broadcast_bounds(Work& work) const {
  if (!work.node.domain.empty() || !is_one_of(work.node.op_type, broadcasting_ops) || work.outputs.empty())
    return false;
  std::size_t rank = 0;
  for (const TensorInfo* input : work.inputs) {
    if (input == nullptr || !input->shape) return false;
    rank = std::max(rank, input->shape->size());
  }
  Shape out(rank, 1);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::optional<std::int64_t> exact;
    std::optional<std::int64_t> bound;
    for (const TensorInfo* input : work.inputs) {
      if (axis >= input->shape->size()) continue;
      const std::int64_t dim = (*input->shape)[input->shape->size() - 1 - axis];
      if (dim == 1) continue;
      if (input->data_dependent) {
        bound = std::min(bound.value_or(dim), dim);
      } else if (exact && *exact != dim) {
        return false;
      } else {
        exact = dim;
      }
    }
    if (exact || bound) out[rank - 1 - axis] = exact ? *exact : *bound;
  }
  work.outputs[0].kind = TypeKind::tensor;
  work.outputs[0].shape = std::move(out);
  return work.outputs[0].dtype != DType::undefined;
}

TensorInfo info_of(const DeclaredType& type, const SymbolValues& symbols) {
  TensorInfo out;
  out.kind = type.kind;
  const DeclaredType* tensor = &type;
  if (type.kind == TypeKind::optional && type.element != nullptr && type.element->kind == TypeKind::sequence) {
    out.kind = TypeKind::sequence;  // an optional sequence counts as that sequence
    tensor = type.element.get();
  }
  if (tensor->kind == TypeKind::sequence || tensor->kind == TypeKind::optional) {
    if (tensor->element == nullptr) return out;
    tensor = tensor->element.get();
  }
  out.dtype = tensor->dtype;
  if (tensor->kind == TypeKind::map && tensor->element != nullptr) out.dtype = tensor->element->dtype;
  out.shape = resolve_shape(*tensor, symbols);
  return out;
}

TensorInfo constant_info(const Node& node) {
  TensorInfo out;
  for (const Attribute& attribute : node.attributes) {
    if (const auto* tensor = std::get_if<Tensor>(&attribute.value)) {
      out = tensor_of(tensor->dtype, tensor->dims);
      out.value = known_value(*tensor);
    } else if (const auto* sparse = std::get_if<SparseTensor>(&attribute.value)) {
      out = tensor_of(sparse->values.dtype, sparse->dims);
    } else if (const auto* number = std::get_if<std::int64_t>(&attribute.value)) {
      out = tensor_of(DType::int64, {});
      out.value = known_ints(DType::int64, {}, {*number});
    } else if (const auto* ints = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
      out = tensor_of(DType::int64, {static_cast<std::int64_t>(ints->size())});
      out.value = known_ints(DType::int64, *out.shape, *ints);
    } else if (const auto* real = std::get_if<float>(&attribute.value)) {
      out = tensor_of(DType::float32, {});
      out.value = std::make_shared<KnownValue>(KnownValue{DType::float32, {}, {}, {static_cast<double>(*real)}, {}});
    } else if (const auto* reals = std::get_if<std::vector<float>>(&attribute.value)) {
      out = tensor_of(DType::float32, {static_cast<std::int64_t>(reals->size())});
      out.value = std::make_shared<KnownValue>(
          KnownValue{DType::float32, *out.shape, {}, std::vector<double>(reals->begin(), reals->end()), {}});
    } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      out = tensor_of(DType::string, {});
      out.value = std::make_shared<KnownValue>(KnownValue{DType::string, {}, {}, {}, {*text}});
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&attribute.value)) {
      out = tensor_of(DType::string, {static_cast<std::int64_t>(texts->size())});
      out.value = std::make_shared<KnownValue>(KnownValue{DType::string, *out.shape, {}, {}, *texts});
    }
  }
  out.constant = true;
  return out;
}

}  // namespace costscan
