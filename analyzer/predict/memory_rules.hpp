// Which operators lay an output into an input's memory. Facts about ONNX Runtime's CPU kernels and about ONNX.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/graph.hpp"

namespace costscan {

enum class Sharing {
  alias,     ///< always: the output is the input under another shape
  in_place,  ///< where the input is read for the last time and has the output's size
};

struct SharingRule {
  std::string_view domain;
  std::string_view op_type;
  std::size_t input;
  std::size_t output;
  Sharing sharing;
  bool float32_only = false;  ///< the kernels of other types do not
};

/// What the CPU kernels of ONNX Runtime 1.31 declare (KernelDefBuilder's Alias and MayInplace).
[[nodiscard]] std::span<const SharingRule> sharing_rules() noexcept;

/// Of these, those of one operator; in the order in which the runtime tries them.
[[nodiscard]] std::span<const SharingRule> sharing_rules(std::string_view domain, std::string_view op_type) noexcept;

/// Ops whose first output is the first input under another shape or type, so that a view needs no memory of its own:
/// the cost models' views, as far as tensors go.
[[nodiscard]] bool is_memory_view(const Node& node) noexcept;

}  // namespace costscan
