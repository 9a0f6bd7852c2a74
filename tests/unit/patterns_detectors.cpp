// Detectors that no norm or activation test covers: each in a graph where it stands, and in one where it nearly does.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "patterns/pattern.hpp"
#include "unit/norm_patterns_support.hpp"
#include "unit/patterns_forms.hpp"

namespace costscan {
namespace {

using test::DetectorCase;

const char* const image =
    "float[1,2,8,8] x) => (float y) <float[4,2,1,1] wide = {1,2,3,4,5,6,7,8}, float[4,1,1,1] deep = "
    "{1,2,3,4}, float[2,4,1,1] narrow = {1,2,3,4,5,6,7,8}, float[4,1,3,1] tall = "
    "{1,2,3,4,5,6,7,8,9,10,11,12}>";
const char* const plain =
    "float[2,3] x) => (float y) <float three = {3}, float six = {6}, float zero = {0}, float one = {1}, "
    "float sixth = {0.16666667}>";
const char* const tokens =
    "float[5,2] x) => (float y) <float[2,4] router = {1,2,3,4,5,6,7,8}, int64[1] two = {2}, int64[1] "
    "four = {4}, float[4] bias = {1,2,3,4}>";
const char* const quantised = "float[2,3] x) => (float y) <float s = {0.1}, int8[3,3] q = {1,2,3,4,5,6,7,8,9}>";

std::vector<DetectorCase> detector_cases() {
  return {
      {"HardSwish: op, gate, relu6 divided before and after",
       "hard_swish",
       {"op", "hard_sigmoid", "relu6", "relu6"},
       plain,
       "a = HardSwish(x) g = HardSigmoid <alpha = 0.16666667> (a) b = Mul(a, g) c = Add(b, three) d = Clip(c, zero, "
       "six) "
       "e = Div(d, six) f = Mul(e, b) h = Add(three, f) i = Clip(h, zero, six) j = Mul(f, i) y = Mul(j, sixth)"},
      {"another slope, another bound",
       "hard_swish",
       {},
       plain,
       "g = HardSigmoid <alpha = 0.2> (x) b = Mul(x, g) c = Add(b, three) d = Clip(c, one, six) e = Div(d, six) "
       "y = Mul(e, b)"},
      {"Mish: op, softplus, its logarithm",
       "mish",
       {"op", "softplus", "softplus"},
       plain,
       "a = Mish(x) b = Softplus(a) c = Tanh(b) d = Mul(a, c) e = Exp(d) f = Add(one, e) g = Log(f) h = Tanh(g) "
       "y = Mul(h, d)"},
      {"tanh of softplus of something else", "mish", {}, plain, "a = Neg(x) b = Softplus(a) c = Tanh(b) y = Mul(x, c)"},
      {"an inverted residual with its addition",
       "inverted_residual",
       {"residual"},
       image,
       "e = Conv(x, wide) r = Relu(e) d = Conv <group = 4, pads = [1, 0, 1, 0]> (r, tall) s = Clip(d) p = Conv(s, "
       "narrow) "
       "y = Add(p, x)"},
      {"without it, with SiLU and squeeze-excite",
       "inverted_residual",
       {"plain"},
       image,
       "e = Conv(x, wide) g = Sigmoid(e) r = Mul(e, g) d = Conv <group = 4> (r, tall) "
       "a = GlobalAveragePool(d) b = Conv(a, narrow) bb = Conv(b, wide) c = Sigmoid(bb) f = Mul(d, c) y = Conv(f, "
       "narrow)"},
      {"its middle is pointwise too",
       "inverted_residual",
       {},
       image,
       "e = Conv(x, wide) d = Conv <group = 4> (e, deep) y = Conv(d, narrow)"},
      {"patches as tokens",
       "patch_embedding",
       {""},
       "float[1,1,4,4] x) => (float y) <float[3,1,2,2] w = {1,2,3,4,5,6,7,8,9,10,11,12}, int64[3] s = {1, 3, -1}>",
       "c = Conv <strides = [2, 2], kernel_shape = [2, 2]> (x, w) f = Reshape(c, s) y = Transpose <perm = [0, 2, 1]> "
       "(f)"},
      {"patches that overlap",
       "patch_embedding",
       {},
       "float[1,1,4,4] x) => (float y) <float[3,1,2,2] w = {1,2,3,4,5,6,7,8,9,10,11,12}, int64[3] s = {1, 3, -1}>",
       "c = Conv <strides = [1, 1], kernel_shape = [2, 2]> (x, w) f = Reshape(c, s) y = Transpose <perm = [0, 2, 1]> "
       "(f)"},
      {"the best two of four experts",
       "moe_routing",
       {"top_k"},
       tokens,
       "l = MatMul(x, router) b = Add(l, bias) p = Softmax(b) v, i = TopK(p, two) f = Cast <to = 1> (i) y = Mul(v, f)"},
      {"all of them",
       "moe_routing",
       {},
       tokens,
       "l = MatMul(x, router) v, i = TopK(l, four) f = Cast <to = 1> (i) y = Mul(v, f)"},
      {"no router's layer", "moe_routing", {}, tokens, "p = Softmax(bias) v, i = TopK(p, two) y = Add(v, v)"},
      {"a cache written in place",
       "kv_cache_append",
       {"scatter"},
       "float[4,2] past, float[1,2] x, int64[1,1] at) => (float y)",
       "n = Relu(x) y = ScatterND(past, at, n)"},
      {"a cache that is no output",
       "kv_cache_append",
       {},
       "float[4,2] past, float[1,2] x, int64[1,1] at) => (float y)",
       "n = Relu(x) p = ScatterND(past, at, n) y = Neg(p)"},
      {"one product between quantisers, then two nodes",
       "qdq_islands",
       {"single", "several"},
       quantised,
       "i = QuantizeLinear(x, s) a = DequantizeLinear(i, s) w = DequantizeLinear(q, s) b = MatMul(a, w) "
       "j = QuantizeLinear(b, s) c = DequantizeLinear(j, s) d = Relu(c) e = Neg(d) k = QuantizeLinear(e, s) "
       "y = DequantizeLinear(k, s)"},
      {"not quantised behind",
       "qdq_islands",
       {},
       quantised,
       "i = QuantizeLinear(x, s) a = DequantizeLinear(i, s) y = Relu(a)"},
      {"group normalisation with gamma",
       "group_norm",
       {"instance_norm"},
       "float[1,4,3] x) => (float y) <int64[3] g = {0, 2, -1}, int64[3] b = {1, 4, 3}, float[2] s = {1,1}, float[4,1] "
       "w = "
       "{1,2,3,4}>",
       "r = Reshape(x, g) n = InstanceNormalization(r, s, s) o = Reshape(n, b) y = Mul(o, w)"},
      {"a product of two activations before a softmax is no attention",
       "attention",
       {},
       "float[1,2,2] x, float[1,2,2] z) => (float y)",
       "s = MatMul(x, z) p = Softmax(s) y = Mul(p, x)"},
  };
}

std::vector<DetectorCase> all_detector_cases() {
  std::vector<DetectorCase> all = detector_cases();
  for (const auto& more : {test::attention_form_cases(), test::sequence_form_cases(), test::image_form_cases()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

TEST(PatternsDetectors, FormsAndNearMisses) {
  for (const DetectorCase& one : all_detector_cases()) {
    SCOPED_TRACE(one.what);
    const std::string text = std::string("g (") + one.signature + " { " + one.body + " }";
    const auto shaped = test::shaped_from_text(text, one.opset, ", \"com.microsoft\" : 1");
    if (!shaped) continue;  // said already
    const GraphView view = make_view(shaped);
    std::vector<std::string> variants;
    for (const PatternMatch& match : find_pattern(one.pattern)->find(view)) {
      variants.push_back(match.variant);
      EXPECT_TRUE(std::ranges::is_sorted(match.nodes));
    }
    EXPECT_EQ(variants, std::vector<std::string>(one.variants.begin(), one.variants.end())) << text;
  }
}

struct HeadCase {
  const char* what;
  const char* variant;
  double heads;
  double kv_heads;
  double causal;
  const char* graph;
  int opset = 18;
};

TEST(PatternsDetectors, HeadsAndMasks) {
  const std::vector<HeadCase> cases{
      {"two heads", "multi_head", 2, 2, 0,
       "g (float[1,2,3,4] q, float[1,2,4,3] k, float[1,2,3,4] v) => (float y) { s = MatMul(q, k) p = Softmax(s) "
       "y = MatMul(p, v) }"},
      {"one head of K for two", "multi_query", 2, 1, 0,
       "g (float[1,2,3,4] q, float[1,1,4,3] k, float[1,1,3,4] v) => (float y) { s = MatMul(q, k) p = Softmax(s) "
       "y = MatMul(p, v) }"},
      {"a triangle of truth values", "multi_head", 1, 1, 1,
       "g (float[1,1,2,4] q, float[1,1,4,2] k, float[1,1,2,4] v) => (float y) <bool[2,2] m = {1,0,1,1}, float low = "
       "{-100}> "
       "{ s = MatMul(q, k) w = Where(m, s, low) p = Softmax(w) y = MatMul(p, v) }"},
      {"a mask that hides other pairs", "multi_head", 1, 1, 0,
       "g (float[1,1,2,4] q, float[1,1,4,2] k, float[1,1,2,4] v) => (float y) <bool[2,2] m = {1,0,0,1}, float low = "
       "{-100}> "
       "{ s = MatMul(q, k) w = Where(m, s, low) p = Softmax(w) y = MatMul(p, v) }"},
      {"positions compared", "multi_head", 1, 1, 1,
       "g (float[1,1,2,4] q, float[1,1,4,2] k, float[1,1,2,4] v, int64[2] i, int64[2,1] j) => (float y) <float low = "
       "{-100}> "
       "{ s = MatMul(q, k) m = LessOrEqual(i, j) w = Where(m, s, low) p = Softmax(w) y = MatMul(p, v) }"},
      {"groups on an axis of their own", "grouped_query", 6, 2, 0,
       "g (float[1,2,3,5,4] q, float[1,2,1,4,6] k, float[1,2,1,6,4] v) => (float y) { s = MatMul(q, k) p = Softmax(s) "
       "y = MatMul(p, v) }"},
      {"a mask of ones and zeros compared with a bound", "multi_head", 1, 1, 0,
       "g (float[1,1,2,4] q, float[1,1,4,2] k, float[1,1,2,4] v, int64[1,1,1,2] given) => (float y) <int64 none = {0}, "
       "float low = {-100}> { s = MatMul(q, k) m = Greater(given, none) w = Where(m, s, low) p = Softmax(w) "
       "y = MatMul(p, v) }"},
      {"two heads joined with the batch", "multi_head", 2, 2, 0,
       "g (float[1,2,3,4] a, float[2,4,3] k, float[2,3,4] v) => (float y) <int64[3] joined = {2, 3, 4}, float half = "
       "{0.5}> { r = Reshape(a, joined) q = Mul(r, half) s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v) }"},
      {"heads of letters", "einsum", 2, 2, 0,
       "g (float[1,3,2,4] q, float[1,5,2,4] k, float[1,5,2,4] v) => (float y) { s = Einsum <equation = "
       "\"bfnh,btnh->bnft\"> (q, k) p = Softmax(s) y = Einsum <equation = \"bnft,btnh->bfnh\"> (p, v) }"},
      {"heads of letters in groups", "einsum", 6, 2, 0,
       "g (float[1,2,3,5,4] q, float[1,2,6,4] k, float[1,2,6,4] v) => (float y) { s = Einsum <equation = "
       "\"bkgqd,bksd->bkgqs\"> (q, k) p = Softmax(s) y = Einsum <equation = \"bkgqs,bksd->bkgqd\"> (p, v) }"},
      {"an op of the standard", "op", 2, 1, 1,
       "g (float[1,2,3,4] q, float[1,1,3,4] k, float[1,1,3,4] v) => (float y) { y = Attention <is_causal = 1> (q, k, "
       "v) }",
       23},
  };
  for (const HeadCase& one : cases) {
    SCOPED_TRACE(one.what);
    const auto shaped = test::shaped_from_text(one.graph, one.opset);
    if (!shaped) continue;
    const auto matches = find_pattern("attention")->find(make_view(shaped));
    ASSERT_EQ(matches.size(), 1U);
    EXPECT_EQ(matches[0].variant, one.variant);
    EXPECT_EQ(matches[0].number("heads"), one.heads);
    EXPECT_EQ(matches[0].number("kv_heads"), one.kv_heads);
    EXPECT_EQ(matches[0].number("causal"), one.causal);
  }
}

struct ScaleCase {
  const char* what;
  const char* body;  ///< from q, k [1,2,3,4] (k turned: [1,2,4,3]), v and a mask, to y
  double scale;
  std::optional<double> mask_scale;
  std::optional<double> output_scale;
  std::size_t masks;
};

TEST(PatternsDetectors, ScalesOfAttention) {
  const ScaleCase cases[] = {
      {"none", "s = MatMul(q, k) p = Softmax(s) y = MatMul(p, v)", 1, {}, {}, 0},
      {"on the scores, a mask behind",
       "s = MatMul(q, k) d = Mul(s, half) m = Add(d, mask) p = Softmax(m) y = MatMul(p, v)",
       0.5,
       {},
       {},
       1},
      {"behind the mask, which it scales, too",
       "s = MatMul(q, k) m = Add(mask, s) d = Div(m, four) p = Softmax(d) y = MatMul(p, v)",
       0.25,
       0.25,
       {},
       1},
      {"before it and behind it",
       "s = MatMul(q, k) d = Mul(half, s) m = Add(d, mask) e = Div(m, four) p = Softmax(e) y = MatMul(p, v)",
       0.125,
       0.25,
       {},
       1},
      {"on Q and on K",
       "a = Mul(q, half) b = Div(k, four) s = MatMul(a, b) p = Softmax(s) y = MatMul(p, v)",
       0.125,
       {},
       {},
       0},
      {"as attributes of the runtime's products",
       "s = com.microsoft.FusedMatMul <alpha = 0.25> (q, k) p = Softmax(s) "
       "y = com.microsoft.FusedMatMul <alpha = 2.0> (p, v)",
       0.25,
       {},
       2,
       0},
      {"by the root of what the shape tells",
       "h = Shape(q) i = Gather(h, three) c = Cast <to = 1> (i) r = Sqrt(c) s = MatMul(q, k) d = Div(s, r) "
       "p = Softmax(d) y = MatMul(p, v)",
       0.5,
       {},
       {},
       0},
      {"behind the product with V",
       "s = MatMul(q, k) p = Softmax(s) c = MatMul(p, v) y = Div(c, four)",
       1,
       {},
       0.25,
       0},
      {"the same behind a Transpose",
       "s = MatMul(q, k) p = Softmax(s) c = MatMul(p, v) t = Transpose <perm = [0, 2, 1, 3]> (c) y = Mul(half, t)",
       1,
       {},
       0.5,
       0},
      {"on the weights", "s = MatMul(q, k) p = Softmax(s) w = Mul(p, half) y = MatMul(w, v)", 1, {}, 0.5, 0},
      {"a factor for each feature is none",
       "s = MatMul(q, k) p = Softmax(s) c = MatMul(p, v) y = Mul(c, each)",
       1,
       {},
       {},
       0},
      {"nor one of a product that another node reads",
       "s = MatMul(q, k) p = Softmax(s) c = MatMul(p, v) o = Mul(c, half) y = Add(o, c)",
       1,
       {},
       {},
       0},
      {"a mask that is multiplied", "s = MatMul(q, k) m = Mul(s, mask) p = Softmax(m) y = MatMul(p, v)", 1, {}, {}, 1},
      {"an op's own, by the width of its heads", "y = Attention(q, q, v)", 0.5, {}, {}, 0},
      {"an op's own as stated, and one behind",
       "a = Attention <scale = 0.125> (q, q, v) y = Mul(a, half)",
       0.125,
       {},
       0.5,
       0},
  };
  for (const ScaleCase& one : cases) {
    SCOPED_TRACE(one.what);
    const std::string text = std::string(
                                 "g (float[1,2,3,4] q, float[1,2,4,3] k, float[1,2,3,4] v, float[1,1,3,3] mask) => "
                                 "(float y) <float half = {0.5}, float four = {4}, int64 three = {3}, float[4] each = "
                                 "{1,2,3,4}> { ") +
                             one.body + " }";
    const auto shaped = test::shaped_from_text(text, 23, ", \"com.microsoft\" : 1");
    ASSERT_TRUE(shaped);
    const auto matches = find_pattern("attention")->find(make_view(shaped));
    ASSERT_EQ(matches.size(), 1U);
    ASSERT_TRUE(matches[0].number("scale"));
    EXPECT_FLOAT_EQ(static_cast<float>(*matches[0].number("scale")), static_cast<float>(one.scale));
    EXPECT_EQ(matches[0].number("mask_scale"), one.mask_scale);
    EXPECT_EQ(matches[0].number("output_scale"), one.output_scale);
    EXPECT_EQ(
        std::ranges::count(matches[0].tensors, std::string_view("mask"), &std::pair<std::string_view, ValueId>::first),
        static_cast<std::ptrdiff_t>(one.masks));
  }
}

}  // namespace
}  // namespace costscan
