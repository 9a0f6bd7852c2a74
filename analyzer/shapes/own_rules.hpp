// Shape rules of our own: operators without an inference function in the onnx library (ONNX Runtime's com.microsoft and
// layout domains, some ONNX operators), data-dependent ones with their bounds, sequences and optionals.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "shapes/schema_inference.hpp"

namespace costscan {

using Types = std::vector<TensorInfo>;                ///< by output; an entry of kind unknown says nothing
using RuleResult = tl::expected<Types, std::string>;  ///< the error says what is wrong with the node
using OwnRule = RuleResult (*)(const NodeInputs&, SchemaInference&);

struct RuleEntry {
  OwnRule rule = nullptr;
  unsigned needs = 1;  ///< bit i: operand i must have a known shape, else the outputs stay unknown
};

/// Null where ONNX's schema serves. `version` is the imported version of the node's domain.
[[nodiscard]] const RuleEntry* own_rule(std::string_view domain, std::string_view op_type, std::int64_t version);

// The tables, one per file.
[[nodiscard]] const RuleEntry* standard_rule(std::string_view op_type);                   ///< ai.onnx
[[nodiscard]] const RuleEntry* old_rule(std::string_view op_type, std::int64_t version);  ///< ai.onnx, early versions
[[nodiscard]] const RuleEntry* sequence_rule(std::string_view op_type);   ///< ai.onnx, sequences and optionals
[[nodiscard]] const RuleEntry* contrib_rule(std::string_view op_type);    ///< com.microsoft: matmul, norm, quantised
[[nodiscard]] const RuleEntry* attention_rule(std::string_view op_type);  ///< com.microsoft: attention and decoding
[[nodiscard]] const RuleEntry* window_rule(std::string_view domain, std::string_view op_type);  ///< conv, pool, layouts

[[nodiscard]] const RuleEntry* text_rule(std::string_view op_type);         ///< texts and images, of any domain
[[nodiscard]] const RuleEntry* ml_rule(std::string_view op_type);           ///< ai.onnx.ml
[[nodiscard]] const RuleEntry* training_rule(std::string_view op_type);     ///< ai.onnx.preview.training
[[nodiscard]] const RuleEntry* routing_rule(std::string_view op_type);      ///< com.microsoft: gates, n-grams, streams
[[nodiscard]] const RuleEntry* accelerator_rule(std::string_view op_type);  ///< com.microsoft: for other providers
[[nodiscard]] const RuleEntry* withdrawn_rule(std::string_view op_type);    ///< ai.onnx: withdrawn, kept by the runtime

// Pieces that the rules share.
[[nodiscard]] TensorInfo tensor_of(DType dtype, Shape shape);
[[nodiscard]] TensorInfo bounded_tensor(DType dtype, Shape shape);  ///< the shape is an upper bound
[[nodiscard]] DType dtype_of(const NodeInputs& node, std::size_t operand) noexcept;
/// Shape of an operand; empty where there is none (`needs` guards the operands that a rule cannot do without).
[[nodiscard]] const Shape& shape_of_operand(const NodeInputs& node, std::size_t operand) noexcept;
[[nodiscard]] RuleResult same_as_first(const NodeInputs& node, SchemaInference&);      ///< one output
[[nodiscard]] RuleResult all_same_as_first(const NodeInputs& node, SchemaInference&);  ///< every output
[[nodiscard]] std::optional<Shape> broadcast(const Shape& a, const Shape& b);
/// Runs ONNX's rule for `op_type` on chosen operands under this node's attributes and output count.
[[nodiscard]] RuleResult as_standard(const NodeInputs& node, SchemaInference& schemas, std::string_view op_type,
                                     const std::vector<const TensorInfo*>& operands, std::int64_t version);

}  // namespace costscan
