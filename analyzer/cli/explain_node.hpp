// A node of a model by what people call it.
#pragma once

#include <string>

#include "model/result.hpp"
#include "model/shaped_model.hpp"

namespace costscan::cli {

struct NodePlace {
  ScopeId scope = 0;
  std::size_t node = 0;  ///< into the scope's graph->nodes
};

/// By name, "#INDEX" (file order), "SUBGRAPH/NAME", "SUBGRAPH/#INDEX", or the name of an output, in this order. Error
/// (usage) with near names where there is none, and with the ways to say which where there are several.
[[nodiscard]] Result<NodePlace> find_node(const ShapedModel& shaped, const std::string& wanted);

}  // namespace costscan::cli
