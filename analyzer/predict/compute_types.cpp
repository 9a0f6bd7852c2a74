// Which of a machine's rates a node's arithmetic runs at.
#include <algorithm>
#include <array>
#include <utility>

#include "predict/machines.hpp"

namespace costscan {
namespace {

/// Types that the same units compute on, as documented rates name only one of them.
DType rated_as(DType dtype) noexcept {
  static constexpr std::array<std::pair<DType, DType>, 6> same = {{{DType::uint8, DType::int8},
                                                                   {DType::uint4, DType::int4},
                                                                   {DType::uint2, DType::int2},
                                                                   {DType::float8e4m3fnuz, DType::float8e4m3fn},
                                                                   {DType::float8e5m2, DType::float8e4m3fn},
                                                                   {DType::float8e5m2fnuz, DType::float8e4m3fn}}};
  const auto* found = std::ranges::find(same, dtype, &std::pair<DType, DType>::first);
  return found == same.end() ? dtype : found->second;
}

std::vector<DType> dtypes_of(const std::vector<TensorColumn>& tensors) {
  std::vector<DType> out;
  out.reserve(tensors.size());
  for (const TensorColumn& tensor : tensors) out.push_back(tensor.present ? tensor.dtype : DType::undefined);
  return out;
}

std::vector<DType> dtypes_of(const Scope& scope, const std::vector<ValueId>& values) {
  std::vector<DType> out;
  for (const ValueId id : values) {
    if (id != no_value) out.push_back(scope.tensors[static_cast<std::size_t>(id)].dtype);
  }
  return out;
}

}  // namespace

double operations_per_second(const MachineRates& rates, DType dtype) noexcept {
  const auto found = std::ranges::find(rates.type_rates, rated_as(dtype), &TypeRate::dtype);
  return found == rates.type_rates.end() ? rates.flops_per_second : found->operations_per_second;
}

ComputeTypes compute_types(const std::vector<DType>& inputs, const std::vector<DType>& outputs) noexcept {
  ComputeTypes types;
  for (const auto* side : {&outputs, &inputs}) {
    if (const auto found = std::ranges::find_if(*side, is_floating); found != side->end()) {
      types.floating = *found;
      break;
    }
  }
  if (const auto found = std::ranges::find_if(inputs, is_integer); found != inputs.end()) types.integer = *found;
  return types;
}

ComputeTypes compute_types(const NodeRow& row) { return compute_types(dtypes_of(row.inputs), dtypes_of(row.outputs)); }

ComputeTypes compute_types(const Analysis& analysis, std::size_t runtime_index) {
  if (runtime_index >= analysis.measurement.nodes.size()) return {};
  const RuntimeNode& executed = analysis.measurement.nodes[runtime_index];
  if (analysis.executed && executed.optimized_node >= 0) {
    const Scope& scope = analysis.executed->scopes.front();
    const Node& node = scope.graph->nodes[static_cast<std::size_t>(executed.optimized_node)];
    return compute_types(dtypes_of(scope, node.inputs), dtypes_of(scope, node.outputs));
  }
  return compute_types({}, executed.output_dtypes);
}

double compute_seconds(const Work& work, const MachineRates& rates, const ComputeTypes& types) noexcept {
  return static_cast<double>(work.flops) / operations_per_second(rates, types.floating) +
         static_cast<double>(work.int_ops) / operations_per_second(rates, types.integer);
}

}  // namespace costscan
