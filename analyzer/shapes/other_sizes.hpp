// The same model under other sizes of its free dimensions: what tells a fact from a coincidence of the bound sizes.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "model/shaped_model.hpp"

namespace costscan {

/// All free dimensions changed alike, --dim's included. Null where nothing is free or no other sizes fit the graph.
[[nodiscard]] std::shared_ptr<const ShapedModel> under_other_sizes(const ShapedModel& shaped);

/// Which dimensions are changed.
enum class FreeDims {
  all,        ///< those that --dim gives too: the file leaves them open all the same
  not_given,  ///< --dim fixes what it gives: the model is specialised to it
};

struct OtherSizes {
  std::vector<std::shared_ptr<const ShapedModel>> models;  ///< up to as many as were asked for
  bool complete = false;  ///< every free dimension was changed in at least one of them, or nothing is free
};

/// Up to `count` models whose sizes differ from the bound ones and from one another, each dimension changed by an
/// amount of its own where the graph admits that. Dimensions that cannot be changed together are changed one at a time.
[[nodiscard]] OtherSizes several_other_sizes(const ShapedModel& shaped, std::size_t count, FreeDims which);

}  // namespace costscan
