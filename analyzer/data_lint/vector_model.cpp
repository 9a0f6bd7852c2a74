// A vector as a model of one node.
#include <onnx/defs/schema.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "data_lint/vector_case.hpp"

namespace costscan::vectors {
namespace {

std::int64_t newest_opset(const std::string& domain) {
  const auto& newest = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().LastReleaseVersionMap();
  const auto found = newest.find(domain);
  return found == newest.end() ? 1 : found->second;
}

template <class T>
void append(std::vector<std::byte>& bytes, T value) {
  const auto* begin = reinterpret_cast<const std::byte*>(&value);
  bytes.insert(bytes.end(), begin, begin + sizeof value);
}

/// Packed bytes of contents; empty for types that vectors state no contents of.
OwnedBytes packed(const KnownValue& value) {
  OwnedBytes out;
  for (const double item : value.floats) {
    if (value.dtype == DType::float32) append(out.bytes, static_cast<float>(item));
    if (value.dtype == DType::float64) append(out.bytes, item);
  }
  for (const std::int64_t item : value.ints) {
    switch (bits_per_element(value.dtype)) {
      case 8: append(out.bytes, static_cast<std::int8_t>(item)); break;
      case 16: append(out.bytes, static_cast<std::int16_t>(item)); break;
      case 32: append(out.bytes, static_cast<std::int32_t>(item)); break;
      case 64: append(out.bytes, item); break;
      default: break;
    }
  }
  return out;
}

DeclaredType declared(const TensorSpec& spec) {
  DeclaredType type;
  type.kind = TypeKind::tensor;
  type.dtype = spec.dtype;
  if (spec.shape) {
    type.dims.emplace(spec.shape->begin(), spec.shape->end());
  }
  if (spec.kind == TypeKind::tensor) return type;
  DeclaredType container;
  container.kind = spec.kind;
  container.dtype = spec.kind == TypeKind::map ? DType::int64 : DType::undefined;
  container.element = std::make_shared<const DeclaredType>(std::move(type));
  return container;
}

TensorInfo info_of(const TensorSpec& spec) {
  TensorInfo info;
  info.kind = spec.kind;
  info.dtype = spec.dtype;
  if (spec.kind != TypeKind::sequence) info.shape = spec.shape;
  info.data_dependent = spec.data_dependent;
  info.constant = spec.constant;
  if (spec.value) info.value = std::make_shared<const KnownValue>(*spec.value);
  return info;
}

ValueId add_value(Graph& graph, Scope& scope, const TensorSpec& spec, ValueOrigin origin) {
  const auto id = static_cast<ValueId>(graph.values.size());
  Value value;
  value.name = spec.name;
  value.origin = origin;
  if (origin == ValueOrigin::node_output) value.producer = 0;
  if (origin == ValueOrigin::graph_input) value.declared = declared(spec);
  graph.value_by_name.emplace(spec.name, id);
  graph.values.push_back(std::move(value));
  scope.tensors.push_back(info_of(spec));
  return id;
}

ValueId add_input(Graph& graph, Scope& scope, const TensorSpec& spec) {
  if (spec.omitted) return no_value;
  if (!spec.same_as.empty()) return graph.value_by_name.at(spec.same_as);
  // Contents that are known without being constant come from shape arithmetic in real models; an initializer stands for
  // that when shapes are inferred.
  const bool stored = spec.constant || spec.value.has_value();
  const ValueId id = add_value(graph, scope, spec, stored ? ValueOrigin::initializer : ValueOrigin::graph_input);
  if (!stored) {
    graph.inputs.push_back(id);
    return id;
  }
  graph.values[static_cast<std::size_t>(id)].initializer = static_cast<std::int32_t>(graph.initializers.size());
  Tensor tensor;
  tensor.name = spec.name;
  tensor.dtype = spec.dtype;
  tensor.dims = spec.shape.value_or(Shape{});
  if (spec.value && spec.dtype == DType::string) {
    tensor.storage = spec.value->strings;
  } else if (spec.value) {
    tensor.storage = packed(*spec.value);
  } else {
    tensor.storage = ExternalBytes{};
  }
  graph.initializers.push_back(std::move(tensor));
  return id;
}

}  // namespace

ShapedModel stated_model(const Case& vector) {
  static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian");
  auto model = std::make_shared<Model>();
  model->stem = vector.file;
  model->path = vector.file + ".onnx";
  model->ir_version = 10;
  model->opset_imports.push_back({"", vector.domain.empty() && vector.opset > 0 ? vector.opset : newest_opset("")});
  if (!vector.domain.empty()) {
    model->opset_imports.push_back({vector.domain, vector.opset > 0 ? vector.opset : newest_opset(vector.domain)});
  }
  Scope scope;
  Graph& graph = model->graph;
  graph.name = vector.name;
  Node node;
  node.name = vector.name;
  node.op_type = vector.op;
  node.domain = vector.domain;
  node.attributes = vector.attributes;
  node.file_index = 0;
  for (const TensorSpec& spec : vector.inputs) node.inputs.push_back(add_input(graph, scope, spec));
  for (const TensorSpec& spec : vector.outputs) {
    node.outputs.push_back(spec.omitted ? no_value : add_value(graph, scope, spec, ValueOrigin::node_output));
    if (!spec.omitted) graph.outputs.push_back(node.outputs.back());
  }
  graph.nodes.push_back(std::move(node));
  scope.opset_imports = model->opset_imports;
  scope.graph = std::shared_ptr<const Graph>(model, &model->graph);
  ShapedModel shaped;
  shaped.model = model;
  shaped.scopes.push_back(std::move(scope));
  return shaped;
}

}  // namespace costscan::vectors
