// GELU, SiLU and Conv+BN: every order of the factors, and what only looks like them.
#include <gtest/gtest.h>

#include "patterns/pattern.hpp"
#include "unit/norm_patterns_support.hpp"

namespace costscan {
namespace {

struct ActivationForm {
  const char* what;
  const char* pattern;  ///< empty: none of them
  const char* variant;
  const char* body;  ///< from x [2,8] to y
  std::size_t nodes;
};

const ActivationForm activation_forms[] = {
    {"torch's erf form", "gelu", "erf", "a = Div(x, root2) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half)",
     5},
    {"half first", "gelu", "erf", "a = Mul(x, inverse_root2) b = Erf(a) c = Add(one, b) h = Mul(half, x) y = Mul(h, c)",
     5},
    {"half of the sum", "gelu", "erf",
     "a = Mul(inverse_root2, x) b = Erf(a) c = Add(b, one) h = Mul(c, half) y = Mul(h, x)", 5},
    {"half of each term", "gelu", "erf", "a = Div(x, root2) b = Erf(a) h = Mul(b, half) c = Add(h, half) y = Mul(x, c)",
     5},
    {"halved by a division", "gelu", "erf",
     "a = Div(x, root2) b = Erf(a) c = Add(b, one) d = Div(x, two) y = Mul(d, c)", 5},
    {"the root computed", "gelu", "erf",
     "r = Sqrt(two) a = Div(x, r) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half)", 5},
    {"a root rounded to four digits", "gelu", "erf",
     "a = Div(x, short_root2) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half)", 5},
    {"x with a bias of its own", "gelu", "erf",
     "z = Add(x, bias) a = Div(z, root2) b = Erf(a) c = Add(b, one) d = Mul(z, c) y = Mul(d, half)", 5},
    {"the tanh form, cube as power", "gelu", "tanh",
     "p = Pow(x, three) q = Mul(p, cubic) s = Add(x, q) t = Mul(s, slope) u = Tanh(t) v = Add(u, one) h = Mul(x, half) "
     "y = Mul(h, v)",
     8},
    {"the tanh form, cube as product", "gelu", "tanh",
     "p = Mul(x, x) p2 = Mul(p, x) q = Mul(cubic, p2) s = Add(q, x) t = Mul(slope, s) u = Tanh(t) v = Add(one, u) "
     "w = Mul(half, v) y = Mul(x, w)",
     9},
    {"the tanh form with x taken out", "gelu", "tanh",
     "p = Mul(x, x) q = Mul(p, cubic) s = Add(q, one) t = Mul(s, x) t2 = Mul(t, slope) u = Tanh(t2) v = Add(u, one) "
     "w = Mul(v, x) y = Mul(w, half)",
     9},
    {"the tanh form, slope on x", "gelu", "tanh",
     "l = Mul(x, slope) p = Mul(x, cubic) q = Mul(p, x) s = Add(q, one) t = Mul(l, s) u = Tanh(t) v = Add(u, one) "
     "h = Mul(x, half) y = Mul(h, v)",
     9},
    {"the tanh form multiplied out", "gelu", "tanh",
     "l = Mul(x, slope) p = Pow(x, three) q = Mul(p, slope_cubic) t = Add(l, q) u = Tanh(t) v = Add(u, one) "
     "h = Mul(x, half) y = Mul(h, v)",
     8},
    {"Sigmoid times x", "silu", "sigmoid", "s = Sigmoid(x) y = Mul(x, s)", 2},
    {"x first, an Identity between", "silu", "sigmoid", "s = Sigmoid(x) i = Identity(s) y = Mul(i, x)", 3},
    {"a factor inside", "quick_gelu", "sigmoid", "l = Mul(x, quick) s = Sigmoid(l) y = Mul(x, s)", 3},
    {"erf of another factor", "", "", "a = Div(x, two) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half)", 0},
    {"a whole instead of a half", "", "", "a = Div(x, root2) b = Erf(a) c = Add(b, one) y = Mul(x, c)", 0},
    {"a difference from one", "", "", "a = Div(x, root2) b = Erf(a) c = Sub(one, b) d = Mul(x, c) y = Mul(d, half)", 0},
    {"another value is gated", "", "",
     "z = Relu(x) a = Div(x, root2) b = Erf(a) c = Add(b, one) d = Mul(z, c) y = Mul(d, half)", 0},
    {"a computed half", "", "",
     "g = ReduceMax <keepdims = 0> (x) a = Div(x, root2) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, g)", 0},
    {"the tanh form with another cubic", "", "",
     "p = Pow(x, three) q = Mul(p, half) s = Add(x, q) t = Mul(s, slope) u = Tanh(t) v = Add(u, one) h = Mul(x, half) "
     "y = Mul(h, v)",
     0},
    {"a gate of another value", "", "", "z = Relu(x) s = Sigmoid(z) y = Mul(x, s)", 0},
    {"a shifted gate", "", "", "z = Add(x, one) s = Sigmoid(z) y = Mul(x, s)", 0},
    {"Sigmoid squared", "", "", "s = Sigmoid(x) y = Mul(s, s)", 0},
};

TEST(ActivationPatterns, FormsAndNearMisses) {
  for (const ActivationForm& form : activation_forms) {
    for (const auto& [opset, half] : {std::pair(11, false), std::pair(13, true), std::pair(20, false)}) {
      SCOPED_TRACE(testing::Message() << form.what << ", opset " << opset << (half ? " in half precision" : ""));
      const std::string text =
          "g (float[2,8] x) => (float[a,b] y) <float root2 = {1.4142135}, float short_root2 = {1.4142}, float "
          "inverse_root2 = "
          "{0.70710677}, "
          "float one = {1}, float two = {2}, float three = {3}, float half = {0.5}, float cubic = {0.044715}, float "
          "slope = {0.7978846}, "
          "float slope_cubic = {0.035677407}, float quick = {1.702}, float[8] bias = {1,2,3,4,5,6,7,8}> { " +
          std::string(form.body) + " }";
      const auto proto = test::parsed_model(text, opset);
      const auto shaped = test::shaped_from_proto(half ? test::in_half(proto) : proto);
      ASSERT_TRUE(shaped);
      const GraphView view = make_view(shaped);
      std::vector<PatternMatch> found;
      for (const char* name : {"gelu", "silu", "quick_gelu"}) {
        for (PatternMatch& match : find_pattern(name)->find(view)) found.push_back(std::move(match));
      }
      ASSERT_EQ(found.size(), form.pattern[0] == '\0' ? 0U : 1U);
      if (found.empty()) continue;
      EXPECT_EQ(found.front().pattern, form.pattern);
      EXPECT_EQ(found.front().variant, form.variant);
      EXPECT_EQ(found.front().nodes.size(), form.nodes);
      EXPECT_EQ(view.graph().values[static_cast<std::size_t>(found.front().tensor("y"))].name, "y");
    }
  }
}

struct ConvForm {
  const char* what;
  const char* body;  ///< from x [1,2,4,4]
  std::size_t count;
  const char* variant;
  std::size_t nodes;
};

const ConvForm conv_forms[] = {
    {"alone", "c = Conv(x, w) y = BatchNormalization(c, s, s, s, s)", 1, "", 2},
    {"and Relu", "c = Conv(x, w) n = BatchNormalization(c, s, s, s, s) y = Relu(n)", 1, "relu", 3},
    {"and SiLU", "c = Conv(x, w) n = BatchNormalization(c, s, s, s, s) g = Sigmoid(n) y = Mul(n, g)", 1, "silu", 4},
    {"and HardSwish", "c = Conv(x, w) n = BatchNormalization(c, s, s, s, s) y = HardSwish(n)", 1, "hard_swish", 3},
    {"read by two", "c = Conv(x, w) n = BatchNormalization(c, s, s, s, s) y = Add(n, c)", 0, "", 0},
    {"normalised before", "n = BatchNormalization(x, s, s, s, s) y = Conv(n, w)", 0, "", 0},
    {"with an Identity between", "c = Conv(x, w) i = Identity(c) y = BatchNormalization(i, s, s, s, s)", 1, "", 3},
    {"an activation that another node reads too",
     "c = Conv(x, w) n = BatchNormalization(c, s, s, s, s) r = Relu(n) y = Add(n, r)", 1, "", 2},
};

TEST(ActivationPatterns, ConvolutionsWithBatchNormalization) {
  for (const ConvForm& form : conv_forms) {
    SCOPED_TRACE(form.what);
    const std::string text =
        "g (float[1,2,4,4] x) => (float[a,b,c0,d] y) <float[2,2,1,1] w = {1,2,3,4}, float[2] s = {1,2}> { " +
        std::string(form.body) + " }";
    const auto shaped = test::shaped_from_text(text, 14);
    ASSERT_TRUE(shaped);
    const auto found = find_pattern("conv_bn")->find(make_view(shaped));
    ASSERT_EQ(found.size(), form.count);
    if (found.empty()) continue;
    EXPECT_EQ(found.front().variant, form.variant);
    EXPECT_EQ(found.front().nodes.size(), form.nodes);
  }
}

}  // namespace
}  // namespace costscan
