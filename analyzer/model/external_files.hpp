// Files that a model's tensors refer to, at every depth.
#pragma once

#include <filesystem>
#include <vector>

#include "model/graph.hpp"

namespace costscan {

enum class ExternalFiles { all, existing };

/// Each once, in order; all that tensors anywhere in the model refer to, or only those that existed when it was loaded.
[[nodiscard]] std::vector<std::filesystem::path> external_files(const Model& model, ExternalFiles which);

}  // namespace costscan
