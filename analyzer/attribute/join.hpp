// Executed node → the original rows that it computes.
#pragma once

#include <string>
#include <vector>

#include "attribute/executed.hpp"
#include "attribute/lineage.hpp"

namespace costscan {

struct Join {
  std::vector<std::int32_t> rows;  ///< indices into Analysis::nodes; empty where nothing was found
  std::string how;                 ///< "output name", "region of 5 nodes", "not joined: ..."
  std::string fusion = {};         ///< what the runtime calls the fusion; empty where it fused nothing
};

/// One Join per executed node, in the order of Measurement::nodes. Needs analysis.shaped, .nodes and .measurement.
[[nodiscard]] std::vector<Join> join_executed_nodes(const Analysis& analysis);

/// One Join per node of `executed`, which the runtime made of the graph that `lineage` describes; not of its bodies.
class GraphJoin {
 public:
  GraphJoin(const Lineage& lineage, const Graph& executed);

  [[nodiscard]] const std::vector<Join>& joins() const noexcept { return joins_; }

  /// The original unit that this executed control-flow node is; nullptr where it is none.
  [[nodiscard]] const Unit* control_flow_unit(std::int32_t node) const;

 private:
  std::vector<Join> joins_;
  std::vector<std::int32_t> direct_;  ///< by executed node: the unit that it is as it was, or -1
  const Lineage& lineage_;
};

}  // namespace costscan
