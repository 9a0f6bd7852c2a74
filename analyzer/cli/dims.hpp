// --dim NAME=N, as several commands take it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/result.hpp"

namespace costscan::cli {

using Dims = std::vector<std::pair<std::string, std::int64_t>>;

/// Error (usage): a text that is not NAME=N with a whole number.
[[nodiscard]] Result<Dims> parse_dims(const std::vector<std::string>& texts);

/// Dimensions given once for several models, each of which takes those that it has.
class SharedDims {
 public:
  explicit SharedDims(Dims given) : given_(std::move(given)), used_(given_.size(), false) {}

  /// Those that this model has; one that says how often a trip is made or how long a list is has a name, too. Errors:
  /// those of loading it.
  [[nodiscard]] Result<Dims> of(const std::string& model);

  /// Error (usage) that names one which no model so far had.
  [[nodiscard]] Result<void> check_all_used() const;

 private:
  Dims given_;
  std::vector<bool> used_;
};

}  // namespace costscan::cli
