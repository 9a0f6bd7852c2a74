#include "cli/explain_operands.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "cli/operand_text.hpp"
#include "model/checked_math.hpp"
#include "model/text.hpp"
#include "shapes/infer.hpp"

namespace costscan::cli {
namespace {

template <class T>
void append(std::vector<std::byte>& bytes, T value) {
  static_assert(std::endian::native == std::endian::little, "tensor bytes are little-endian");
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// One element of a constant's contents; false where the text does not fit the type.
bool append_element(std::vector<std::byte>& bytes, DType dtype, const std::string& text) {
  if (dtype == DType::float32 || dtype == DType::float64) {
    const auto real = number_from<double>(text);
    if (!real) return false;
    dtype == DType::float32 ? append(bytes, static_cast<float>(*real)) : append(bytes, *real);
    return true;
  }
  const auto whole = number_from<std::int64_t>(text == "true" ? "1" : text == "false" ? "0" : text);
  if (!whole) return false;
  switch (bits_per_element(dtype)) {
    case 8: append(bytes, static_cast<std::int8_t>(*whole)); return true;
    case 16: append(bytes, static_cast<std::int16_t>(*whole)); return !is_floating(dtype);
    case 32: append(bytes, static_cast<std::int32_t>(*whole)); return true;
    case 64: append(bytes, *whole); return true;
    default: return false;
  }
}

Result<Tensor> constant_of(const Operand& operand) {
  Tensor tensor;
  tensor.name = operand.name;
  tensor.dtype = operand.dtype;
  for (const DeclaredDim& dim : operand.dims) {
    const auto* number = std::get_if<std::int64_t>(&dim);
    if (number == nullptr) {
      return fail(ErrorKind::usage, fmt::format("--input {}: a constant needs a shape in numbers", operand.name));
    }
    tensor.dims.push_back(*number);
  }
  if (!operand.contents) {
    tensor.storage = ExternalBytes{};
    return tensor;
  }
  const auto elements = element_count(std::span<const std::int64_t>(tensor.dims));
  if (!elements || *elements != static_cast<std::int64_t>(operand.contents->size())) {
    return fail(ErrorKind::usage,
                fmt::format("--input {}: {} elements for a shape of {}", operand.name, operand.contents->size(),
                            elements ? std::to_string(*elements) : "more than can be counted"));
  }
  if (operand.dtype == DType::string) {
    tensor.storage = *operand.contents;
    return tensor;
  }
  OwnedBytes bytes;
  for (const std::string& element : *operand.contents) {
    if (!append_element(bytes.bytes, operand.dtype, element)) {
      return fail(ErrorKind::usage, fmt::format("--input {}: '{}' is no {} that can be given here", operand.name,
                                                printable(element), to_string(operand.dtype)));
    }
  }
  tensor.storage = std::move(bytes);
  return tensor;
}

/// Builds the one-node model.
class NodeBuilder {
 public:
  NodeBuilder(const OpHandle& op, const OperandOptions& options) : op_(op), options_(options) {}

  Result<StatedNode> build() {
    auto attributes = read_attributes(options_.attributes);
    if (!attributes) return tl::unexpected(attributes.error());
    for (const std::string& text : options_.inputs) {
      auto operand = read_operand(text);
      if (!operand) return tl::unexpected(operand.error());
      operands_.push_back(std::move(*operand));
    }
    if (auto ok = check_names(); !ok) return tl::unexpected(ok.error());
    if (auto ok = check_attributes(*attributes); !ok) return tl::unexpected(ok.error());
    node_.op_type = op_.op;
    node_.domain = op_.domain;
    node_.attributes = std::move(*attributes);
    node_.file_index = 0;
    if (auto ok = add_inputs(); !ok) return tl::unexpected(ok.error());
    add_outputs();
    model_->stem = op_.op;
    model_->ir_version = 10;
    model_->opset_imports.push_back({op_.domain, op_.version});
    model_->graph.nodes.push_back(std::move(node_));
    return undescribed_.empty() ? inferred() : stated();
  }

 private:
  const OpHandle& op_;
  const OperandOptions& options_;
  std::vector<Operand> operands_;
  Node node_;
  std::shared_ptr<Model> model_ = std::make_shared<Model>();
  std::vector<std::string> undescribed_;  ///< required inputs

  std::string input_names() const {
    std::vector<std::string> names;
    for (const OpOperand& formal : op_.inputs) names.push_back(formal.name);
    return fmt::format("{}", fmt::join(names, ", "));
  }

  Result<void> check_names() const {
    for (const Operand& operand : operands_) {
      const auto formal = std::ranges::find(op_.inputs, operand.name, &OpOperand::name);
      if (formal == op_.inputs.end()) {
        return fail(ErrorKind::usage, fmt::format("{} has no input '{}'; it has {}", op_.op, printable(operand.name),
                                                  op_.inputs.empty() ? "none" : input_names()));
      }
      const auto times = std::ranges::count(operands_, operand.name, &Operand::name);
      if (times > 1 && !formal->variadic) {
        return fail(ErrorKind::usage, fmt::format("--input {} is given {} times", operand.name, times));
      }
    }
    return {};
  }

  Result<void> check_attributes(const std::vector<Attribute>& given) const {
    if (!op_.attributes) return {};
    for (const Attribute& attribute : given) {
      if (std::ranges::find(*op_.attributes, attribute.name) != op_.attributes->end()) continue;
      return fail(ErrorKind::usage,
                  fmt::format("{} has no attribute '{}'; it has {}", op_.op, printable(attribute.name),
                              op_.attributes->empty() ? "none" : fmt::format("{}", fmt::join(*op_.attributes, ", "))));
    }
    return {};
  }

  ValueId add_value(std::string name, ValueOrigin origin) {
    Graph& graph = model_->graph;
    const auto id = static_cast<ValueId>(graph.values.size());
    Value value;
    value.name = std::move(name);
    value.origin = origin;
    graph.value_by_name.emplace(value.name, id);
    graph.values.push_back(std::move(value));
    return id;
  }

  Result<ValueId> add_operand(const Operand& operand, std::string name) {
    Graph& graph = model_->graph;
    if (operand.constant) {
      auto tensor = constant_of(operand);
      if (!tensor) return tl::unexpected(tensor.error());
      tensor->name = name;
      const ValueId id = add_value(std::move(name), ValueOrigin::initializer);
      graph.values.back().initializer = static_cast<std::int32_t>(graph.initializers.size());
      graph.initializers.push_back(std::move(*tensor));
      return id;
    }
    const ValueId id = add_value(std::move(name), ValueOrigin::graph_input);
    DeclaredType type;
    type.kind = TypeKind::tensor;
    type.dtype = operand.dtype;
    type.dims = operand.dims;
    graph.values.back().declared = std::move(type);
    graph.inputs.push_back(id);
    return id;
  }

  Result<void> add_inputs() {
    for (const OpOperand& formal : op_.inputs) {
      std::size_t given = 0;
      for (const Operand& operand : operands_) {
        if (operand.name != formal.name) continue;
        auto id = add_operand(operand, formal.variadic ? fmt::format("{}[{}]", formal.name, given) : formal.name);
        if (!id) return tl::unexpected(id.error());
        node_.inputs.push_back(*id);
        ++given;
      }
      if (given > 0) continue;
      if (!formal.optional) undescribed_.push_back(formal.name);
      node_.inputs.push_back(formal.optional ? no_value : add_value(formal.name, ValueOrigin::graph_input));
    }
    while (!node_.inputs.empty() && node_.inputs.back() == no_value) node_.inputs.pop_back();
    return {};
  }

  /// Up to the last required output; the first one where all are optional.
  void add_outputs() {
    std::size_t count = op_.outputs.empty() ? 0 : 1;
    for (std::size_t i = 0; i < op_.outputs.size(); ++i) count = op_.outputs[i].optional ? count : i + 1;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& name = op_.outputs[i].name;
      const bool taken = model_->graph.value_by_name.contains(name);
      const ValueId id = add_value(taken ? name + " (result)" : name, ValueOrigin::node_output);
      model_->graph.values.back().producer = 0;
      model_->graph.outputs.push_back(id);
      node_.outputs.push_back(id);
    }
  }

  /// Whether --dim NAME is a dimension of an input, not a symbol of the cost model.
  bool names_dimension(const std::string& name) const {
    return std::ranges::any_of(operands_, [&](const Operand& operand) {
      return std::ranges::any_of(operand.dims, [&](const DeclaredDim& dim) {
        const auto* symbol = std::get_if<std::string>(&dim);
        if (symbol == nullptr) return false;
        const std::vector<std::string> names = identifiers(*symbol);
        return std::ranges::find(names, name) != names.end();
      });
    });
  }

  Result<StatedNode> inferred() {
    StatedNode out;
    ShapeOptions shapes;
    for (const auto& dim : options_.dims) (names_dimension(dim.first) ? shapes.dims : out.bindings).push_back(dim);
    auto shaped = infer_shapes(model_, shapes);
    if (!shaped) return fail(ErrorKind::usage, fmt::format("{}: {}", op_.op, shaped.error().message));
    for (const DimBinding& binding : (*shaped)->bindings) {
      if (binding.origin == BindingOrigin::given) continue;
      out.assumptions.push_back(fmt::format("{} = {}: {}", binding.name, binding.value, binding.reason));
    }
    out.shaped = std::move(*shaped);
    return out;
  }

  /// Some operand has no shape: types are assumed, and formulas must do with what --dim gives.
  Result<StatedNode> stated() {
    StatedNode out;
    out.bindings = options_.dims;
    out.undescribed = undescribed_;
    out.assumptions.push_back(fmt::format("elements are {} where no --input gives a type", to_string(options_.dtype)));
    ShapedModel shaped;
    Scope scope;
    for (const Value& value : model_->graph.values) {
      TensorInfo info;
      info.kind = TypeKind::tensor;
      info.dtype = options_.dtype;
      const auto operand = std::ranges::find(operands_, value.name, &Operand::name);
      if (operand != operands_.end()) {
        info.dtype = operand->dtype;
        info.constant = operand->constant;
        info.shape = numbers(operand->dims);
        if (!info.shape)
          return fail(ErrorKind::usage,
                      fmt::format("--input {}: names in a shape need all inputs: {}", value.name, input_names()));
      }
      scope.tensors.push_back(std::move(info));
    }
    shaped.model = model_;
    scope.opset_imports = model_->opset_imports;
    scope.graph = std::shared_ptr<const Graph>(model_, &model_->graph);
    shaped.scopes.push_back(std::move(scope));
    out.shaped = std::make_shared<const ShapedModel>(std::move(shaped));
    return out;
  }

  static std::optional<Shape> numbers(const std::vector<DeclaredDim>& dims) {
    Shape out;
    for (const DeclaredDim& dim : dims) {
      const auto* number = std::get_if<std::int64_t>(&dim);
      if (number == nullptr) return std::nullopt;
      out.push_back(*number);
    }
    return out;
  }
};

}  // namespace

Result<StatedNode> state_node(const OpHandle& op, const OperandOptions& options) {
  return NodeBuilder(op, options).build();
}

}  // namespace costscan::cli
