#include "predict/memory_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace costscan {
namespace {

// Found by running every operator of ONNX's backend tests and of tests/vectors alone, between copies, with an allocator
// that sees which buffer an output lies in (bench/memory.py --sharing repeats that); agrees with the kernels'
// registrations in onnxruntime/core/providers/cpu and contrib_ops/cpu. Arithmetic (Add, Mul, Erf, ...) writes
// elsewhere. Sorted by domain and operator; the rules of one operator in the order of its registration.
constexpr auto sharing_table = std::to_array<SharingRule>({
    {"", "BitCast", 0, 0, Sharing::in_place},
    {"", "Cast", 0, 0, Sharing::in_place},
    {"", "Clip", 0, 0, Sharing::in_place},
    {"", "Elu", 0, 0, Sharing::in_place},
    {"", "Flatten", 0, 0, Sharing::alias},
    {"", "HardSigmoid", 0, 0, Sharing::in_place},
    {"", "Identity", 0, 0, Sharing::alias},
    {"", "LeakyRelu", 0, 0, Sharing::in_place},
    {"", "LogSoftmax", 0, 0, Sharing::in_place, true},
    {"", "Relu", 0, 0, Sharing::in_place},
    {"", "Reshape", 0, 0, Sharing::alias},
    {"", "Scatter", 0, 0, Sharing::in_place},
    {"", "ScatterElements", 0, 0, Sharing::in_place},
    {"", "Selu", 0, 0, Sharing::in_place},
    {"", "Shrink", 0, 0, Sharing::in_place},
    {"", "Sigmoid", 0, 0, Sharing::in_place},
    {"", "Softmax", 0, 0, Sharing::in_place, true},
    {"", "Softplus", 0, 0, Sharing::in_place},
    {"", "Softsign", 0, 0, Sharing::in_place},
    {"", "Squeeze", 0, 0, Sharing::alias},
    {"", "Tanh", 0, 0, Sharing::in_place},
    {"", "TensorScatter", 0, 0, Sharing::in_place},
    {"", "ThresholdedRelu", 0, 0, Sharing::in_place},
    {"", "Trilu", 0, 0, Sharing::in_place},
    {"", "Unsqueeze", 0, 0, Sharing::alias},
    {"ai.onnx.ml", "TreeEnsemble", 0, 0, Sharing::in_place},
    {"com.microsoft", "ExpandDims", 0, 0, Sharing::alias},
    {"com.microsoft", "FusedConv", 3, 0, Sharing::in_place},
    {"com.microsoft", "MoE", 0, 0, Sharing::in_place},
    {"com.microsoft", "SampleOp", 0, 0, Sharing::in_place},
    {"com.microsoft", "Trilu", 0, 0, Sharing::in_place},
    {"com.microsoft.nchwc", "Conv", 3, 0, Sharing::in_place},
});

using Key = std::pair<std::string_view, std::string_view>;

constexpr Key key_of(const SharingRule& rule) { return {rule.domain, rule.op_type}; }

static_assert(std::ranges::is_sorted(sharing_table, {}, key_of));

}  // namespace

std::span<const SharingRule> sharing_rules() noexcept { return sharing_table; }

std::span<const SharingRule> sharing_rules(std::string_view domain, std::string_view op_type) noexcept {
  const auto found = std::ranges::equal_range(sharing_table, Key{domain, op_type}, {}, key_of);
  return {found.begin(), found.end()};
}

bool is_memory_view(const Node& node) noexcept {
  constexpr std::array<std::string_view, 6> views = {"Reshape",   "Flatten",  "Squeeze",
                                                     "Unsqueeze", "Identity", "BitCast"};
  const auto given = [](const std::vector<ValueId>& ids, std::size_t i) {
    return i < ids.size() && ids[i] != no_value;
  };
  if (!given(node.inputs, 0) || !given(node.outputs, 0)) return false;
  if (node.domain == "com.microsoft") return node.op_type == "ExpandDims";
  if (!node.domain.empty()) return false;
  if (node.op_type == "Dropout") return !given(node.inputs, 2) && !given(node.outputs, 1);  // neither training nor mask
  return std::ranges::find(views, node.op_type) != views.end();
}

}  // namespace costscan
