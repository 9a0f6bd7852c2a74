// GELU, SiLU and Conv+BN: every order of the factors, and what only looks like them.
#include <gtest/gtest.h>

#include "patterns/pattern.hpp"
#include "unit/norm_patterns_forms.hpp"

namespace costscan {
namespace {

using test::activation_forms;
using test::ActivationForm;

TEST(ActivationPatterns, FormsAndNearMisses) {
  for (const ActivationForm& form : activation_forms) {
    for (const auto& [opset, half] : {std::pair(11, false), std::pair(13, true), std::pair(20, false)}) {
      SCOPED_TRACE(testing::Message() << form.what << ", opset " << opset << (half ? " in half precision" : ""));
      const std::string text = test::activation_graph(form.body);
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
    {"its scale and shift alone, and Relu", "c = Conv(x, w) m = Mul(c, k) a = Add(m, k) y = Relu(a)", 1, "relu", 4},
    {"its mean off, over its deviation", "c = Conv(x, w) d = Sub(c, k) m = Div(d, k) y = Add(k, m)", 1, "", 4},
    {"scaled, and another map added", "c = Conv(x, w) m = Mul(c, k) y = Add(m, x)", 0, "", 0},
    {"scaled by one number", "c = Conv(x, w) m = Mul(c, one) y = Add(m, k)", 0, "", 0},
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
        "g (float[1,2,4,4] x) => (float[a,b,c0,d] y) <float[2,2,1,1] w = {1,2,3,4}, float[2] s = {1,2}, float[2,1,1] k "
        "= {1,2}, float one = {1}> { " +
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
