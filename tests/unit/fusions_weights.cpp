// Fusions that compute new weights: Conv and BatchNormalization, MatMul and Add, attention's layers and scales.
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

/// One attention of two heads of four on [batch, 5, 8]; `q`, `k` and `scores` may be replaced.
struct AttentionText {
  std::string dims = "2,5";
  std::string q = "qs = Identity(qt)";
  std::string k = "ks = Identity(kt)";
  std::string scores = "s = Identity(s0)";
  std::string weights = "a = Softmax <axis = -1> (s)";
  std::string outputs = "";
};

std::string attention_graph(const AttentionText& text) {
  return "g (float[" + text.dims + ",8] x) => (float[" + text.dims + ",8] y" + text.outputs +
         ") <int64[4] cut = {0,-1,2,4}, int64[3] join = {0,-1,8}, float scale = {0.5}, float root = {0.70710677}, "
         "float two = {2}, float[1,1,1,5] mask = {0,-1,0,-2,0}, float[1,1,1,5] zeros = {0,0,0,0,0}> { "
         "qm = MatMul(x, wq) qb = Add(qm, bq) qr = Reshape(qb, cut) qt = Transpose <perm = [0,2,1,3]> (qr) " +
         text.q + " km = MatMul(x, wk) kb = Add(bk, km) kr = Reshape(kb, cut) kt = Transpose <perm = [0,2,3,1]> (kr) " +
         text.k +
         " vm = MatMul(x, wv) vb = Add(vm, bv) vr = Reshape(vb, cut) vt = Transpose <perm = [0,2,1,3]> (vr) "
         "s0 = MatMul(qs, ks) " +
         text.scores + " " + text.weights +
         " c = MatMul(a, vt) ct = Transpose <perm = [0,2,1,3]> (c) cj = Reshape(ct, join) "
         "om = MatMul(cj, wo) y = Add(om, bo) }";
}

const std::vector<Weight> attention_weights = {{"wq", {8, 8}}, {"bq", {8}}, {"wk", {8, 8}}, {"bk", {8}},
                                               {"wv", {8, 8}}, {"bv", {8}}, {"wo", {8, 8}}, {"bo", {8}}};

struct AttentionCase {
  const char* what;
  const char* pass;
  AttentionText text;
  std::map<std::string, int> after;  ///< of these ops
  bool exact;
};

const AttentionCase attention_cases[] = {
    {"Q, K and V together", "fuse_attention_qkv", {}, {{"MatMul", 4}, {"Add", 2}, {"Split", 1}}, false},
    {"with free sizes", "fuse_attention_qkv", {.dims = "batch,seq"}, {{"MatMul", 4}, {"Add", 2}, {"Split", 1}}, false},
    {"Q read elsewhere too: the Split gives it",
     "fuse_attention_qkv",
     {.outputs = ", float[2,5,8] qb"},
     {{"MatMul", 4}, {"Add", 2}, {"Split", 1}},
     false},
    {"the product itself read elsewhere",
     "fuse_attention_qkv",
     {.outputs = ", float[2,5,8] qm"},
     {{"MatMul", 4}, {"Add", 3}, {"Split", 1}},
     false},
    {"a scale on Q", "cleanup_attention", {.q = "qs = Mul(qt, scale)"}, {{"Mul", 0}}, true},
    {"a scale on the scores", "cleanup_attention", {.scores = "s = Div(s0, two)"}, {{"Div", 0}}, true},
    {"scales on both",
     "cleanup_attention",
     {.q = "qs = Mul(qt, root)", .k = "ks = Mul(kt, root)"},
     {{"Mul", 0}},
     false},
    {"a scale behind a mask does not scale Q alone",
     "cleanup_attention",
     {.scores = "s1 = Add(s0, mask) s = Mul(s1, scale)"},
     {{"Mul", 1}},
     true},
    {"a scaled Q that leaves the graph",
     "cleanup_attention",
     {.q = "qs = Mul(qt, scale)", .outputs = ", float[2,2,5,4] qs"},
     {{"Mul", 1}},
     true},
    {"a mask of zeros", "cleanup_attention", {.scores = "s = Add(s0, zeros)"}, {{"Add", 4}}, true},
    {"a mask", "cleanup_attention", {.scores = "s = Add(s0, mask)"}, {{"Add", 5}}, true},
    {"the biases of K and V are absorbed",
     "fuse_matmul_add_3d",
     {.dims = "batch,seq", .q = "qs = Mul(qt, scale)", .scores = "s = Identity(s0)"},
     {{"Add", 2}, {"MatMul", 6}},
     false},
    {"also behind a mask and a scale",
     "fuse_matmul_add_3d",
     {.dims = "batch,5", .scores = "s1 = Mul(s0, scale) s = Add(s1, mask)"},
     {},
     false},
    {"an output that K's layer has too keeps its bias",
     "fuse_matmul_add_3d",
     {.dims = "batch,seq", .outputs = ", float[batch,seq,8] kb"},
     {{"Add", 3}},
     false},
    {"weights that no longer sum to one keep V's",
     "fuse_matmul_add_3d",
     {.dims = "batch,seq", .weights = "a0 = Softmax <axis = -1> (s) a = Mul(a0, scale)"},
     {{"Add", 3}},
     false},
    {"a softmax along another axis keeps both",
     "fuse_matmul_add_3d",
     {.dims = "batch,seq", .weights = "a = Softmax <axis = -2> (s)"},
     {{"Add", 4}},
     true},
    {"scores that are clipped keep K's",
     "fuse_matmul_add_3d",
     {.dims = "batch,seq", .scores = "s = Clip(s0)"},
     {{"Add", 3}},
     false},
};

struct PackedCase {
  const char* what;
  const char* cut;  ///< from `p`, the result [2,5,24] of one layer, to qt, kt (transposed for the product) and vt
  int scales;       ///< that are left
};

const PackedCase packed_cases[] = {
    {"cut along the features",
     "q, k, v = Split <axis = -1> (p, three_eights) qr = Reshape(q, cut) qt0 = Transpose <perm = [0,2,1,3]> (qr) "
     "qt = Mul(qt0, scale) kr = Reshape(k, cut) kt = Transpose <perm = [0,2,3,1]> (kr) vr = Reshape(v, cut) "
     "vt = Transpose <perm = [0,2,1,3]> (vr)",
     0},
    {"one index each of an axis in front",
     "r = Reshape(p, five) t = Transpose <perm = [2,0,3,1,4]> (r) q = Gather(t, zero) k = Gather(t, first) "
     "v = Gather(t, second) qt = Mul(q, scale) kt = Transpose <perm = [0,1,3,2]> (k) vt = Identity(v)",
     0},
    {"the same index twice: K is Q",
     "r = Reshape(p, five) t = Transpose <perm = [2,0,3,1,4]> (r) q = Gather(t, zero) k = Gather(t, zero) "
     "v = Gather(t, second) qt = Mul(q, scale) kt = Transpose <perm = [0,1,3,2]> (k) vt = Identity(v)",
     1},
    {"cut along the positions: every part has all features",
     "r = Reshape(p, five) t = Transpose <perm = [2,0,3,1,4]> (r) u = Slice(p, none, eight, last) "
     "qr = Reshape(u, cut) q = Transpose <perm = [0,2,1,3]> (qr) k = Gather(t, first) v = Gather(t, second) "
     "qt = Mul(q, scale) kt = Transpose <perm = [0,1,3,2]> (k) vt = Identity(v)",
     1},
};

TEST(FusedWeights, AScaleGoesIntoItsPartOfAPackedLayer) {
  for (const PackedCase& one : packed_cases) {
    SCOPED_TRACE(one.what);
    auto proto = test::parsed_model(
        "g (float[2,5,8] x) => (float[2,2,5,4] y) <int64[4] cut = {0,-1,2,4}, int64[5] five = {0,-1,3,2,4}, "
        "int64[3] three_eights = {8,8,8}, float scale = {0.5}, int64 zero = {0}, int64 first = {1}, int64 second = "
        "{2}, "
        "int64[1] none = {0}, int64[1] eight = {8}, int64[1] last = {-1}> { m = MatMul(x, w) p = Add(m, b) " +
            std::string(one.cut) + " s = MatMul(qt, kt) a = Softmax <axis = -1> (s) y = MatMul(a, vt) }",
        17);
    test::add_weights(proto, {{"w", {8, 24}}, {"b", {24}}});
    const auto models = test::run_passes(proto, {"eliminate_identity_ops", "cleanup_attention"});
    ASSERT_TRUE(models);
    EXPECT_EQ(test::op_counts(models->model->graph)["Mul"], one.scales);
    if (!test::have_runtime()) continue;
    for (const test::Values& values : test::float_values) {
      EXPECT_EQ(models->difference(values.fill).absolute, 0) << values.what;  // a power of two
    }
  }
}

TEST(FusedWeights, Attention) {
  for (const AttentionCase& one : attention_cases) {
    SCOPED_TRACE(one.what);
    auto proto = test::parsed_model(attention_graph(one.text), 17);
    test::add_weights(proto, attention_weights);
    const auto models = test::run_passes(proto, {"eliminate_identity_ops", one.pass});
    ASSERT_TRUE(models);
    auto counts = test::op_counts(models->model->graph);
    for (const auto& [op, count] : one.after) EXPECT_EQ(counts[op], count) << op;
    if (!test::have_runtime()) continue;
    for (const test::Values& values : test::float_values) {
      SCOPED_TRACE(values.what);
      const auto found = models->difference(values.fill);
      // Scores are sums of 4 products of features, which are sums of 8 terms of at most |x| / 2 and a bias.
      const double x = std::max(std::abs(values.fill.low), std::abs(values.fill.high));
      const double feature = 8 * 0.5 * x + 0.5;
      const double unit = unit_roundoff(DType::float32);
      const double scores = 2 * *rounding_gamma(8 + 4 + 4, unit) * 4 * feature * feature;
      // A softmax is off by at most exp(2 scores) - 1, relatively; large scores say nothing.
      const double relative = std::expm1(2 * scores) + 2 * *rounding_gamma(8 + 5 + 8 + 8, unit);
      EXPECT_LE(found.absolute, one.exact ? 0 : relative * (8 * 0.5 * feature + 0.5));
      EXPECT_GT(found.largest, 0);
    }
  }
}

}  // namespace
}  // namespace costscan
