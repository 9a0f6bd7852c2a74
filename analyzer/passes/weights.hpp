// Arithmetic on weight bytes, for the moment when a rewrite is applied. Nothing here is called to price one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "passes/rewrite.hpp"
#include "patterns/graph_view.hpp"

namespace costscan {

/// A constant as the model stores it, seen through Identity and Transpose.
struct WeightSource {
  const Tensor* tensor = nullptr;
  std::vector<std::int64_t> perm;  ///< of the stored axes; empty: as stored
  Shape dims;                      ///< as its reader sees it
  DType dtype = DType::undefined;
};

/// nullopt where the constant is computed in another way, or its type is none of float16, bfloat16, float32, float64.
[[nodiscard]] std::optional<WeightSource> weight_source(const GraphView& view, ValueId value);

/// Packed elements in the order of `dims`. Error (input): the file that holds them is missing.
[[nodiscard]] Result<std::vector<std::byte>> read_weight(const WeightSource& source, const ReadWeight& read);

/// The same as numbers.
[[nodiscard]] Result<std::vector<double>> read_floats(const WeightSource& source, const ReadWeight& read);

/// Elements rounded to `dtype`, to nearest even. Error (check_failed): a finite one that the type cannot hold, or one
/// that is not a number.
[[nodiscard]] Result<std::vector<std::byte>> pack_floats(std::span<const double> elements, DType dtype);

/// Matrices of one height beside each other: [rows, columns_i] → [rows, sum of columns_i]; vectors have one row.
/// Bytes are copied as they are.
[[nodiscard]] Result<std::vector<std::byte>> concatenate_columns(std::span<const WeightSource> parts,
                                                                 const ReadWeight& read);

/// A constant of `dims` that is made of doubles when it is wanted.
[[nodiscard]] NewConstant computed_constant(DType dtype, Shape dims,
                                            std::function<Result<std::vector<double>>(const ReadWeight&)> elements);

/// A constant of one value throughout.
[[nodiscard]] NewConstant filled_constant(DType dtype, const Shape& dims, double value);

/// `value` with the shape `dims` (of as many elements): itself where it has that, a copy of the constant, or a Reshape.
[[nodiscard]] ValueId with_dims(RewriteBuilder& builder, const GraphView& view, ValueId value, const Shape& dims);

}  // namespace costscan
