// What rate_features reads of one node: shapes, types and constants, without the graph's indirections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "predict/rate_features.hpp"

namespace costscan {

/// The runtime's own domain for nodes over blocked channels.
inline constexpr std::string_view nchwc_domain = "com.microsoft.nchwc";

struct FeatureOperand {
  bool present = false;  ///< false for an omitted optional
  bool constant = false;
  DType dtype = DType::undefined;
  Shape shape;
  double elements = 0;
  double bytes = 0;
  const KnownValue* value = nullptr;  ///< contents of a small tensor, where known
};

struct FeatureNode {
  const Node* node = nullptr;
  std::int64_t opset = 0;      ///< of the node's domain
  bool blocked_input = false;  ///< the first input comes from a node of blocked layout
  std::vector<FeatureOperand> inputs;
  std::vector<FeatureOperand> outputs;

  /// The operand, or an absent one beyond the end.
  [[nodiscard]] const FeatureOperand& in(std::size_t i) const noexcept;
  [[nodiscard]] const FeatureOperand& out(std::size_t i) const noexcept;
  [[nodiscard]] bool is(std::string_view op) const noexcept { return node->op_type == op; }
  [[nodiscard]] std::int64_t attribute(std::string_view name, std::int64_t otherwise) const noexcept;
  /// The attribute `axis`, from the front, for a tensor of this rank.
  [[nodiscard]] std::size_t axis(std::int64_t otherwise, std::size_t rank) const noexcept;
};

/// nullopt where the shape of a present tensor operand is unknown.
[[nodiscard]] std::optional<FeatureNode> feature_node(const Scope& scope, std::size_t node);

/// Product of dims[first, last); 1 for none. In doubles: rates need no exactness, and nothing can overflow.
[[nodiscard]] double product(const Shape& dims, std::size_t first, std::size_t last) noexcept;
[[nodiscard]] inline double product(const Shape& dims, std::size_t first = 0) noexcept {
  return product(dims, first, dims.size());
}

/// Bytes of one element; 0 for strings.
[[nodiscard]] double element_bytes(DType dtype) noexcept;

/// ":float16" for a type that the class's rates were not taken with; "" for `usual`.
[[nodiscard]] std::string type_suffix(DType dtype, DType usual = DType::float32);

/// Features with the bytes of all operands filled in and the first output's elements; class and work are the caller's.
[[nodiscard]] RateFeatures basic_features(const FeatureNode& node);

/// A class whose work is the bytes of all its operands.
[[nodiscard]] RateFeatures streaming_features(const FeatureNode& node, std::string rate_class,
                                              std::vector<double> coords);

// One group of ops each; nullopt where the node is not of the group.
[[nodiscard]] std::optional<RateFeatures> product_features(const FeatureNode& node);      // products of matrices
[[nodiscard]] std::optional<RateFeatures> window_features(const FeatureNode& node);       // convolutions and pools
[[nodiscard]] std::optional<RateFeatures> sequence_features(const FeatureNode& node);     // attention and recurrence
[[nodiscard]] std::optional<RateFeatures> elementwise_features(const FeatureNode& node);  // with and without broadcast
[[nodiscard]] std::optional<RateFeatures> row_features(const FeatureNode& node);          // along an axis
[[nodiscard]] std::optional<RateFeatures> movement_features(const FeatureNode& node);     // copies and views

}  // namespace costscan
