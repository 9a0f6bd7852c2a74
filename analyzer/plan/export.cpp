#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "plan/import.hpp"

namespace costscan::plan {
namespace {

template <class To, class From>
std::vector<std::byte> packed(const std::vector<From>& from) {
  std::vector<std::byte> bytes(from.size() * sizeof(To));
  for (std::size_t i = 0; i < from.size(); ++i) {
    const To element = static_cast<To>(from[i]);
    std::memcpy(bytes.data() + i * sizeof(To), &element, sizeof(To));
  }
  return bytes;
}

/// Known contents as a tensor stores them; no bytes where they are not known (or of a type that decides no shapes).
TensorStorage stored(const TensorInfo& info) {
  if (!info.value || info.value_is_bound) return std::monostate{};
  const KnownValue& known = *info.value;
  switch (known.dtype) {
    case DType::int64: return OwnedBytes{packed<std::int64_t>(known.ints)};
    case DType::int32: return OwnedBytes{packed<std::int32_t>(known.ints)};
    case DType::int8: return OwnedBytes{packed<std::int8_t>(known.ints)};
    case DType::uint8:
    case DType::boolean: return OwnedBytes{packed<std::uint8_t>(known.ints)};
    case DType::float32: return OwnedBytes{packed<float>(known.floats)};
    case DType::float64: return OwnedBytes{packed<double>(known.floats)};
    default: return std::monostate{};
  }
}

std::optional<DeclaredType> declared_type(const TensorInfo& info) {
  if (info.kind != TypeKind::tensor) return std::nullopt;
  DeclaredType type;
  type.kind = TypeKind::tensor;
  type.dtype = info.dtype;
  if (info.shape && !info.data_dependent) type.dims.emplace(info.shape->begin(), info.shape->end());
  return type;
}

class Exporter {
 public:
  Exporter(const PlanGraph& graph, const ShapedModel& shaped)
      : graph_(graph), shaped_(shaped), map_(graph.values.size(), no_value) {}

  std::shared_ptr<const Model> run() {
    const Model& original = *shaped_.model;
    model_ = std::make_shared<Model>();
    copy_head(original);
    for (const ValueId in : original.graph.inputs) add_input(original.graph, in);
    for (const NodeId id : graph_.execution_order()) add_node(id);
    for (const ValueId out : original.graph.outputs) {
      const std::string& name = original.graph.values[static_cast<std::size_t>(out)].name;
      model_->graph.outputs.push_back(use(graph_.by_name.at(name)));
    }
    return model_;
  }

 private:
  void copy_head(const Model& original) {
    model_->path = original.path;
    model_->stem = original.stem;
    model_->ir_version = original.ir_version;
    model_->opset_imports = original.opset_imports;
    for (const std::string_view domain : {ms_domain, nchwc_domain}) {
      if (!opset_version(model_->opset_imports, domain)) model_->opset_imports.push_back({std::string(domain), 1});
    }
    model_->producer_name = "costscan";
    model_->functions = original.functions;
    model_->graph.name = original.graph.name;
  }

  ValueId use(ValueId id) {
    if (id == no_value) return no_value;
    ValueId& mapped = map_[static_cast<std::size_t>(id)];
    if (mapped != no_value) return mapped;
    const PlanValue& from = graph_.value(id);
    Graph& graph = model_->graph;
    mapped = static_cast<ValueId>(graph.values.size());
    Value value;
    value.name = from.name;
    value.origin = from.graph_input ? ValueOrigin::graph_input : ValueOrigin::node_output;
    value.declared = declared_type(from.info);
    if (from.initializer) {
      value.origin = ValueOrigin::initializer;
      value.initializer = static_cast<std::int32_t>(graph.initializers.size());
      graph.initializers.push_back(constant(from));
    }
    graph.value_by_name.emplace(value.name, mapped);
    graph.values.push_back(std::move(value));
    return mapped;
  }

  static Tensor constant(const PlanValue& from) {
    Tensor tensor;
    tensor.name = from.name;
    tensor.dtype = from.info.dtype;
    tensor.dims = from.info.shape.value_or(Shape{});
    const bool same = from.tensor && from.tensor->dtype == tensor.dtype && from.tensor->dims == tensor.dims;
    tensor.storage = same ? from.tensor->storage : stored(from.info);
    return tensor;
  }

  void add_input(const Graph& original, ValueId in) {
    const std::string& name = original.values[static_cast<std::size_t>(in)].name;
    const ValueId mapped = use(graph_.by_name.at(name));
    Value& value = model_->graph.values[static_cast<std::size_t>(mapped)];
    if (!value.declared) value.declared = original.values[static_cast<std::size_t>(in)].declared;
    model_->graph.inputs.push_back(mapped);
  }

  void add_node(NodeId id) {
    Node node = graph_.node(id);
    node.file_index = static_cast<std::int32_t>(model_->graph.nodes.size());
    for (ValueId& value : node.inputs) value = use(value);
    for (ValueId& value : node.outputs) value = use(value);
    for (const ValueId value : graph_.at(id).captured) use(value);
    for (const ValueId value : node.outputs) {
      if (value != no_value) model_->graph.values[static_cast<std::size_t>(value)].producer = node.file_index;
    }
    model_->graph.nodes.push_back(std::move(node));
  }

  const PlanGraph& graph_;
  const ShapedModel& shaped_;
  std::vector<ValueId> map_;
  std::shared_ptr<Model> model_;
};

/// Every input is a graph input, an initializer, or made by an earlier node.
const Node* unsorted_node(const Graph& graph) {
  std::vector<bool> made(graph.values.size(), false);
  for (const Node& node : graph.nodes) {
    for (const ValueId in : node.inputs) {
      if (in == no_value) continue;
      const Value& value = graph.values[static_cast<std::size_t>(in)];
      if (value.origin == ValueOrigin::node_output && !made[static_cast<std::size_t>(in)]) return &node;
    }
    for (const ValueId out : node.outputs) {
      if (out != no_value) made[static_cast<std::size_t>(out)] = true;
    }
  }
  return nullptr;
}

}  // namespace

Result<std::shared_ptr<const Model>> export_model(const PlanGraph& graph, const ShapedModel& shaped) {
  auto model = Exporter(graph, shaped).run();
  if (const Node* node = unsorted_node(model->graph)) {
    return fail(ErrorKind::defect, "the static plan reads what nothing made before " + describe_node(*node));
  }
  return model;
}

}  // namespace costscan::plan
