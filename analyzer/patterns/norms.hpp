// Normalisation by the root of a mean of squares, as an operator or as the nodes that exporters write it in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "patterns/graph_view.hpp"
#include "patterns/pattern.hpp"
#include "patterns/terms.hpp"

namespace costscan {

/// y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) * gamma + beta, or the same without the mean and beta.
struct Norm {
  bool is_op = false;
  bool centered = false;          ///< layer normalisation; else by the root mean square
  ValueId x = no_value;           ///< as the arithmetic reads it; its source where different copies are read
  bool one_x = true;              ///< false: different copies (casts) of x are read
  ValueId normalized = no_value;  ///< before gamma and beta; no_value where gamma is multiplied earlier
  ValueId gamma = no_value;
  ValueId beta = no_value;
  ValueId y = no_value;
  std::vector<std::int64_t> axes;  ///< normalised ones, not negative, ascending
  std::optional<double> epsilon;   ///< nullopt: none is added
  std::string_view form;           ///< empty: means by ReduceMean, as the formula above is usually written
  bool by_binding_only = false;    ///< axes or numbers of elements were read off the bound dimensions
  NodeTrail nodes;                 ///< transparent nodes in between included
};

/// Every normalisation of the graph by the node that ends it; of a decomposed one, the mean of squares is told once.
/// Forms: "sums", a mean is a sum over the number of elements; "pooled", it is a GlobalAveragePool; "views", of x in
/// another shape; "turned", it is added with a minus, or x is taken off it before the square.
[[nodiscard]] std::vector<Norm> find_norms(const GraphView& view);

/// Decomposed ones that are written with other formulas: "moments", a variance of mean(x^2) - mean(x)^2; "length", x
/// over its Euclidean length times the root of the number of elements.
[[nodiscard]] std::vector<Norm> find_other_norms(const GraphView& view);

/// The second of these, by its ReduceL2.
[[nodiscard]] std::optional<Norm> norm_by_length(const GraphView& view, std::int32_t length);

/// The node as a normalisation of its own.
[[nodiscard]] std::optional<Norm> norm_op(const GraphView& view, std::int32_t node);

/// Whether `value` can be a gamma or beta: a weight or an input that varies along the normalised axes only.
[[nodiscard]] bool is_affine_operand(const GraphView& view, ValueId value, const Norm& norm);

/// The number of trailing axes where `axes` are the last ones of x without a gap; 0 where they are others.
[[nodiscard]] std::int64_t trailing_axes(const GraphView& view, const Norm& norm);

/// One match of the detectors layer_norm and rms_norm: variant "op", "decomposed" or a form, tensors x, gamma, beta, y,
/// numbers epsilon (absent: none) and axes (how many trailing ones; 0: others).
[[nodiscard]] PatternMatch norm_match(const GraphView& view, const Norm& norm, std::string_view pattern);

}  // namespace costscan
