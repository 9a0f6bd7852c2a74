// Ops that compute each output element by itself, with and without broadcasting.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

struct OpGroup {
  std::string_view op;
  const char* group;  ///< ops of one group have kernels of one speed
};

constexpr std::array binary_groups = {
    OpGroup{"Add", "arith"},          OpGroup{"Sub", "arith"},       OpGroup{"Mul", "arith"},
    OpGroup{"Sum", "arith"},          OpGroup{"Mean", "arith"},      OpGroup{"Div", "Div"},
    OpGroup{"Max", "MinMax"},         OpGroup{"Min", "MinMax"},      OpGroup{"Pow", "Pow"},
    OpGroup{"Equal", "compare"},      OpGroup{"Greater", "compare"}, OpGroup{"GreaterOrEqual", "compare"},
    OpGroup{"Less", "compare"},       OpGroup{"And", "logical"},     OpGroup{"LessOrEqual", "compare"},
    OpGroup{"Or", "logical"},         OpGroup{"Xor", "logical"},     OpGroup{"Mod", "Mod"},
    OpGroup{"BitwiseAnd", "logical"}, OpGroup{"PRelu", "PRelu"},     OpGroup{"BitwiseOr", "logical"},
    OpGroup{"BitwiseXor", "logical"},
};

constexpr std::array<std::string_view, 41> unary_ops = {
    "Abs",         "Acos",      "Acosh",      "Asin",  "Asinh",     "Atan", "Atanh",    "Ceil",  "Celu",
    "Clip",        "Cos",       "Cosh",       "Elu",   "Erf",       "Exp",  "FastGelu", "Floor", "Gelu",
    "HardSigmoid", "HardSwish", "IsInf",      "IsNaN", "LeakyRelu", "Log",  "Mish",     "Neg",   "Not",
    "BiasGelu",    "QuickGelu", "Reciprocal", "Relu",  "Round",     "Selu", "Sigmoid",  "Sign",  "Sin",
    "Sinh",        "Softplus",  "Softsign",   "Sqrt",  "Tanh"};

/// How operands spread over the output, as the runtime's broadcaster sees it: axes of size 1 are dropped.
struct Broadcast {
  std::string kind = "same";
  double run = 1;  ///< innermost elements over which no operand starts or stops repeating
};

bool repeats(const FeatureOperand& operand, const Shape& output, std::size_t axis) {
  const std::size_t missing = output.size() - std::min(output.size(), operand.shape.size());
  return axis < missing || operand.shape[axis - missing] == 1;
}

/// Which operands repeat along an axis, one bit each.
unsigned repetition(std::span<const FeatureOperand* const> operands, const Shape& output, std::size_t axis) {
  unsigned bits = 0;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (repeats(*operands[i], output, axis)) bits |= 1U << i;
  }
  return bits;
}

Broadcast broadcast_of(std::span<const FeatureOperand* const> operands, const FeatureOperand& output) {
  Broadcast found;
  found.run = std::max(output.elements, 1.0);
  std::size_t whole = 0;
  std::size_t single = 0;
  for (const FeatureOperand* operand : operands) {
    if (operand->elements == output.elements)
      ++whole;
    else if (operand->elements == 1)
      ++single;
  }
  if (whole == operands.size()) return found;
  if (whole + single == operands.size()) return {"scalar", found.run};
  found.run = 1;
  std::optional<unsigned> innermost;
  for (std::size_t axis = output.shape.size(); axis-- > 0;) {
    if (output.shape[axis] == 1) continue;
    const unsigned bits = repetition(operands, output.shape, axis);
    if (innermost && bits != *innermost) break;
    innermost = bits;
    found.run *= static_cast<double>(output.shape[axis]);
  }
  if (whole + single + 1 != operands.size() || operands.size() > 2) {
    found.kind = "mixed";
  } else {
    found.kind = innermost.value_or(0) == 0 ? "row" : "column";
  }
  return found;
}

RateFeatures spread(const FeatureNode& node, const std::string& group, std::span<const FeatureOperand* const> operands,
                    DType dtype) {
  const Broadcast broadcast = broadcast_of(operands, node.out(0));
  std::vector<double> coords = {node.out(0).elements};
  if (broadcast.kind != "same" && broadcast.kind != "scalar") coords.push_back(broadcast.run);
  return streaming_features(node, group + "/" + broadcast.kind + type_suffix(dtype), std::move(coords));
}

bool is_two(const FeatureOperand& operand) {
  if (operand.value == nullptr) return false;
  const KnownValue& value = *operand.value;
  return (value.floats.size() == 1 && value.floats.front() == 2) || (value.ints.size() == 1 && value.ints.front() == 2);
}

RateFeatures binary(const FeatureNode& node, const char* group) {
  std::string name = std::string("binary/") + group;
  if (node.is("Pow") && is_two(node.in(1))) name += "Square";
  const std::array<const FeatureOperand*, 2> operands = {&node.in(0), &node.in(1)};
  const std::size_t count = node.in(1).present ? 2 : 1;
  return spread(node, name, std::span(operands).first(count), node.in(0).dtype);
}

RateFeatures where(const FeatureNode& node) {
  const std::array<const FeatureOperand*, 3> operands = {&node.in(0), &node.in(1), &node.in(2)};
  return spread(node, "Where", operands, node.in(1).dtype);
}

/// Attributes that select another kernel.
std::string unary_variant(const FeatureNode& node) {
  if (node.is("QuickGelu") && float_attribute(*node.node, "alpha").value_or(1.702F) == 1.0F) return "/alpha1";
  if (node.is("FastGelu") && node.in(1).present) return "/bias";
  const std::string* approximate = string_attribute(*node.node, "approximate");
  return approximate != nullptr && *approximate == "tanh" ? "/tanh" : "";
}

RateFeatures conversion(const FeatureNode& node) {
  return streaming_features(node, fmt::format("Cast/{}-{}", to_string(node.in(0).dtype), to_string(node.out(0).dtype)),
                            {node.out(0).elements});
}

RateFeatures quantisation(const FeatureNode& node) {
  std::string name = "quantize/" + node.node->op_type;
  const bool dynamic = node.is("DynamicQuantizeLinear");
  if (!dynamic && node.in(1).elements > 1) name += "/axis";
  const DType stored = node.is("DequantizeLinear") ? node.in(0).dtype : node.out(0).dtype;
  return streaming_features(node, name + type_suffix(stored, DType::uint8), {node.in(0).elements});
}

/// QLinearAdd, QLinearMul: data at inputs 0 and 3; the other quantised ops have one.
RateFeatures quantised(const FeatureNode& node) {
  const std::string name = "qlinear/" + node.node->op_type;
  if (node.is("QLinearAdd") || node.is("QLinearMul")) {
    const std::array<const FeatureOperand*, 2> operands = {&node.in(0), &node.in(3)};
    RateFeatures features = spread(node, name, operands, DType::float32);
    if (node.in(0).dtype == DType::int8) features.rate_class += ":int8";
    return features;
  }
  return streaming_features(node, name + type_suffix(node.out(0).dtype, DType::uint8), {node.out(0).elements});
}

}  // namespace

std::optional<RateFeatures> elementwise_features(const FeatureNode& node) {
  if (!node.in(0).present || !node.out(0).present) return std::nullopt;
  const auto named = [&](const auto& entry) { return node.is(entry.op); };
  if (const auto group = std::ranges::find_if(binary_groups, named); group != binary_groups.end())
    return binary(node, group->group);
  if (node.is("Where")) return where(node);
  if (node.is("Cast") || node.is("CastLike")) return conversion(node);
  if (node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("DynamicQuantizeLinear"))
    return quantisation(node);
  if (node.node->op_type.starts_with("QLinear")) return quantised(node);
  if (std::ranges::find(unary_ops, node.node->op_type) == unary_ops.end()) return std::nullopt;
  return streaming_features(node, "unary/" + node.node->op_type + unary_variant(node) + type_suffix(node.in(0).dtype),
                            {node.out(0).elements});
}

}  // namespace costscan
