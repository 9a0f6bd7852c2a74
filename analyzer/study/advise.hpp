// Advice for one model: passes tried one after the other on what the runtime would execute, and measured on request.
#pragma once

#include <filesystem>

#include "model/result.hpp"
#include "pipeline.hpp"
#include "study/advice.hpp"

namespace costscan {

struct AdviseOptions {
  ShapeOptions shapes;
  std::string machine;       ///< whose rates, and the target of lowerings; empty: this machine
  MeasureOptions measure;    ///< of the runtime that folds constants and measures
  bool static_only = false;  ///< no runtime: only what costscan computes itself is folded
  bool measured = false;     ///< run the model and what the advice makes of it in turn
};

/// Errors: those of load_model and infer_shapes; (usage) an unknown machine. A measurement that fails is part of the
/// advice.
[[nodiscard]] Result<Advice> advise(const std::filesystem::path& model, const AdviseOptions& options = {});

}  // namespace costscan
