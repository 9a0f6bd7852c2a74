// What a graph costs: work as written, and the predicted time as written and as the runtime would execute it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costs/cost_library.hpp"
#include "model/analysis.hpp"
#include "model/optimization.hpp"
#include "model/result.hpp"
#include "predict/calibration.hpp"
#include "shapes/infer.hpp"

namespace costscan {

/// Prices graphs with one set of cost models and rates. As written each node has its own price, by plain roofline; what
/// the runtime would execute is predicted by this machine's calibration where there is one, else likewise.
class Pricer {
 public:
  /// `machine`: a machine file's name; empty: the calibration of this machine for so many threads, else the generic
  /// machine. Error (usage) for a name that no file has.
  [[nodiscard]] static Result<Pricer> create(const std::string& machine, std::int32_t threads);

  [[nodiscard]] GraphPrice price(const std::shared_ptr<const ShapedModel>& shaped) const;
  /// Predicted time of what ONNX Runtime would execute of the model; nullopt where that cannot be modelled.
  [[nodiscard]] std::optional<double> executed_us(const ShapedModel& shaped) const;
  /// "calibrated rates of this machine", "roofline of the generic machine"
  [[nodiscard]] const std::string& basis() const noexcept { return basis_; }

 private:
  explicit Pricer(CostLibrary library) : library_(std::move(library)) {}
  using Times = std::vector<std::vector<double>>;  ///< by [scope][node]; NaN where there is no cost
  [[nodiscard]] Times roofline(const std::shared_ptr<const ShapedModel>& shaped,
                               const std::vector<std::vector<NodeCost>>& costs) const;
  [[nodiscard]] Times best(const std::shared_ptr<const ShapedModel>& shaped,
                           const std::vector<std::vector<NodeCost>>& costs) const;
  CostLibrary library_;
  MachineRates rates_;
  std::optional<Calibration> calibration_;
  std::string basis_;
};

/// The bindings of `shaped` that `model`, another form of the same graph, still has: for inferring its shapes under
/// the same sizes.
[[nodiscard]] ShapeOptions same_bindings(const Model& model, const ShapedModel& shaped);

}  // namespace costscan
