// Which weights ONNX Runtime's CPU kernels copy when a session is made (OpKernel::PrePack), and into how much. The
// sizes of float32 matrices are MLAS's own: panels of 16 columns on every x86-64 processor. Those of integer
// and low-bit weights differ between processors, so they are named without a size.
// Each was seen by making sessions of one node under an allocator that counts (bench/memory.py --packing repeats that).
#include <algorithm>
#include <array>
#include <string_view>

#include "model/checked_math.hpp"
#include "predict/memory.hpp"

namespace costscan {
namespace {

constexpr std::int64_t panel = 16;  ///< columns that MLAS's float32 kernels compute side by side

enum class Packing {
  matrix,          ///< [K, N], or [N, K] where `transB` is set
  same_size,       ///< the same elements in another order
  lstm,            ///< [directions, 4 hidden, K]
  gru_input,       ///< [directions, 3 hidden, K]
  gru_recurrent,   ///< [directions, 3 hidden, K], in two parts: two gates, and one
  processors_own,  ///< depends on the processor's instructions
};

struct PackingRule {
  std::string_view domain;
  std::string_view op_type;
  std::size_t input;
  Packing packing;
};

constexpr auto packing_rules = std::to_array<PackingRule>({
    {"", "ConvTranspose", 1, Packing::same_size},
    {"", "Gemm", 1, Packing::matrix},
    {"", "GRU", 1, Packing::gru_input},
    {"", "GRU", 2, Packing::gru_recurrent},
    {"", "LSTM", 1, Packing::lstm},
    {"", "LSTM", 2, Packing::lstm},
    {"", "MatMul", 1, Packing::matrix},
    {"", "MatMulInteger", 1, Packing::processors_own},
    {"", "QLinearConv", 3, Packing::processors_own},
    {"", "QLinearMatMul", 3, Packing::processors_own},
    {"com.microsoft", "Attention", 1, Packing::processors_own},
    {"com.microsoft", "DynamicQuantizeMatMul", 1, Packing::processors_own},
    {"com.microsoft", "FusedGemm", 1, Packing::matrix},
    {"com.microsoft", "FusedMatMul", 1, Packing::matrix},
    {"com.microsoft", "MatMulIntegerToFloat", 1, Packing::processors_own},
    {"com.microsoft", "MatMulNBits", 1, Packing::processors_own},
    {"com.microsoft", "QAttention", 1, Packing::processors_own},
    {"com.microsoft", "QGemm", 3, Packing::processors_own},
});

std::optional<std::int64_t> checked_product(std::initializer_list<std::int64_t> factors) {
  std::optional<std::int64_t> out = 1;
  for (const std::int64_t factor : factors) out = out ? checked_mul(*out, factor) : std::nullopt;
  return out;
}

/// float32 panels of a K x N matrix.
std::optional<std::int64_t> panels(std::int64_t k, std::int64_t n) {
  const auto padded = checked_add(n, panel - 1);
  return padded ? checked_product({k, *padded / panel * panel, 4}) : std::nullopt;
}

std::optional<std::int64_t> recurrent(const Shape& dims, std::initializer_list<std::int64_t> gates_of_parts,
                                      std::int64_t gates) {
  if (dims.size() != 3) return std::nullopt;
  std::optional<std::int64_t> sum = 0;
  for (const std::int64_t part : gates_of_parts) {
    const auto one = panels(dims[2], dims[1] / gates * part);
    const auto all = one ? checked_mul(*one, dims[0]) : std::nullopt;
    sum = sum && all ? checked_add(*sum, *all) : std::nullopt;
  }
  return sum;
}

std::optional<std::int64_t> packed_size(const Node& node, const Tensor& weight, Packing packing, std::int64_t stored) {
  switch (packing) {
    case Packing::matrix: {
      const bool turned = int_attribute(node, "transB").value_or(0) != 0;
      return turned ? panels(weight.dims[1], weight.dims[0]) : panels(weight.dims[0], weight.dims[1]);
    }
    case Packing::same_size: return stored;
    case Packing::lstm: return recurrent(weight.dims, {4}, 4);
    case Packing::gru_input: return recurrent(weight.dims, {3}, 3);
    case Packing::gru_recurrent: return recurrent(weight.dims, {2, 1}, 3);
    case Packing::processors_own: break;
  }
  return std::nullopt;
}

/// The runtime packs matrices of two dimensions only, and float kernels of 32 bits only.
bool is_packed(const Tensor& weight, Packing packing) {
  if (packing == Packing::processors_own) return true;
  return weight.dtype == DType::float32 && (packing != Packing::matrix || weight.dims.size() == 2);
}

}  // namespace

std::vector<PackedWeight> packed_weights(const Scope& scope) {
  const Graph& graph = *scope.graph;
  std::vector<PackedWeight> packed;
  for (const Node& node : graph.nodes) {
    for (const PackingRule& rule : packing_rules) {
      if (rule.op_type != node.op_type || rule.domain != node.domain || rule.input >= node.inputs.size()) continue;
      const ValueId id = node.inputs[rule.input];
      if (id == no_value) continue;
      const Value& value = graph.values[static_cast<std::size_t>(id)];
      const auto index = static_cast<std::size_t>(value.initializer);
      if (value.initializer < 0 || index >= graph.initializers.size()) continue;
      const Tensor& weight = graph.initializers[index];
      const auto stored = packed_bytes(element_count(weight), weight.dtype);
      if (!stored || !is_packed(weight, rule.packing)) continue;
      packed.push_back({.name = value.name,
                        .node = node.name,
                        .stored_bytes = *stored,
                        .packed_bytes = packed_size(node, weight, rule.packing, *stored)});
    }
  }
  return packed;
}

}  // namespace costscan
