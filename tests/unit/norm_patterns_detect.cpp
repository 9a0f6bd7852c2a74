// Norms, GELU, SiLU and Conv+BN in the forms that exporters write, and what only looks like one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "patterns/pattern.hpp"
#include "unit/norm_patterns_forms.hpp"

namespace costscan {
namespace {

using test::norm_forms;
using test::norm_graph;
using test::NormForm;

const std::pair<int, bool> opsets_and_halves[] = {{11, false}, {13, false}, {13, true}, {17, false},
                                                  {18, true},  {20, false}, {23, false}};

std::vector<PatternMatch> all_matches(const GraphView& view) {
  std::vector<PatternMatch> found;
  for (const char* name : {"layer_norm", "rms_norm", "gelu", "silu", "quick_gelu", "conv_bn"}) {
    const Pattern* pattern = find_pattern(name);
    if (pattern == nullptr) {
      ADD_FAILURE() << name;
      continue;
    }
    for (PatternMatch& match : pattern->find(view)) found.push_back(std::move(match));
  }
  return found;
}

std::string value_name(const GraphView& view, ValueId value) {
  return value == no_value ? "" : view.graph().values[static_cast<std::size_t>(value)].name;
}

TEST(NormPatterns, FormsOfOneNormAreOneMatch) {
  for (const NormForm& form : norm_forms) {
    for (const auto& [opset, half] : opsets_and_halves) {
      SCOPED_TRACE(testing::Message() << form.what << ", opset " << opset << (half ? " in half precision" : ""));
      const auto proto = test::parsed_model(norm_graph(form.body, opset), opset);
      const auto shaped = test::shaped_from_proto(half ? test::in_half(proto) : proto);
      ASSERT_TRUE(shaped);
      const GraphView view = make_view(shaped);
      const auto found = all_matches(view);
      ASSERT_EQ(found.size(), 1U);
      const PatternMatch& match = found.front();
      EXPECT_EQ(match.pattern, form.pattern);
      EXPECT_EQ(match.variant, form.variant);
      EXPECT_EQ(match.tensor("gamma") != no_value, form.gamma);
      EXPECT_EQ(match.tensor("beta") != no_value, form.beta);
      ASSERT_EQ(match.number("epsilon").has_value(), form.epsilon);
      if (form.epsilon) {
        EXPECT_NEAR(*match.number("epsilon"), 1e-5, 3e-8);  // as a half stores it
      }
      EXPECT_EQ(match.nodes.size(), form.nodes);
      EXPECT_TRUE(std::ranges::is_sorted(match.nodes));
      if (form.nodes == static_cast<std::size_t>(view.node_count())) {
        EXPECT_EQ(value_name(view, match.tensor("y")), "y");
      }
    }
  }
}

struct NearMiss {
  const char* what;
  const char* body;
};

const NearMiss norm_near_misses[] = {
    {"a cube", "m = MEAN[-1](x) d = Sub(x, m) s = Pow(d, three) v = MEAN[-1](s) r = Sqrt(v) y = Div(d, r)"},
    {"an exponent that is computed", "s = Pow(x, given) v = MEAN[-1](s) r = Sqrt(v) y = Div(x, r)"},
    {"another value is divided", "s = Mul(x, x) v = MEAN[-1](s) r = Sqrt(v) z = Relu(x) y = Div(z, r)"},
    {"the root divides the wrong way", "s = Mul(x, x) v = MEAN[-1](s) r = Sqrt(v) y = Div(r, x)"},
    {"no root", "s = Mul(x, x) v = MEAN[-1](s) a = Add(v, e) y = Div(x, a)"},
    {"epsilon is no scalar", "s = Mul(x, x) v = MEAN[-1](s) a = Add(v, whole) r = Sqrt(a) y = Div(x, r)"},
    {"a product of two values", "z = Relu(x) s = Mul(x, z) v = MEAN[-1](s) r = Sqrt(v) y = Div(x, r)"},
    {"the scaled mean is added",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "l = Mul(x, i) q = Mul(m, i) y = Add(l, q)"},
    {"epsilon added to the root", "s = Mul(x, x) v = MEAN[-1](s) r = Sqrt(v) a = Add(r, e) y = Div(x, a)"},
    {"a sum over one less", "s = Mul(x, x) t = SUM[-1](s) v = Div(t, seven) r = Sqrt(v) y = Div(x, r)"},
    {"a deviation of samples",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) t = SUM[-1](s) v = Div(t, seven) a = Add(v, e) r = Sqrt(a) "
     "y = Div(d, r)"},
    {"a sum times its number", "s = Mul(x, x) t = SUM[-1](s) v = Mul(t, eight) r = Sqrt(v) y = Div(x, r)"},
    {"the number over the sum", "s = Mul(x, x) t = SUM[-1](s) v = Div(eight, t) r = Sqrt(v) y = Div(x, r)"},
    {"a sum alone", "s = Mul(x, x) t = SUM[-1](s) r = Sqrt(t) y = Div(x, r)"},
    {"a sum over the length of another axis",
     "s = Mul(x, x) t = SUM[-1](s) v = Div(t, three) r = Sqrt(v) y = Div(x, r)"},
    {"a sum over a number that is given", "s = Mul(x, x) t = SUM[-1](s) v = Div(t, given) r = Sqrt(v) y = Div(x, r)"},
    {"squares of squares", "s = Mul(x, x) t = SUMSQ[-1](s) v = Div(t, eight) r = Sqrt(v) y = Div(x, r)"},
    {"rows of another length",
     "s = Mul(x, x) q = Reshape(s, other) v0 = MEAN[1](q) v = Reshape(v0, back) "
     "r = Sqrt(v) y = Div(x, r)"},
};

TEST(NormPatterns, NearMissesAreNone) {
  for (const NearMiss& miss : norm_near_misses) {
    SCOPED_TRACE(miss.what);
    const std::string text =
        "g (float[2,3,8] x, float given) => (float[a,b,c] y) <float e = {1e-5}, float three = {3}, "
        "float seven = {7}, float eight = {8}, int64[2] other = {3, 16}, int64[3] back = {1, 3, 1}, float[2,3,1] whole "
        "= {1,1,1,1,1,1}> { " +
        std::string(miss.body) + " }";
    const auto shaped = test::shaped_from_text(test::for_opset(text, 17), 17);
    ASSERT_TRUE(shaped);
    EXPECT_TRUE(all_matches(make_view(shaped)).empty());
  }
}

TEST(NormPatterns, CastsBetweenAreLookedThrough) {
  // Llama: statistics in float32, gamma in half precision.
  const std::string text =
      "g (float[2,3,8] x) => (float[2,3,8] y) <float[8] gamma = {1,2,3,4,5,6,7,8}> { c = Cast <to = 1> (x) "
      "e = Constant <value_float = 1e-6> () two = Constant <value_float = 2.0> () s = Pow(c, two) "
      "v = ReduceMean <axes = [-1]> (s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) n = Mul(c, i) "
      "h = Cast <to = 10> (n) y = Mul(gamma, h) }";
  const auto shaped = test::shaped_from_proto(test::in_half(test::parsed_model(text, 17)));
  ASSERT_TRUE(shaped);
  const GraphView view = make_view(shaped);
  const auto found = all_matches(view);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().pattern, "rms_norm");
  EXPECT_EQ(value_name(view, found.front().tensor("x")), "c");
  EXPECT_EQ(value_name(view, found.front().tensor("gamma")), "gamma");
  EXPECT_EQ(found.front().nodes.size(), 8U);  // all but the first Cast, which makes x
}

struct OperatorForm {
  const char* what;
  int opset;
  const char* body;
  const char* pattern;
};

const OperatorForm operator_forms[] = {
    {"LayerNormalization", 17, "y = LayerNormalization(x, w, b)", "layer_norm"},
    {"SkipLayerNormalization", 17, "y = com.microsoft.SkipLayerNormalization(x, x, w, b)", "layer_norm"},
    {"RMSNormalization", 23, "y = RMSNormalization(x, w)", "rms_norm"},
    {"SimplifiedLayerNormalization", 17, "y = SimplifiedLayerNormalization(x, w)", "rms_norm"},
    {"SkipSimplifiedLayerNormalization", 17, "y = com.microsoft.SkipSimplifiedLayerNormalization(x, x, w)", "rms_norm"},
    {"Gelu", 20, "y = Gelu(x)", "gelu"},
    {"the runtime's Gelu", 17, "y = com.microsoft.Gelu(x)", "gelu"},
    {"FastGelu", 17, "y = com.microsoft.FastGelu(x, b)", "gelu"},
    {"BiasGelu", 17, "y = com.microsoft.BiasGelu(x, b)", "gelu"},
    {"QuickGelu", 17, "y = com.microsoft.QuickGelu(x)", "gelu"},
    {"QuickGelu with alpha 1", 17, "y = com.microsoft.QuickGelu <alpha = 1.0> (x)", "silu"},
    {"Swish", 24, "y = Swish(x)", "silu"},
};

TEST(NormPatterns, OperatorsAreMatches) {
  for (const OperatorForm& form : operator_forms) {
    SCOPED_TRACE(form.what);
    const std::string text =
        "g (float[2,3,4] x) => (float[2,3,4] y) <float[4] w = {1,2,3,4}, float[4] b = {1,2,3,4}> { " +
        std::string(form.body) + " }";
    const auto shaped = test::shaped_from_text(text, form.opset, ", \"com.microsoft\" : 1");
    ASSERT_TRUE(shaped);
    const auto found = all_matches(make_view(shaped));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().pattern, form.pattern);
    EXPECT_EQ(found.front().variant, "op");
  }
}

}  // namespace
}  // namespace costscan
