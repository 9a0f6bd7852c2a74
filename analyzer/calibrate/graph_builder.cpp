#include "calibrate/graph_builder.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>

#include "measure/weight_store.hpp"

namespace costscan::calibrate {
namespace {

constexpr std::int64_t weight_alignment = 64;
constexpr std::int64_t most_inline_bytes = 1024;  // larger ones are handed to the runtime beside the model

std::int64_t aligned(std::int64_t bytes) {
  return (bytes + weight_alignment - 1) / weight_alignment * weight_alignment;
}

std::int64_t bytes_of(const Shape& shape, DType dtype) {
  std::int64_t elements = 1;
  for (const std::int64_t dim : shape) elements *= dim;
  return packed_bytes(elements, dtype).value_or(0);
}

onnx::TensorProto& add_tensor(onnx::GraphProto& graph, const std::string& name, DType dtype, const Shape& shape) {
  onnx::TensorProto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(static_cast<std::int32_t>(dtype));
  for (const std::int64_t dim : shape) tensor.add_dims(dim);
  return tensor;
}

void set_attribute(onnx::AttributeProto& attribute, const AttributeValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    attribute.set_type(onnx::AttributeProto::INT);
    attribute.set_i(*number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    attribute.set_type(onnx::AttributeProto::FLOAT);
    attribute.set_f(static_cast<float>(*real));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(*text);
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t each : *list) attribute.add_ints(each);
  }
}

/// One element of `value` as the runtime stores it.
std::string element_bytes(double value, DType dtype) {
  std::vector<std::byte> raw(static_cast<std::size_t>(bytes_of({}, dtype)));
  fill_bytes({FillKind::constant, value, value}, dtype, 1, 0, raw);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

}  // namespace

GraphBuilder::GraphBuilder(const GraphOptions& options)
    : options_(options), model_(std::make_unique<onnx::ModelProto>()) {
  model_->set_ir_version(options.opset > 20 ? 10 : 8);
  model_->add_opset_import()->set_version(options.opset);
  onnx::OperatorSetIdProto& contrib = *model_->add_opset_import();
  contrib.set_domain(std::string(microsoft));
  contrib.set_version(1);
  model_->mutable_graph()->set_name("calibration");
}

GraphBuilder::GraphBuilder(GraphBuilder&&) noexcept = default;
GraphBuilder& GraphBuilder::operator=(GraphBuilder&&) noexcept = default;
GraphBuilder::~GraphBuilder() = default;

std::string GraphBuilder::next_name(char prefix) { return fmt::format("{}{}", prefix, names_++); }

std::string GraphBuilder::input(const Shape& shape, DType dtype, const Fill& fill) {
  const std::string name = next_name('x');
  onnx::ValueInfoProto& info = *model_->mutable_graph()->add_input();
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(static_cast<std::int32_t>(dtype));
  auto& dims = *tensor.mutable_shape();
  for (const std::int64_t dim : shape) dims.add_dim()->set_dim_value(dim);
  inputs_.push_back({name, dtype, shape, fill, {}});
  bytes_ += bytes_of(shape, dtype);
  return name;
}

std::string GraphBuilder::open_input(const Shape& shape) {
  const std::string name = input(shape, DType::float32, {FillKind::uniform, -1, 1});
  onnx::ValueInfoProto& info = *model_->mutable_graph()->mutable_input(model_->graph().input_size() - 1);
  const std::string free = name + "_size";
  info.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_param(free);
  dims_.emplace_back(free, shape.front());
  return name;
}

std::string GraphBuilder::product_of(const Shape& shape) {
  constexpr std::int64_t columns = 512;
  constexpr std::int64_t depth = 1024;
  std::int64_t elements = 1;
  for (const std::int64_t dim : shape) elements *= dim;
  const std::int64_t rows = (elements + columns - 1) / columns;
  std::string made =
      node("MatMul", {input({rows, depth}, DType::float32, {FillKind::uniform, -1, 1}), weight({depth, columns})});
  if (rows * columns != elements) {
    made = node("Slice", {node("Reshape", {made, ints({-1})}), ints({0}), ints({elements}), ints({0})});
  }
  return node("Reshape", {made, ints(shape)});
}

std::string GraphBuilder::activation(const Shape& shape, DType dtype) {
  if (options_.after_gemm && dtype == DType::float32) return product_of(shape);
  const Fill fill = is_floating(dtype) ? Fill{FillKind::uniform, -1, 1} : Fill{FillKind::bits, 0, 0};
  const std::string fed = input(shape, dtype, fill);
  // Only floats have a cheap operation that the runtime fuses with nothing; the others come from the last run's cache.
  if (options_.context == CacheContext::cold || dtype != DType::float32) return fed;
  const std::string made = node("Sub", {fed, scalar(1e-4 * static_cast<double>(names_))});
  helpers_.insert(model_->graph().node(model_->graph().node_size() - 1).name());
  return made;
}

std::string GraphBuilder::weight(const Shape& shape, DType dtype, const Fill& fill) {
  const std::string name = next_name('w');
  const std::int64_t bytes = bytes_of(shape, dtype);
  onnx::TensorProto& tensor = add_tensor(*model_->mutable_graph(), name, dtype, shape);
  if (bytes > most_inline_bytes) {
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    onnx::StringStringEntryProto& location = *tensor.add_external_data();
    location.set_key("location");
    location.set_value(name);
  } else {
    std::string& raw = *tensor.mutable_raw_data();
    raw.resize(static_cast<std::size_t>(bytes));
    fill_bytes(fill, dtype, shape.empty() ? 1 : shape.back(), seed_of(name), std::as_writable_bytes(std::span(raw)));
  }
  weights_.push_back({name, dtype, shape, fill, bytes});
  bytes_ += bytes;
  weight_bytes_ += bytes;
  return name;
}

std::string GraphBuilder::ints(const std::vector<std::int64_t>& values) {
  const std::string name = next_name('i');
  const Shape shape{static_cast<std::int64_t>(values.size())};
  onnx::TensorProto& tensor = add_tensor(*model_->mutable_graph(), name, DType::int64, shape);
  for (const std::int64_t value : values) tensor.add_int64_data(value);
  return name;
}

std::string GraphBuilder::floats(const std::vector<float>& values) {
  const std::string name = next_name('f');
  const Shape shape{static_cast<std::int64_t>(values.size())};
  onnx::TensorProto& tensor = add_tensor(*model_->mutable_graph(), name, DType::float32, shape);
  for (const float value : values) tensor.add_float_data(value);
  return name;
}

std::string GraphBuilder::scalar(double value, DType dtype) {
  const std::string name = next_name('s');
  add_tensor(*model_->mutable_graph(), name, dtype, {}).set_raw_data(element_bytes(value, dtype));
  return name;
}

Names GraphBuilder::nodes(std::string_view op, const Names& inputs, std::size_t outputs, const Attributes& attributes,
                          std::string_view domain) {
  onnx::NodeProto& made = *model_->mutable_graph()->add_node();
  made.set_op_type(std::string(op));
  made.set_domain(std::string(domain));
  made.set_name(next_name('n'));
  for (const std::string& name : inputs) made.add_input(name);
  Names names;
  for (std::size_t i = 0; i < outputs; ++i) {
    names.push_back(next_name('t'));
    made.add_output(names.back());
  }
  for (const auto& [name, value] : attributes) {
    onnx::AttributeProto& attribute = *made.add_attribute();
    attribute.set_name(name);
    set_attribute(attribute, value);
  }
  return names;
}

std::string GraphBuilder::node(std::string_view op, const Names& inputs, const Attributes& attributes,
                               std::string_view domain) {
  return nodes(op, inputs, 1, attributes, domain).front();
}

void GraphBuilder::keep(const std::string& name, DType dtype) {
  onnx::ValueInfoProto& info = *model_->mutable_graph()->add_output();
  info.set_name(name);
  info.mutable_type()->mutable_tensor_type()->set_elem_type(static_cast<std::int32_t>(dtype));
}

void GraphBuilder::use(const std::string& name, DType dtype) {
  if (options_.context == CacheContext::cold) return keep(name, dtype);
  const std::string flat = node("Reshape", {name, ints({-1})});
  keep(node("Slice", {flat, ints({0}), ints({1}), ints({0})}), dtype);
}

Result<MicroModel> GraphBuilder::finish() const {
  MicroModel out;
  out.inputs = inputs_;
  out.dims = dims_;
  out.helpers = helpers_;
  if (options_.plain_layout) out.optimization_level = "extended";
  std::int64_t arena_bytes = 0;
  for (const Weight& weight : weights_) {
    if (weight.bytes > most_inline_bytes) arena_bytes += aligned(weight.bytes);
  }
  const Result<AnonymousMemory> arena = anonymous_memory(arena_bytes);
  if (!arena) return tl::unexpected(arena.error());
  out.model.owners.push_back(arena->owner);
  std::size_t next = 0;
  for (const Weight& weight : weights_) {
    if (weight.bytes <= most_inline_bytes) continue;
    const std::span<std::byte> target = arena->bytes.subspan(next, static_cast<std::size_t>(weight.bytes));
    next += static_cast<std::size_t>(aligned(weight.bytes));
    fill_bytes(weight.fill, weight.dtype, weight.shape.empty() ? 1 : weight.shape.back(), seed_of(weight.name), target);
    out.model.weights.push_back({weight.name, weight.dtype, weight.shape, target});
    out.model.weight_bytes += weight.bytes;
  }
  out.model.nodes = model_->graph().node_size();
  if (!model_->SerializeToString(&out.model.model)) {
    return fail(ErrorKind::measurement, "a calibration graph exceeds what one protobuf can hold");
  }
  return out;
}

}  // namespace costscan::calibrate
