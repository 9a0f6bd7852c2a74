// Fusions that compute new weights: Conv and BatchNormalization, MatMul and Add.
#include <gtest/gtest.h>

#include "passes/accuracy.hpp"
#include "unit/fusions_support.hpp"

namespace costscan {
namespace {

using test::Weight;

struct WeightCase {
  const char* what;
  std::vector<std::string> passes;
  int opset;
  const char* graph;
  std::vector<Weight> weights;
  const char* after;    ///< op counts
  std::int64_t length;  ///< terms of the longest sum
  double scale_of_x;    ///< the bound's scale is at most this times the largest |x| ...
  double scale;         ///< ... plus this
  const char* bound;    ///< pass whose bound holds; empty: bit for bit
};

const std::vector<Weight> norm_of_six = {{"s", {6}, 0.5, 1.5}, {"b", {6}}, {"m", {6}}, {"v", {6}, 0.5, 2}};
std::vector<Weight> with(std::vector<Weight> some, const std::vector<Weight>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

// |k| <= 1.5 / sqrt(0.5) = 2.2; a Conv of 4 channels and 3x3 taps sums 36 products of |w| <= 0.5.
const WeightCase conv_cases[] = {
    {"Conv",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,4,8,8] x) => (float[1,6,6,6] y) { c = Conv(x, w) y = BatchNormalization <epsilon = 0.001> (c, s, b, "
     "m, v) }",
     with(norm_of_six, {{"w", {6, 4, 3, 3}}}),
     "Conv",
     36,
     2.2 * 36 * 0.5,
     2.2 * 0.5 + 0.5,
     "fuse_conv_batchnorm"},
    {"Conv with a bias, groups, strides, and an old opset",
     {"fuse_conv_batchnorm"},
     7,
     "g (float[1,4,9,9] x) => (float[1,6,5,5] y) { c = Conv <group = 2, strides = [2,2], pads = [1,1,1,1]> (x, w, o) "
     "y = BatchNormalization(c, s, b, m, v) }",
     with(norm_of_six, {{"w", {6, 2, 3, 3}}, {"o", {6}}}),
     "Conv",
     18,
     2.2 * 18 * 0.5,
     2.2 * 1 + 0.5,
     "fuse_conv_batchnorm"},
    {"one dimension",
     {"fuse_conv_batchnorm"},
     13,
     "g (float[2,4,16] x) => (float[2,6,16] y) { c = Conv <pads = [1,1]> (x, w) y = BatchNormalization(c, s, b, m, v) "
     "}",
     with(norm_of_six, {{"w", {6, 4, 3}}}),
     "Conv",
     12,
     2.2 * 12 * 0.5,
     2.2 * 0.5 + 0.5,
     "fuse_conv_batchnorm"},
    {"ConvTranspose",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,4,5,5] x) => (float[1,6,11,11] y) { c = ConvTranspose <strides = [2,2]> (x, w, o) "
     "y = BatchNormalization(c, s, b, m, v) }",
     with(norm_of_six, {{"w", {4, 6, 3, 3}}, {"o", {6}}}),
     "ConvTranspose",
     36,
     2.2 * 36 * 0.5,
     2.2 * 1 + 0.5,
     "fuse_conv_batchnorm"},
    {"ConvTranspose in groups",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,4,5,5] x) => (float[1,6,11,11] y) { c = ConvTranspose <strides = [2,2], group = 2> (x, w) "
     "y = BatchNormalization(c, s, b, m, v) }",
     with(norm_of_six, {{"w", {4, 3, 3, 3}}}),
     "ConvTranspose",
     18,
     2.2 * 18 * 0.5,
     2.2 * 0.5 + 0.5,
     "fuse_conv_batchnorm"},
    {"two after one another, with Relu",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,6,4,4] x) => (float[1,6,4,4] y) { c = Conv(x, w) n = BatchNormalization(c, s, b, m, v) r = Relu(n) "
     "d = Conv(r, w) y = BatchNormalization(d, s, b, m, v) }",
     with(norm_of_six, {{"w", {6, 6, 1, 1}}}),
     "Conv 2, Relu",
     12,
     44,
     20,
     "fuse_conv_batchnorm"},
    {"read by another node too",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,4,4,4] x) => (float[1,6,4,4] y, float[1,6,4,4] z) { c = Conv(x, w) "
     "y = BatchNormalization(c, s, b, m, v) z = Relu(c) }",
     with(norm_of_six, {{"w", {6, 4, 1, 1}}}),
     "BatchNormalization, Conv, Relu",
     4,
     0,
     0,
     ""},
    {"the product leaves the graph",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,4,4,4] x) => (float[1,6,4,4] y, float[1,6,4,4] c) { c = Conv(x, w) "
     "y = BatchNormalization(c, s, b, m, v) }",
     with(norm_of_six, {{"w", {6, 4, 1, 1}}}),
     "BatchNormalization, Conv",
     4,
     0,
     0,
     ""},
    {"statistics that are inputs",
     {"fuse_conv_batchnorm"},
     15,
     "g (float[1,4,4,4] x, float[6] s) => (float[1,6,4,4] y) { c = Conv(x, w) y = BatchNormalization(c, s, b, m, v) }",
     {{"w", {6, 4, 1, 1}}, {"b", {6}}, {"m", {6}}, {"v", {6}, 0.5, 2}},
     "BatchNormalization, Conv",
     4,
     0,
     0,
     ""},
};

// Products of 8 terms of |w| <= 0.5, and a bias of at most 0.5.
const WeightCase matmul_cases[] = {
    {"a bias behind a product",
     {"fuse_matmul_add"},
     11,
     "g (float[3,8] x) => (float[3,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"the bias first, of a row",
     {"fuse_matmul_add"},
     13,
     "g (float[3,8] x) => (float[3,5] y) { p = MatMul(x, w) y = Add(b, p) }",
     {{"w", {8, 5}}, {"b", {1, 5}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"a bias by row",
     {"fuse_matmul_add"},
     13,
     "g (float[3,8] x) => (float[3,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {3, 1}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"one number for all",
     {"fuse_matmul_add"},
     13,
     "g (float[3,8] x) => (float[3,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"a transposed weight",
     {"fuse_matmul_add"},
     13,
     "g (float[3,8] x) => (float[3,5] y) { t = Transpose <perm = [1,0]> (w) p = MatMul(x, t) y = Add(p, b) }",
     {{"w", {5, 8}}, {"b", {5}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"a transposed activation, by default",
     {"fuse_matmul_add"},
     13,
     "g (float[8,3] x) => (float[3,5] y) { t = Transpose(x) p = MatMul(t, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"a free number of rows",
     {"fuse_matmul_add"},
     13,
     "g (float[rows,8] x) => (float[rows,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Gemm",
     8,
     4,
     0.5,
     "fuse_matmul_add"},
    {"a bias of a longer shape",
     {"fuse_matmul_add"},
     13,
     "g (float[3,8] x) => (float[1,3,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {1, 1, 5}}},
     "Add, MatMul",
     8,
     0,
     0,
     ""},
    {"a bias of more rows than the product",
     {"fuse_matmul_add"},
     13,
     "g (float[1,8] x) => (float[3,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {3, 5}}},
     "Add, MatMul",
     8,
     0,
     0,
     ""},
    {"a product read twice",
     {"fuse_matmul_add"},
     13,
     "g (float[3,8] x) => (float[3,5] y) { p = MatMul(x, w) q = Add(p, b) y = Mul(p, q) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Add, MatMul, Mul",
     8,
     0,
     0,
     ""},
    {"a stack of matrices",
     {"fuse_matmul_add_3d"},
     13,
     "g (float[2,3,8] x) => (float[2,3,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Gemm, Reshape 2",
     8,
     4,
     0.5,
     "fuse_matmul_add_3d"},
    {"a stack with one free dimension",
     {"fuse_matmul_add_3d"},
     13,
     "g (float[batch,3,8] x) => (float[batch,3,5] y) { p = MatMul(x, w) y = Add(b, p) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Gemm, Reshape 2",
     8,
     4,
     0.5,
     "fuse_matmul_add_3d"},
    {"a stack with two free dimensions, which no Reshape can name",
     {"fuse_matmul_add_3d"},
     13,
     "g (float[batch,seq,8] x) => (float[batch,seq,5] y) { p = MatMul(x, w) y = Add(p, b) }",
     {{"w", {8, 5}}, {"b", {5}}},
     "Add, MatMul",
     8,
     0,
     0,
     ""},
    {"two constants after a stack",
     {"fuse_matmul_add_3d"},
     13,
     "g (float[batch,seq,8] x) => (float[batch,seq,5] y) { p = MatMul(x, w) q = Add(p, b) y = Add(c, q) }",
     {{"w", {8, 5}}, {"b", {5}}, {"c", {1, 1, 5}}},
     "Add, MatMul",
     8,
     4,
     1,
     "fuse_matmul_add_3d"},
};

void expect_case(const WeightCase& one) {
  SCOPED_TRACE(one.what);
  auto proto = test::parsed_model(one.graph, one.opset);
  test::add_weights(proto, one.weights);
  const auto models = test::run_passes(proto, one.passes);
  ASSERT_TRUE(models);
  EXPECT_EQ(test::counts_text(models->model->graph), one.after);
  const auto again = test::optimized(models->model, one.passes);
  ASSERT_TRUE(again);
  EXPECT_EQ(test::counts_text(again->graph), one.after);
  if (!test::have_runtime()) return;
  for (const test::Values& values : test::float_values) {
    SCOPED_TRACE(values.what);
    const auto found = models->difference(values.fill);
    const double largest = std::max(std::abs(values.fill.low), std::abs(values.fill.high));
    const auto bound =
        one.bound[0] == '\0' ? std::optional(0.0) : site_bound(one.bound, {DType::float32, one.length, 1});
    ASSERT_TRUE(bound);
    EXPECT_LE(found.absolute, *bound * (one.scale_of_x * largest + one.scale));
    EXPECT_GT(found.largest, 0);
  }
}

TEST(FusedWeights, ConvolutionsTakeInBatchNormalization) {
  for (const WeightCase& one : conv_cases) expect_case(one);
}

TEST(FusedWeights, ProductsTakeInTheirBias) {
  for (const WeightCase& one : matmul_cases) expect_case(one);
}

}  // namespace
}  // namespace costscan
