// Permutations and broadcasts: small facts about shapes that several findings ask for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan::forensics {

using Permutation = std::vector<std::int64_t>;

/// Of a Transpose; axes reversed where the file states none. nullopt where the rank is unknown, or perm is none.
[[nodiscard]] std::optional<Permutation> permutation(const GraphView& view, std::int32_t transpose);
[[nodiscard]] bool is_identity(const Permutation& perm) noexcept;
/// `first`, then `second`.
[[nodiscard]] std::optional<Permutation> composed(const Permutation& first, const Permutation& second);
/// "0,2,1".
[[nodiscard]] std::string perm_text(const Permutation& perm);
/// "0.125", "1.702": four significant digits.
[[nodiscard]] std::string number_text(double value);
/// Whether the axes of `value` that are longer than 1 keep their order under the permutation.
[[nodiscard]] Holds moves_only_size1(const GraphView& view, ValueId value, const Permutation& perm);
/// Numpy's broadcast of all; nullopt where they do not fit.
[[nodiscard]] std::optional<Shape> broadcast_shape(std::span<const Shape> shapes);
/// Under the bound dimensions (0) or under the view's other sizes (from 1); null where it is unknown or contents
/// decide.
[[nodiscard]] const Shape* shape_in(const GraphView& view, ValueId value, std::size_t binding) noexcept;
/// Small integers under the bound dimensions, constant or by shape arithmetic; nullopt where they are not known.
[[nodiscard]] std::optional<std::vector<std::int64_t>> bound_integers(const GraphView& view, ValueId value);

}  // namespace costscan::forensics
