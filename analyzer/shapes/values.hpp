// Contents of small tensors, carried through the operators that shape arithmetic is made of.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/graph.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// Larger tensors hold data, not shapes; their contents are not followed.
inline constexpr std::int64_t max_known_elements = 4096;
/// Floating constants beyond this are weights: scales, sizes and regions of interest are shorter.
inline constexpr std::int64_t max_known_floats = 1024;

using KnownPtr = std::shared_ptr<const KnownValue>;

/// Contents of a constant that lies in memory and is small; null otherwise.
[[nodiscard]] KnownPtr known_value(const Tensor& tensor);

[[nodiscard]] KnownPtr known_ints(DType dtype, Shape dims, std::vector<std::int64_t> values);

/// One node as the rules see it. `inputs[i]` is null for an omitted optional.
struct NodeInputs {
  const Node& node;
  std::int64_t version = 0;  ///< imported opset version of the node's domain
  std::span<const TensorInfo* const> inputs;

  [[nodiscard]] const TensorInfo* input(std::size_t index) const noexcept {
    return index < inputs.size() ? inputs[index] : nullptr;
  }
  [[nodiscard]] const KnownValue* contents(std::size_t index) const noexcept {
    const TensorInfo* info = input(index);
    return info != nullptr ? info->value.get() : nullptr;
  }
};

/// Fills `value` of outputs whose contents follow from known contents or from shapes. The outputs' dtypes and shapes
/// are already inferred; contents that cannot be followed stay null.
void propagate_values(const NodeInputs& node, std::span<TensorInfo> outputs);

/// The integers behind `contents` where it has them and is no bound; nullopt otherwise.
[[nodiscard]] std::optional<std::int64_t> scalar_int(const KnownValue* contents) noexcept;

}  // namespace costscan
