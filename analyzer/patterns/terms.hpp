// Values read as arithmetic: what a detector of formulas asks of an operand.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patterns/graph_view.hpp"

namespace costscan {

/// Nodes of a match, as they are come across; tidy_nodes() brings them into file order.
using NodeTrail = std::vector<std::int32_t>;

void tidy_nodes(NodeTrail& nodes);

/// A constant of one element, also where Identity or a cast between floating types stands before it.
[[nodiscard]] std::optional<double> scalar_term(const GraphView& view, ValueId value);

/// Whether a constant stands for `expected`, an irrational number that every exporter rounds in its own way: within
/// 1e-4 of it, or within two roundings of a narrow type. Exact numbers (0.5, 1, 2) are compared with ==.
[[nodiscard]] bool is_rounded(double value, double expected, DType dtype) noexcept;

/// source(value), with the transparent nodes on the way added to `trail`.
[[nodiscard]] ValueId traced_source(const GraphView& view, ValueId value, NodeTrail& trail);

/// The same, looking through Reshape, Squeeze, Unsqueeze and Flatten too: another shape of the same elements.
[[nodiscard]] ValueId traced_elements(const GraphView& view, ValueId value, NodeTrail& trail);

/// Readers of the elements of `value`, transparent nodes and views replaced by their readers.
[[nodiscard]] std::vector<ValueUse> element_uses(const GraphView& view, ValueId value);

/// The reader that alone has `value`, transparent nodes looked through, where the value leaves the graph nowhere.
[[nodiscard]] std::optional<ValueUse> sole_canonical_use(const GraphView& view, ValueId value);

/// The operand of a node of two inputs that is not `slot`.
[[nodiscard]] ValueId other_operand(const GraphView& view, const ValueUse& use) noexcept;

/// Whether a value made by `nodes`, other than `results`, is read by a node outside them or leaves the graph.
[[nodiscard]] bool interior_escapes(const GraphView& view, const NodeTrail& nodes,
                                    std::initializer_list<ValueId> results);

}  // namespace costscan
