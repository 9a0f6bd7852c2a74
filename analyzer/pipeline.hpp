// The steps in order: start reading here.
//
//   load_model → infer_shapes → cost_model (→ derive_closed_forms) → measure → attribute → predict → (reports/)
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "measure/measure.hpp"
#include "model/analysis.hpp"
#include "model/result.hpp"
#include "shapes/infer.hpp"

namespace costscan {

enum class Depth { static_only, plan, measured };

struct AnalyzeOptions {
  ShapeOptions shapes;
  Depth depth = Depth::measured;
  MeasureOptions measure;
  std::filesystem::path profile;      ///< --profile: times measured elsewhere, in place of a run
  std::string machine;                ///< a machine file's name; empty: measured roofs, else the generic one
  std::filesystem::path cost_folder;  ///< --costmodels; empty: the built-in models
  bool symbols = false;               ///< keep each node's symbol values (html, json)
  bool leave_one_out = false;         ///< after measuring: the model without each of the runtime's optimisers
  bool model_plan = false;    ///< what the runtime would execute, by costscan's own model of it, also uncalibrated
  bool closed_forms = false;  ///< totals as formulas of the free dimensions: dozens of static analyses
};

/// One model, all steps. Only an unusable model or wrong options fail; a failed measurement is part of the Analysis.
[[nodiscard]] Result<Analysis> analyze(const std::filesystem::path& model, const AnalyzeOptions& options = {});

}  // namespace costscan
