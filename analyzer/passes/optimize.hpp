// The runner of passes: order, timing, checks after each, to a fixed point.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/optimization.hpp"
#include "model/result.hpp"
#include "model/shaped_model.hpp"
#include "passes/pass.hpp"
#include "passes/price.hpp"
#include "shapes/infer.hpp"

namespace costscan {

struct OptimizeOptions {
  std::vector<const Pass*> passes;  ///< choose_passes()
  ShapeOptions shapes;
  bool specialize = false;  ///< write the dimensions that `shapes` gives as numbers: only then may a pass rely on them
  bool fix_defaults = false;  ///< initializers that are inputs, too, become constants and leave the inputs
  bool runtime_ops = false;   ///< passes may use operators of ONNX Runtime's own: then no other runtime runs the model
  bool only_if_faster = false;  ///< keep what the predicted time of the executed graph gains by
  std::string machine;          ///< what to predict for, and the target of lowerings; empty: this machine, unspecified
  std::int32_t threads = 1;
  double growth = 2;
  EvaluateConstants evaluate;  ///< runs the constant part; empty: only what costscan computes itself is folded
  std::function<void(const std::string&)> progress;
};

struct OptimizeResult {
  std::shared_ptr<const Model> model;         ///< the optimised one; `before` itself where nothing changed
  std::shared_ptr<const Model> original;      ///< as read from the file
  std::shared_ptr<const ShapedModel> shaped;  ///< of `model`
  GraphPrice before;
  GraphPrice after;
  std::string price_basis;
  std::vector<OptimizedPass> passes;  ///< in the order in which they ran
  std::int32_t rounds = 0;
  bool specialized = false;
  std::vector<std::string> warnings;
  std::vector<std::string> defects;  ///< changes that were dropped because the check after their pass failed
};

/// Names as the command takes them: passes, "default", "all", "none"; minus `without`. In the order of the table.
/// Error (usage) for a name that is none, naming those that there are.
[[nodiscard]] Result<std::vector<const Pass*>> choose_passes(const std::vector<std::string>& names,
                                                             const std::vector<std::string>& without);

/// The passes so that each comes after those it names, in the given order wherever that is possible. Error (defect): a
/// cycle.
[[nodiscard]] Result<std::vector<const Pass*>> order_passes(std::vector<const Pass*> passes);

/// Runs the passes until none finds anything to change. After each change the graph has to be well-formed and sorted,
/// and shape inference, under the bound and all tried sizes, has to give every surviving tensor the type and shape that
/// it had; what fails that is dropped and stands among the defects. Errors: those of infer_shapes for `model`.
[[nodiscard]] Result<OptimizeResult> optimize_model(std::shared_ptr<const Model> model, const OptimizeOptions& options);

}  // namespace costscan
