#include "passes/facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "passes/graph_names.hpp"

namespace costscan {
namespace {

constexpr std::array<std::string_view, 6> random_ops{"RandomNormal",      "RandomUniform", "RandomNormalLike",
                                                     "RandomUniformLike", "Multinomial",   "Bernoulli"};

constexpr auto elementwise_ops = std::to_array<std::string_view>({"Abs",
                                                                  "Acos",
                                                                  "Acosh",
                                                                  "Add",
                                                                  "And",
                                                                  "Asin",
                                                                  "Asinh",
                                                                  "Atan",
                                                                  "Atanh",
                                                                  "BitShift",
                                                                  "BitwiseAnd",
                                                                  "BitwiseNot",
                                                                  "BitwiseOr",
                                                                  "BitwiseXor",
                                                                  "Cast",
                                                                  "Ceil",
                                                                  "Celu",
                                                                  "Clip",
                                                                  "Cos",
                                                                  "Cosh",
                                                                  "Div",
                                                                  "Elu",
                                                                  "Equal",
                                                                  "Erf",
                                                                  "Exp",
                                                                  "Floor",
                                                                  "Gelu",
                                                                  "Greater",
                                                                  "GreaterOrEqual",
                                                                  "HardSigmoid",
                                                                  "HardSwish",
                                                                  "IsInf",
                                                                  "IsNaN",
                                                                  "LeakyRelu",
                                                                  "Less",
                                                                  "LessOrEqual",
                                                                  "Log",
                                                                  "Max",
                                                                  "Mean",
                                                                  "Min",
                                                                  "Mish",
                                                                  "Mod",
                                                                  "Mul",
                                                                  "Neg",
                                                                  "Not",
                                                                  "Or",
                                                                  "PRelu",
                                                                  "Pow",
                                                                  "Reciprocal",
                                                                  "Relu",
                                                                  "Round",
                                                                  "Selu",
                                                                  "Shrink",
                                                                  "Sigmoid",
                                                                  "Sign",
                                                                  "Sin",
                                                                  "Sinh",
                                                                  "Softplus",
                                                                  "Softsign",
                                                                  "Sqrt",
                                                                  "Sub",
                                                                  "Sum",
                                                                  "Swish",
                                                                  "Tan",
                                                                  "Tanh",
                                                                  "ThresholdedRelu",
                                                                  "Where",
                                                                  "Xor",
                                                                  "Identity",
                                                                  "BitCast"});

bool equal_everywhere(const std::vector<Shape>& shapes, std::size_t axis) {
  return std::ranges::all_of(shapes, [&](const Shape& shape) { return shape[axis] == shapes.front()[axis]; });
}

}  // namespace

bool draws_at_random(const Node& node) noexcept { return is_any_op(node, random_ops); }

bool has_subgraph(const Node& node) noexcept {
  bool found = false;
  for_each_subgraph(node, [&](const Graph&) { found = true; });
  return found;
}

SteadyInts steady_ints(const GraphView& view, ValueId value) {
  auto all = view.ints_by_binding(value);
  if (all.empty()) return {};
  SteadyInts found{all.front(), Holds::no};
  found.holds = view.is_constant(value)
                    ? Holds::every_binding
                    : holds_by_binding(view, all.size(), [&](std::size_t i) { return all[i] == all.front(); });
  return found;
}

ReshapeOperand reshape_operand(const GraphView& view, ValueId from, ValueId to) {
  const std::vector<Shape> sources = view.shapes_by_binding(from);
  const std::vector<Shape> targets = view.shapes_by_binding(to);
  if (sources.empty() || sources.size() != targets.size()) return {};
  const std::size_t rank = targets.front().size();
  const auto has_rank = [](std::size_t wanted) { return [wanted](const Shape& s) { return s.size() == wanted; }; };
  if (!std::ranges::all_of(targets, has_rank(rank)) ||
      !std::ranges::all_of(sources, has_rank(sources.front().size()))) {
    return {};
  }
  ReshapeOperand operand{{}, view.complete() ? Holds::every_binding : Holds::this_binding};
  bool inferred = false;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t extent = targets.front()[axis];
    if (equal_everywhere(targets, axis) && extent != 0) {
      operand.dims.push_back(extent);
      continue;
    }
    bool copied = axis < sources.front().size();
    for (std::size_t i = 0; copied && i < targets.size(); ++i) copied = sources[i][axis] == targets[i][axis];
    if (!copied && inferred) return {};
    operand.dims.push_back(copied ? 0 : -1);
    inferred = inferred || !copied;
  }
  // An extent of 0 among the copied ones leaves -1 undefined.
  const bool empty = std::ranges::any_of(targets, [](const Shape& s) { return std::ranges::count(s, 0) > 0; });
  if (inferred && empty) return {};
  return operand;
}

std::optional<std::vector<std::int64_t>> axes_of(const GraphView& view, std::int32_t node) {
  if (const auto* stated = ints_attribute(view.node(node), "axes")) return *stated;
  return view.ints(view.input(node, 1));
}

std::optional<std::vector<std::int64_t>> permutation_of(const GraphView& view, std::int32_t node) {
  const std::int64_t rank = view.rank(view.input(node, 0));
  if (const auto* stated = ints_attribute(view.node(node), "perm")) {
    // The loader does not check permutations.
    std::vector<std::int64_t> sorted = *stated;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (sorted[i] != static_cast<std::int64_t>(i)) return std::nullopt;
    }
    if (rank >= 0 && rank != static_cast<std::int64_t>(sorted.size())) return std::nullopt;
    return *stated;
  }
  if (rank < 0) return std::nullopt;
  std::vector<std::int64_t> reversed(static_cast<std::size_t>(rank));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return reversed;
}

bool is_identity_permutation(std::span<const std::int64_t> permutation) noexcept {
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    if (permutation[i] != static_cast<std::int64_t>(i)) return false;
  }
  return true;
}

std::vector<std::int64_t> composed(std::span<const std::int64_t> first, std::span<const std::int64_t> second) {
  std::vector<std::int64_t> out;
  for (const std::int64_t axis : second) out.push_back(first[static_cast<std::size_t>(axis)]);
  return out;
}

std::vector<std::int64_t> inverse(std::span<const std::int64_t> permutation) {
  std::vector<std::int64_t> out(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    out[static_cast<std::size_t>(permutation[i])] = static_cast<std::int64_t>(i);
  }
  return out;
}

bool is_elementwise(const Node& node) noexcept { return is_any_op(node, elementwise_ops); }

std::optional<Shape> broadcast(std::span<const Shape> shapes) {
  std::size_t rank = 0;
  for (const Shape& shape : shapes) rank = std::max(rank, shape.size());
  Shape out(rank, 1);
  for (const Shape& shape : shapes) {
    for (std::size_t i = 0; i < shape.size(); ++i) {
      std::int64_t& extent = out[rank - shape.size() + i];
      if (shape[i] == 1) continue;
      if (extent != 1 && extent != shape[i]) return std::nullopt;
      extent = shape[i];
    }
  }
  return out;
}

std::string joined(std::span<const std::int64_t> numbers) { return fmt::format("{}", fmt::join(numbers, ",")); }

Rewrite bypass(const GraphView& view, std::int32_t node, ValueId instead, Holds holds, std::string note) {
  RewriteBuilder builder(view, {node});
  builder.replace(view.output(node, 0), instead);
  builder.holds(holds);
  builder.note(std::move(note));
  return builder.finish();
}

}  // namespace costscan
