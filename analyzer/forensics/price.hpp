// What the removal of nodes saves, by the analysis's own figures.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "forensics/scene.hpp"
#include "model/analysis.hpp"
#include "model/forensics.hpp"

namespace costscan {

/// Prices the nodes of one graph instance. Holds references: analysis and view outlive it.
class FindingPricer {
 public:
  /// `written_us`: predicted times of `analysis.nodes` as they are written; the rows' own predicted_us are the shares
  /// of what the runtime would execute, where `analysis.executed` is known.
  FindingPricer(const Analysis& analysis, const std::vector<std::optional<double>>& written_us, const GraphView& view,
                ScopeId scope);

  [[nodiscard]] Savings price(const Site& site) const;
  /// Of all sites together: a node that several of them remove is counted once.
  [[nodiscard]] Savings price_together(const Sites& sites) const;
  /// The row of a node; nullptr where the analysis has none.
  [[nodiscard]] const NodeRow* row(std::int32_t node) const noexcept;

 private:
  [[nodiscard]] std::optional<std::int64_t> moved_bytes(const std::vector<std::int32_t>& nodes) const;
  [[nodiscard]] Savings vanished(const std::vector<std::int32_t>& nodes) const;
  [[nodiscard]] std::optional<double> vanished_runtime_us(const std::vector<std::int32_t>& nodes) const;
  [[nodiscard]] Savings fused(const std::vector<std::int32_t>& nodes) const;
  [[nodiscard]] std::optional<double> fused_runtime_us(const std::vector<std::int32_t>& nodes,
                                                       std::optional<double> traffic_us) const;
  [[nodiscard]] std::optional<std::int64_t> boundary_bytes(const std::vector<std::int32_t>& nodes) const;
  [[nodiscard]] std::optional<std::int64_t> bytes_of(ValueId value) const;

  const Analysis& analysis_;
  const std::vector<std::optional<double>>& written_us_;
  const GraphView& view_;
  std::vector<std::int32_t> row_of_;  ///< by node; -1: none
};

}  // namespace costscan
