// Which operators ONNX Runtime's CPU provider has a float16 kernel for; all others run in float32 between casts.
#pragma once

#include "plan/plan_graph.hpp"

namespace costscan::plan {

/// False where an input is float16 and the CPU provider has no kernel for that.
[[nodiscard]] bool runs_on_cpu(const PlanGraph& graph, const Node& node);

}  // namespace costscan::plan
