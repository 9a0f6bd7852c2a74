// What an operator is for, as far as shares of work are concerned, and which operands of a product are data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "model/analysis.hpp"

namespace costscan {

enum class OpClass {
  conv,
  matmul,
  attention,
  recurrent,
  norm,
  pooling,
  elementwise,
  movement,
  embedding,
  other,
};

[[nodiscard]] std::span<const OpClass> op_classes() noexcept;
[[nodiscard]] std::string_view to_string(OpClass op_class) noexcept;
[[nodiscard]] std::string_view op_class_summary(OpClass op_class) noexcept;

enum class ProductKind { none, conv, transposed_conv, matmul, attention };

[[nodiscard]] ProductKind product_kind(const NodeRow& row) noexcept;

/// The slots of a product's two data operands: X and W, A and B. Quantised operators have scales between.
[[nodiscard]] std::pair<std::size_t, std::size_t> product_slots(std::string_view op_type) noexcept;

/// The shape of an operand; nullptr where it is absent or not known.
[[nodiscard]] const Shape* operand_shape(const NodeRow& row, std::size_t slot) noexcept;
[[nodiscard]] bool operand_constant(const NodeRow& row, std::size_t slot) noexcept;

/// A matrix product of which neither operand is a weight.
[[nodiscard]] bool is_activation_product(const NodeRow& row) noexcept;

[[nodiscard]] OpClass op_class(const NodeRow& row) noexcept;

}  // namespace costscan
