#include "cli/explain_operands.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "model/text.hpp"
#include "shapes/infer.hpp"

namespace costscan::cli {
namespace {

struct Operand {
  std::string name;
  DType dtype = DType::undefined;
  std::vector<DeclaredDim> dims;
  bool constant = false;
  std::optional<std::vector<std::string>> contents;
};

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> out;
  if (trimmed(list).empty()) return out;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    out.push_back(trimmed(list.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  return out;
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number out{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return out;
}

tl::unexpected<Error> bad_input(const std::string& text, std::string_view why) {
  return fail(ErrorKind::usage,
              fmt::format("--input takes NAME=DTYPE[DIMS], for example X=float32[1,128,768], not '{}': {}",
                          printable(text), why));
}

/// "-1", "seq", "2*heads": a number, or a symbol that --dim binds.
Result<DeclaredDim> read_dim(const std::string& text, const std::string& whole) {
  if (const auto number = number_from<std::int64_t>(text)) {
    if (*number < 0) return bad_input(whole, "a dimension cannot be negative");
    return DeclaredDim(*number);
  }
  const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const bool symbol =
      !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 && std::ranges::all_of(text, letter);
  if (!symbol) return bad_input(whole, fmt::format("'{}' is no dimension", printable(text)));
  return DeclaredDim(text);
}

/// The text after the shape: nothing, "const", or "= 3" and "= [1, 2]".
Result<void> read_rest(Operand& operand, const std::string& rest, const std::string& whole) {
  if (rest.empty()) return {};
  operand.constant = true;
  if (rest == "const") return {};
  if (!rest.starts_with('=')) return bad_input(whole, fmt::format("'{}' after the shape", printable(rest)));
  std::string list = trimmed(std::string_view(rest).substr(1));
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  operand.contents = split(list);
  return {};
}

Result<Operand> read_operand(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']', open == std::string::npos ? 0 : open);
  if (equals == std::string::npos || equals == 0) return bad_input(text, "no name");
  if (open == std::string::npos || close == std::string::npos || open < equals) return bad_input(text, "no shape");
  Operand out;
  out.name = trimmed(std::string_view(text).substr(0, equals));
  const std::string type = trimmed(std::string_view(text).substr(equals + 1, open - equals - 1));
  const auto dtype = dtype_from_string(type);
  if (!dtype || *dtype == DType::undefined) return bad_input(text, fmt::format("'{}' is no dtype", printable(type)));
  out.dtype = *dtype;
  for (const std::string& part : split(std::string_view(text).substr(open + 1, close - open - 1))) {
    auto dim = read_dim(part, text);
    if (!dim) return tl::unexpected(dim.error());
    out.dims.push_back(std::move(*dim));
  }
  if (auto ok = read_rest(out, trimmed(std::string_view(text).substr(close + 1)), text); !ok) {
    return tl::unexpected(ok.error());
  }
  return out;
}

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
  std::size_t elements = 1;
  for (const DeclaredDim& dim : operand.dims) {
    const auto* number = std::get_if<std::int64_t>(&dim);
    if (number == nullptr) {
      return fail(ErrorKind::usage, fmt::format("--input {}: a constant needs a shape in numbers", operand.name));
    }
    tensor.dims.push_back(*number);
    if (operand.contents) elements *= static_cast<std::size_t>(std::min<std::int64_t>(*number, 1'000'000));
  }
  if (!operand.contents) {
    tensor.storage = ExternalBytes{};
    return tensor;
  }
  if (elements != operand.contents->size()) {
    return fail(ErrorKind::usage, fmt::format("--input {}: {} elements for a shape of {}", operand.name,
                                              operand.contents->size(), elements));
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

Result<AttributeValue> read_value(const std::string& text) {
  if (const auto whole = number_from<std::int64_t>(text)) return AttributeValue(*whole);
  if (const auto real = number_from<float>(text)) return AttributeValue(*real);
  if (!text.starts_with('[') || !text.ends_with(']')) return AttributeValue(text);
  const std::vector<std::string> items = split(std::string_view(text).substr(1, text.size() - 2));
  std::vector<std::int64_t> ints;
  std::vector<float> floats;
  for (const std::string& item : items) {
    if (const auto whole = number_from<std::int64_t>(item)) ints.push_back(*whole);
    if (const auto real = number_from<float>(item)) floats.push_back(*real);
  }
  if (ints.size() == items.size()) return AttributeValue(std::move(ints));
  if (floats.size() == items.size()) return AttributeValue(std::move(floats));
  return AttributeValue(items);
}

Result<std::vector<Attribute>> read_attributes(const std::vector<std::string>& texts) {
  std::vector<Attribute> out;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorKind::usage,
                  fmt::format("--attr takes NAME=VALUE, for example axis=-1, not '{}'", printable(text)));
    }
    auto value = read_value(trimmed(std::string_view(text).substr(equals + 1)));
    if (!value) return tl::unexpected(value.error());
    Attribute attribute;
    attribute.name = trimmed(std::string_view(text).substr(0, equals));
    attribute.value = std::move(*value);
    out.push_back(std::move(attribute));
  }
  return out;
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
        return symbol != nullptr && *symbol == name;
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
