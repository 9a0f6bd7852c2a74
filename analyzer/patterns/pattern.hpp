// What a detector returns, and the table of detectors. One file each; patterns.cpp registers them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// One place where a pattern stands: nodes in file order, the tensors that it is a function of (by role: "x", "gamma",
/// "q", ...) with its result ("y"), and its parameters ("epsilon", "heads", "form").
struct PatternMatch {
  std::string_view pattern;  ///< name of the detector
  std::string variant;       ///< "op", "erf", "tanh", "with_gamma", ...; empty where there is but one
  std::vector<std::int32_t> nodes;
  std::vector<std::pair<std::string_view, ValueId>> tensors;
  std::vector<std::pair<std::string_view, double>> numbers;

  [[nodiscard]] ValueId tensor(std::string_view role) const noexcept;  ///< no_value where the match has none
  [[nodiscard]] std::optional<double> number(std::string_view name) const noexcept;
};

struct Pattern {
  std::string_view name;     ///< as `costscan list patterns` prints it
  std::string_view summary;  ///< one line
  std::vector<PatternMatch> (*find)(const GraphView&);
};

/// Every detector, in the order in which they are listed.
[[nodiscard]] std::span<const Pattern> patterns() noexcept;
[[nodiscard]] const Pattern* find_pattern(std::string_view name) noexcept;

}  // namespace costscan
