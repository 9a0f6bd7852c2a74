// The constant part of a graph, computed by ONNX Runtime in a child process.
#pragma once

#include "measure/measure.hpp"
#include "passes/pass.hpp"

namespace costscan {

/// Runs the nodes with the runtime of `options`, its own optimiser off.
[[nodiscard]] EvaluateConstants evaluator(const MeasureOptions& options);

}  // namespace costscan
