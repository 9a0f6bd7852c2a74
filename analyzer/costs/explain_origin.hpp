// Where a symbol's number comes from, in words.
#pragma once

#include <optional>
#include <string>

#include "costs/program.hpp"
#include "model/graph.hpp"

namespace costscan {

/// "shape of X, attribute axis (default -1)", "rows, H", "constant".
[[nodiscard]] std::string origin_of(const Expression& expression, const Program& program, const Node* node);

/// A small attribute as text; nullopt for tensors, graphs and what is too long for a line.
[[nodiscard]] std::optional<std::string> attribute_text(const Attribute& attribute);

}  // namespace costscan
