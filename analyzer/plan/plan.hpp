// What ONNX Runtime's CPU optimiser makes of a graph, without the runtime: costscan's own model of its transformers.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "model/result.hpp"
#include "model/shaped_model.hpp"

namespace costscan {

/// The runtime's GraphOptimizationLevel: each includes the ones before it.
enum class PlanLevel { disabled, basic, extended, all };

struct PlanOptions {
  PlanLevel level = PlanLevel::all;
  /// Channels of one block of the blocked layout (MLAS): 16 with AVX-512F, 8 with AVX2 or NEON, 0 where there is none.
  std::int64_t nchwc_block = 8;
};

/// "disabled", "basic", "extended", "all"; anything else is `all`, as in measure/session.cpp.
[[nodiscard]] PlanLevel plan_level(std::string_view name) noexcept;

/// Block size of the blocked layout on the processor that runs this.
[[nodiscard]] std::int64_t native_nchwc_block() noexcept;

/// The graph that ONNX Runtime 1.31's CPU provider would execute: nodes in its order, outputs named as there wherever
/// it keeps names, every tensor with its concrete type declared. Reads no weights beyond small constants in memory.
/// Fails (defect) where a transformer leaves a graph that is not sorted.
[[nodiscard]] Result<std::shared_ptr<const Model>> plan_execution(const ShapedModel& shaped,
                                                                  const PlanOptions& options = {});

}  // namespace costscan
