// Free dimensions of two models, bound so that both get inputs of the same sizes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/graph.hpp"
#include "model/result.hpp"

namespace costscan {

using DimList = std::vector<std::pair<std::string, std::int64_t>>;

struct SharedDims {
  DimList a;
  DimList b;
  std::vector<std::string> notes;  ///< what was bound in one model because the other has that size
};

/// `given` goes to each model that has the name. A dimension that would else get a default gets the size that the same
/// input (by name, else by place) has in the other model: a fixed size first, else A's. Error (usage) for a name that
/// neither model has.
[[nodiscard]] Result<SharedDims> share_dims(const Model& a, const Model& b, const DimList& given);

}  // namespace costscan
