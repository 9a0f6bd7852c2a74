// Sequences and optionals. A sequence whose length is known carries its elements; an optional counts as what it holds.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "shapes/elements.hpp"
#include "shapes/own_rules.hpp"

namespace costscan {
namespace {

using Elements = std::vector<TensorInfo>;

/// One element type for all: the common shape, or none where they differ.
TensorInfo sequence_of(DType dtype, Elements elements) {
  TensorInfo out;
  out.kind = TypeKind::sequence;
  out.dtype = elements.empty() ? dtype : elements[0].dtype;
  const bool same = !elements.empty() && std::all_of(elements.begin(), elements.end(), [&](const TensorInfo& e) {
    return e.shape && e.shape == elements[0].shape;
  });
  if (same) out.shape = elements[0].shape;
  out.elements = std::make_shared<const Elements>(std::move(elements));
  return out;
}

RuleResult sequence_empty(const NodeInputs& node, SchemaInference&) {
  return Types{sequence_of(static_cast<DType>(int_attribute(node.node, "dtype").value_or(1)), {})};
}

RuleResult sequence_construct(const NodeInputs& node, SchemaInference&) {
  Elements elements;
  for (const TensorInfo* input : node.inputs) {
    if (input != nullptr) elements.push_back(*input);
  }
  return Types{sequence_of(dtype_of(node, 0), std::move(elements))};
}

/// Position in a sequence of `length`, `length` itself allowed where something is inserted.
std::optional<std::size_t> position(const NodeInputs& node, std::size_t operand, std::size_t length,
                                    std::int64_t absent) {
  const auto size = static_cast<std::int64_t>(length);
  std::int64_t at = absent;
  if (node.input(operand) != nullptr) {
    const auto given = scalar_int(node.contents(operand));
    if (!given) return std::nullopt;
    at = *given;
  }
  if (at < 0) at += size;
  return at >= 0 && at <= size ? std::optional(static_cast<std::size_t>(at)) : std::nullopt;
}

TensorInfo element_type(const TensorInfo& sequence) {
  TensorInfo out;
  out.kind = TypeKind::tensor;
  out.dtype = sequence.dtype;
  out.shape = sequence.shape;
  out.data_dependent = sequence.data_dependent;
  return out;
}

RuleResult sequence_insert(const NodeInputs& node, SchemaInference&) {
  const TensorInfo* sequence = node.input(0);
  const TensorInfo* added = node.input(1);
  if (sequence == nullptr || added == nullptr) return tl::unexpected(std::string("an operand is missing"));
  if (sequence->elements != nullptr) {
    Elements elements = *sequence->elements;
    const auto size = static_cast<std::int64_t>(elements.size());
    if (const auto at = position(node, 2, elements.size(), size)) {
      elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(*at), *added);
      return Types{sequence_of(added->dtype, std::move(elements))};
    }
  }
  TensorInfo out;
  out.kind = TypeKind::sequence;
  out.dtype = added->dtype;
  const bool was_empty = sequence->elements != nullptr && sequence->elements->empty();
  if (was_empty || sequence->shape == added->shape) out.shape = added->shape;
  return Types{out};
}

RuleResult sequence_erase(const NodeInputs& node, SchemaInference&) {
  const TensorInfo* sequence = node.input(0);
  if (sequence == nullptr) return tl::unexpected(std::string("the sequence is missing"));
  TensorInfo out = *sequence;
  out.elements = nullptr;
  if (sequence->elements != nullptr) {
    Elements elements = *sequence->elements;
    const auto at = position(node, 1, elements.size(), -1);
    if (at && *at < elements.size()) {
      elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(*at));
      return Types{sequence_of(sequence->dtype, std::move(elements))};
    }
  }
  return Types{out};
}

RuleResult sequence_at(const NodeInputs& node, SchemaInference&) {
  const TensorInfo* sequence = node.input(0);
  if (sequence == nullptr) return tl::unexpected(std::string("the sequence is missing"));
  if (sequence->elements != nullptr) {
    const auto at = position(node, 1, sequence->elements->size(), 0);
    if (at && *at < sequence->elements->size()) return Types{(*sequence->elements)[*at]};
  }
  return Types{element_type(*sequence)};
}

RuleResult sequence_length(const NodeInputs& node, SchemaInference&) {
  TensorInfo out = tensor_of(DType::int64, {});
  const TensorInfo* sequence = node.input(0);
  if (sequence != nullptr && sequence->elements != nullptr) {
    out.value = known_ints(DType::int64, {}, {static_cast<std::int64_t>(sequence->elements->size())});
  }
  return Types{out};
}

RuleResult split_to_sequence(const NodeInputs& node, SchemaInference&) {
  const Shape& x = shape_of_operand(node, 0);
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), x.size());
  if (!axis) return tl::unexpected(std::string("the axis lies outside the input's rank"));
  const std::int64_t dim = x[*axis];
  std::vector<std::int64_t> lengths;
  bool keep = true;
  if (node.input(1) == nullptr) {
    if (dim > max_known_elements) return Types{};
    lengths.assign(static_cast<std::size_t>(dim), 1);
    keep = int_attribute(node.node, "keepdims").value_or(1) != 0;
  } else {
    const KnownValue* split = node.contents(1);
    if (split == nullptr || split->ints.empty()) {
      TensorInfo out;
      out.kind = TypeKind::sequence;
      out.dtype = dtype_of(node, 0);
      return Types{out};
    }
    lengths = split->ints;
    if (split->dims.empty()) {  // a scalar: pieces of that size, the last one smaller
      const std::int64_t size = split->ints[0];
      if (size < 1 || dim / size > max_known_elements) return tl::unexpected(std::string("the split is not positive"));
      lengths.assign(static_cast<std::size_t>(dim / size), size);
      if (dim % size != 0) lengths.push_back(dim % size);
    }
  }
  Elements elements;
  for (const std::int64_t length : lengths) {
    Shape piece = x;
    piece[*axis] = length;
    if (!keep) piece.erase(piece.begin() + static_cast<std::ptrdiff_t>(*axis));
    elements.push_back(tensor_of(dtype_of(node, 0), std::move(piece)));
  }
  return Types{sequence_of(dtype_of(node, 0), std::move(elements))};
}

RuleResult concat_from_sequence(const NodeInputs& node, SchemaInference&) {
  const TensorInfo* sequence = node.input(0);
  TensorInfo unknown;
  unknown.kind = TypeKind::tensor;
  unknown.dtype = sequence != nullptr ? sequence->dtype : DType::undefined;
  if (sequence == nullptr || sequence->elements == nullptr || sequence->elements->empty()) return Types{unknown};
  const Elements& elements = *sequence->elements;
  if (!elements[0].shape) return Types{unknown};
  const bool stack = int_attribute(node.node, "new_axis").value_or(0) != 0;
  Shape out = *elements[0].shape;
  const auto axis = normal_axis(int_attribute(node.node, "axis").value_or(0), out.size() + (stack ? 1 : 0));
  if (!axis) return tl::unexpected(std::string("the axis lies outside the elements' rank"));
  if (stack) {
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(*axis), static_cast<std::int64_t>(elements.size()));
    return Types{tensor_of(unknown.dtype, std::move(out))};
  }
  std::int64_t total = 0;
  bool bounded = false;
  for (const TensorInfo& element : elements) {
    if (!element.shape || element.shape->size() != out.size()) return Types{unknown};
    total += (*element.shape)[*axis];
    bounded = bounded || element.data_dependent;
  }
  out[*axis] = total;
  return Types{bounded ? bounded_tensor(unknown.dtype, std::move(out)) : tensor_of(unknown.dtype, std::move(out))};
}

TensorInfo declared_tensor(const DeclaredType& type) {
  const DeclaredType& inner = type.element != nullptr ? *type.element : type;
  TensorInfo out;
  out.kind = type.kind;
  out.dtype = inner.dtype;
  return out;
}

RuleResult optional(const NodeInputs& node, SchemaInference&) {
  if (node.input(0) != nullptr) {
    TensorInfo out = *node.input(0);
    if (out.kind == TypeKind::tensor) out.kind = TypeKind::optional;
    return Types{out};
  }
  const Attribute* type = find_attribute(node.node, "type");
  const auto* declared = type != nullptr ? std::get_if<DeclaredType>(&type->value) : nullptr;
  if (declared == nullptr) return tl::unexpected(std::string("an empty optional needs the attribute 'type'"));
  TensorInfo out = declared_tensor(*declared);
  if (out.kind == TypeKind::tensor) out.kind = TypeKind::optional;
  return Types{out};
}

RuleResult optional_get_element(const NodeInputs& node, SchemaInference&) {
  if (node.input(0) == nullptr) return tl::unexpected(std::string("the optional is missing"));
  TensorInfo out = *node.input(0);
  if (out.kind == TypeKind::optional) out.kind = TypeKind::tensor;
  return Types{out};
}

RuleResult optional_has_element(const NodeInputs& node, SchemaInference&) {
  TensorInfo out = tensor_of(DType::boolean, {});
  const TensorInfo* input = node.input(0);
  if (input == nullptr) out.value = known_ints(DType::boolean, {}, {0});
  if (input != nullptr && input->kind == TypeKind::tensor) out.value = known_ints(DType::boolean, {}, {1});
  return Types{out};
}

}  // namespace

const RuleEntry* sequence_rule(std::string_view op_type) {
  static const std::unordered_map<std::string_view, RuleEntry> table{
      {"SequenceEmpty", {sequence_empty, 0}},
      {"SequenceConstruct", {sequence_construct, 0}},
      {"SequenceInsert", {sequence_insert, 0}},
      {"SequenceErase", {sequence_erase, 0}},
      {"SequenceAt", {sequence_at, 0}},
      {"SequenceLength", {sequence_length, 0}},
      {"SplitToSequence", {split_to_sequence, 1}},
      {"ConcatFromSequence", {concat_from_sequence, 0}},
      {"Optional", {optional, 0}},
      {"OptionalGetElement", {optional_get_element, 0}},
      {"OptionalHasElement", {optional_has_element, 0}},
  };
  const auto it = table.find(op_type);
  return it == table.end() ? nullptr : &it->second;
}

}  // namespace costscan
