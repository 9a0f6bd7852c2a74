// Fusions in attention: layers of Q, K and V joined, scales and biases taken in.
#include <gtest/gtest.h>

#include <cmath>

#include "passes/accuracy.hpp"
#include "unit/fusions_support.hpp"

namespace costscan {
namespace {

using test::Weight;

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

TEST(FusedAttention, AScaleGoesIntoItsPartOfAPackedLayer) {
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

TEST(FusedAttention, KeepsItsOutputs) {
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
