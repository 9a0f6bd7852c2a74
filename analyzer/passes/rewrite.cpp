#include "passes/rewrite.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace costscan {
namespace {

template <class T>
std::vector<std::byte> bytes_of(T value) {
  std::vector<std::byte> bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

/// Round to nearest, ties to even; beyond the largest finite value: infinity (IEEE 754, 4.3.1).
std::uint16_t half_of(double value) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000U : 0U;
  const double magnitude = std::abs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00U);
  if (magnitude >= 65520.0) return static_cast<std::uint16_t>(sign | 0x7C00U);
  int exponent = magnitude == 0 ? -24 : std::ilogb(magnitude);
  exponent = std::max(exponent, -14);
  // In units of the last place a finite half is a whole number; the carry into the exponent is what IEEE asks for.
  const auto units = static_cast<std::uint32_t>(std::nearbyint(std::ldexp(magnitude, 10 - exponent)));
  const auto biased = static_cast<std::uint32_t>(exponent + 14) << 10U;
  return static_cast<std::uint16_t>(sign | (biased + units));
}

std::uint16_t bfloat_of(double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16U) | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

}  // namespace

std::vector<std::byte> packed_scalar(DType dtype, double value) {
  switch (dtype) {
    case DType::float32: return bytes_of(static_cast<float>(value));
    case DType::float64: return bytes_of(value);
    case DType::float16: return bytes_of(half_of(value));
    case DType::bfloat16: return bytes_of(bfloat_of(value));
    case DType::int64: return bytes_of(static_cast<std::int64_t>(value));
    case DType::int32: return bytes_of(static_cast<std::int32_t>(value));
    case DType::int16: return bytes_of(static_cast<std::int16_t>(value));
    case DType::int8: return bytes_of(static_cast<std::int8_t>(value));
    case DType::uint64: return bytes_of(static_cast<std::uint64_t>(value));
    case DType::uint32: return bytes_of(static_cast<std::uint32_t>(value));
    case DType::uint16: return bytes_of(static_cast<std::uint16_t>(value));
    case DType::uint8:
    case DType::boolean: return bytes_of(static_cast<std::uint8_t>(value));
    default: return {};
  }
}

Attribute make_attribute(std::string name, AttributeValue value) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.value = std::move(value);
  return attribute;
}

RewriteBuilder::RewriteBuilder(const GraphView& view, std::vector<std::int32_t> site)
    : next_(static_cast<ValueId>(view.graph().values.size())) {
  rewrite_.nodes = std::move(site);
}

ValueId RewriteBuilder::fresh(std::string name) {
  rewrite_.new_values.emplace_back(next_, std::move(name));
  return next_++;
}

ValueId RewriteBuilder::node(std::string op_type, std::vector<ValueId> inputs, std::vector<Attribute> attributes,
                             std::string domain) {
  return node_outputs(std::move(op_type), std::move(inputs), 1, std::move(attributes), std::move(domain)).front();
}

std::vector<ValueId> RewriteBuilder::node_outputs(std::string op_type, std::vector<ValueId> inputs, std::size_t outputs,
                                                  std::vector<Attribute> attributes, std::string domain) {
  Node node;
  node.op_type = std::move(op_type);
  node.domain = std::move(domain);
  node.inputs = std::move(inputs);
  while (!node.inputs.empty() && node.inputs.back() == no_value) node.inputs.pop_back();
  node.attributes = std::move(attributes);
  for (std::size_t i = 0; i < outputs; ++i) node.outputs.push_back(fresh({}));
  std::vector<ValueId> made = node.outputs;
  rewrite_.added.push_back(std::move(node));
  return made;
}

ValueId RewriteBuilder::ints(std::vector<std::int64_t> elements) {
  NewConstant made;
  made.dtype = DType::int64;
  made.dims = {static_cast<std::int64_t>(elements.size())};
  made.bytes = [elements = std::move(elements)](const ReadWeight&) -> Result<std::vector<std::byte>> {
    std::vector<std::byte> bytes(elements.size() * sizeof(std::int64_t));
    if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
    return bytes;
  };
  return constant(std::move(made));
}

ValueId RewriteBuilder::scalar(DType dtype, double value) {
  NewConstant made;
  made.dtype = dtype;
  made.bytes = [dtype, value](const ReadWeight&) -> Result<std::vector<std::byte>> {
    return packed_scalar(dtype, value);
  };
  return constant(std::move(made));
}

ValueId RewriteBuilder::constant(NewConstant constant, std::string name) {
  constant.value = fresh(std::move(name));
  const ValueId made = constant.value;
  rewrite_.constants.push_back(std::move(constant));
  return made;
}

void RewriteBuilder::replace(ValueId old_value, ValueId new_value) {
  rewrite_.replaced.emplace_back(old_value, new_value);
}

void RewriteBuilder::note(std::string text) { rewrite_.note = std::move(text); }
void RewriteBuilder::obstacle(std::string text) { rewrite_.obstacle = std::move(text); }
void RewriteBuilder::holds(Holds holds) { rewrite_.holds = holds; }
Rewrite RewriteBuilder::finish() { return std::move(rewrite_); }

}  // namespace costscan
