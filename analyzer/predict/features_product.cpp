// Products of matrices: constant B (packed once), B made at run time, batches, and the quantised kinds.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "predict/feature_node.hpp"

namespace costscan {
namespace {

struct Product {
  double m = 1, n = 1, k = 1, count = 1;
  bool batched = false;  ///< B differs from product to product
};

/// Rows and columns of the last two axes; vectors as NumPy's matmul takes them.
std::pair<double, double> matrix_of(const Shape& shape, bool transposed, bool is_right) {
  if (shape.empty()) return {1, 1};
  const auto last = static_cast<double>(shape.back());
  if (shape.size() == 1) return is_right ? std::pair{last, 1.0} : std::pair{1.0, last};
  const auto before = static_cast<double>(shape[shape.size() - 2]);
  return transposed ? std::pair{last, before} : std::pair{before, last};
}

/// The runtime's FusedMatMul reads (rows, batch, columns) as it is: here with the batch first, as everywhere else.
Shape batch_first(Shape shape, bool rows_first) {
  if (rows_first && shape.size() > 2) std::rotate(shape.begin(), shape.begin() + 1, shape.end() - 1);
  return shape;
}

/// Products of one broadcast over the axes before the last two.
double batch_of(const Shape& a, const Shape& b) {
  double count = 1;
  for (std::size_t i = 3; i <= std::max(a.size(), b.size()); ++i) {
    const std::int64_t left = i <= a.size() ? a[a.size() - i] : 1;
    const std::int64_t right = i <= b.size() ? b[b.size() - i] : 1;
    count *= static_cast<double>(left == 1 ? right : left);
  }
  return count;
}

/// Leading axes of A fold into M where B is one matrix.
Product product_of(const Shape& a, const Shape& b, bool transpose_a, bool transpose_b) {
  Product found;
  std::tie(found.m, found.k) = matrix_of(a, transpose_a, false);
  found.n = matrix_of(b, transpose_b, true).second;
  const double a_batch = a.size() > 2 ? product(a, 0, a.size() - 2) : 1;
  const double b_batch = b.size() > 2 ? product(b, 0, b.size() - 2) : 1;
  found.batched = b_batch > 1;
  if (found.batched) {
    found.count = batch_of(a, b);
  } else {
    found.m *= a_batch;
  }
  return found;
}

RateFeatures dense(const FeatureNode& node, std::string rate_class, const Product& product) {
  RateFeatures features = basic_features(node);
  features.rate_class = std::move(rate_class);
  features.coords = {product.m, product.n, product.k};
  features.unit = WorkUnit::flops;
  features.work = 2.0 * product.m * product.n * product.k * product.count;
  features.flops = features.work;
  return features;
}

RateFeatures float_product(const FeatureNode& node) {
  const bool gemm = node.is("Gemm") || node.is("FusedGemm");
  const bool transpose_a = node.attribute("transA", 0) != 0;
  const bool transpose_b = node.attribute("transB", 0) != 0;
  const FeatureOperand& b = node.in(1);
  const Product found =
      product_of(batch_first(node.in(0).shape, node.attribute("transBatchA", 0) != 0),
                 batch_first(b.shape, node.attribute("transBatchB", 0) != 0), transpose_a, transpose_b);
  const char* family = found.batched ? "bmm" : b.constant ? "gemm" : "gemm_dynamic";
  std::string rate_class = family;
  if (transpose_a && !gemm) rate_class += "/transA";
  if (transpose_b && !b.constant) rate_class += "/transB";  // a constant B is packed before the first run
  RateFeatures features = dense(node, rate_class + type_suffix(node.in(0).dtype), found);
  if (const std::string* activation = string_attribute(*node.node, "activation")) features.activation = *activation;
  return features;
}

struct QuantisedKind {
  std::string_view op;
  const char* rate_class;
  std::size_t a;
  std::size_t b;  ///< index of the operand
};

constexpr std::array quantised_kinds = {
    QuantisedKind{"MatMulInteger", "matmul_integer", 0, 1},
    QuantisedKind{"MatMulIntegerToFloat", "matmul_integer_to_float", 0, 1},
    QuantisedKind{"DynamicQuantizeMatMul", "dynamic_quantize_matmul", 0, 1},
    QuantisedKind{"QGemm", "qgemm", 0, 3},
    QuantisedKind{"QLinearMatMul", "qlinear_matmul", 0, 3},
};

RateFeatures quantised_product(const FeatureNode& node, const QuantisedKind& kind) {
  const FeatureOperand& a = node.in(kind.a);
  const FeatureOperand& b = node.in(kind.b);
  const Product found =
      product_of(a.shape, b.shape, node.attribute("transA", 0) != 0, node.attribute("transB", 0) != 0);
  std::string rate_class = kind.rate_class;
  if (!b.constant) {
    rate_class += found.batched ? "/batched" : "/dynamic";
  } else if (b.dtype == DType::uint8) {
    rate_class += "/unsigned";
  }
  if (a.dtype == DType::int8) rate_class += ":int8";  // unsigned by signed is the kernels' usual pair
  RateFeatures features = dense(node, std::move(rate_class), found);
  features.flops = 0;
  return features;
}

RateFeatures block_quantised(const FeatureNode& node) {
  Product found;
  found.k = static_cast<double>(node.attribute("K", 1));
  found.n = static_cast<double>(node.attribute("N", 1));
  found.m = node.in(0).elements / std::max(found.k, 1.0);
  return dense(node,
               fmt::format("matmul_nbits/{}b/{}/acc{}", node.attribute("bits", 4), node.attribute("block_size", 32),
                           node.attribute("accuracy_level", 0)) +
                   type_suffix(node.in(0).dtype),
               found);
}

/// "bij,bjk->bik" with two operands: an index in both and the result counts products, in both only sums.
std::optional<RateFeatures> einsum(const FeatureNode& node) {
  const std::string* equation = string_attribute(*node.node, "equation");
  if (equation == nullptr || node.inputs.size() != 2) return std::nullopt;
  std::string text;
  std::ranges::copy_if(*equation, std::back_inserter(text), [](char c) { return c != ' '; });
  const std::size_t comma = text.find(',');
  const std::size_t arrow = text.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || text.find('.') != std::string::npos)
    return std::nullopt;
  const std::string left = text.substr(0, comma);
  const std::string right = text.substr(comma + 1, arrow - comma - 1);
  const std::string result = text.substr(arrow + 2);
  const Shape& a = node.in(0).shape;
  const Shape& b = node.in(1).shape;
  if (left.size() != a.size() || right.size() != b.size()) return std::nullopt;
  Product found;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto size = static_cast<double>(a[i]);
    const bool in_right = right.find(left[i]) != std::string::npos;
    const bool in_result = result.find(left[i]) != std::string::npos;
    (in_right ? (in_result ? found.count : found.k) : found.m) *= size;
  }
  for (std::size_t i = 0; i < right.size(); ++i) {
    if (left.find(right[i]) == std::string::npos) found.n *= static_cast<double>(b[i]);
  }
  RateFeatures features = dense(node, "einsum" + type_suffix(node.in(0).dtype), found);
  features.coords.push_back(found.count);
  return features;
}

}  // namespace

std::optional<RateFeatures> product_features(const FeatureNode& node) {
  for (const char* op : {"MatMul", "FusedMatMul", "TransposeMatMul", "Gemm", "FusedGemm"}) {
    if (node.is(op) && node.inputs.size() >= 2) return float_product(node);
  }
  for (const QuantisedKind& kind : quantised_kinds) {
    if (node.is(kind.op) && node.inputs.size() > kind.b) return quantised_product(node, kind);
  }
  if (node.is("MatMulNBits")) return block_quantised(node);
  if (node.is("Einsum")) return einsum(node);
  return std::nullopt;
}

}  // namespace costscan
