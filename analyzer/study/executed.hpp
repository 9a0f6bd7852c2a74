// What the runtime would execute of a model, node by node with predicted times, and how two such lists differ.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "costs/cost_library.hpp"
#include "model/analysis.hpp"
#include "model/result.hpp"
#include "plan/plan.hpp"
#include "predict/calibration.hpp"
#include "study/advice.hpp"

namespace costscan {

struct ExecutedNode {
  std::string signature;  ///< operator, types and shapes: equal ones take equally long
  std::string op_type;
  std::string error_class;  ///< nodes of one class err together in part
  double us = 0;
  double deviation = 0;  ///< of the logarithm of `us`
};

/// Predicts with this machine's calibration where there is one, else by a plain roofline.
class ExecutedModel {
 public:
  /// `machine`: a machine file's name; empty: this machine. `level`: of the runtime's optimiser, whose work a pass does
  /// not gain again. Error (usage) for a name that no file has.
  [[nodiscard]] static Result<ExecutedModel> create(const std::string& machine, std::int32_t threads,
                                                    PlanLevel level = PlanLevel::all);

  /// nullopt where the plan cannot be modelled or a node has no prediction.
  [[nodiscard]] std::optional<std::vector<ExecutedNode>> nodes(const ShapedModel& shaped) const;
  [[nodiscard]] const std::string& basis() const noexcept { return basis_; }
  [[nodiscard]] const std::string& machine() const noexcept { return machine_; }

 private:
  explicit ExecutedModel(CostLibrary library) : library_(std::move(library)) {}

  CostLibrary library_;
  MachineRates rates_;
  std::optional<Calibration> calibration_;
  PlanLevel level_ = PlanLevel::all;
  std::string basis_;
  std::string machine_;
};

/// What one operator has more or less of.
struct OperatorChange {
  std::int64_t nodes = 0;  ///< above 0: more
  double us = 0;
};

struct ExecutedChange {
  Gain gain;
  std::map<std::string, OperatorChange> operators;  ///< those that changed
};

[[nodiscard]] double total_us(const std::vector<ExecutedNode>& nodes);

/// Nodes that both have cancel: only what differs can be mispredicted.
[[nodiscard]] ExecutedChange change_between(const std::vector<ExecutedNode>& before,
                                            const std::vector<ExecutedNode>& after);

/// "24 Transpose fewer (−310 µs), 2 Gemm more (+40 µs)"; "the same nodes".
[[nodiscard]] std::string words_for(const ExecutedChange& change);

}  // namespace costscan
