// Formulas that become one operator: which ones do, that nothing else does, and that the values stay within the bound.
#include <gtest/gtest.h>

#include "passes/accuracy.hpp"
#include "unit/fusions_support.hpp"
#include "unit/norm_patterns_forms.hpp"

namespace costscan {
namespace {

using test::activation_forms;
using test::norm_forms;

double spread_of(const Fill& fill) {
  return fill.kind == FillKind::constant ? 0 : (fill.high - fill.low) / std::sqrt(12.0);
}

/// mean |x| / sqrt(variance + epsilon), at most; samples of eight spread at least a third as far as all.
double condition_of(const Fill& fill) {
  const double largest = std::max(std::abs(fill.low), std::abs(fill.high));
  return largest / std::sqrt(spread_of(fill) * spread_of(fill) / 9 + 1e-5);
}

/// Of norm_graph's weights: gamma, beta and `whole` are at most 8, a normalised value at most the root of 24.
constexpr double norm_scale = 8 * 4.9 + 8;

bool fuses(const test::NormForm& form) { return std::string_view(form.what) != "channels first"; }

TEST(FusedFormulas, NormsBecomeOneOperator) {
  SKIP_WITHOUT_RUNTIME();
  ASSERT_TRUE(test::shared_runtime());
  for (const test::NormForm& form : norm_forms) {
    const bool layer_norm = std::string_view(form.pattern) == "layer_norm";
    const std::string pass = layer_norm ? "fuse_layernorm" : "fuse_rms_norm";
    const std::string op = layer_norm ? "LayerNormalization" : "RMSNormalization";
    for (const auto& [opset, half] : {std::pair(17, false), std::pair(18, true), std::pair(23, false)}) {
      if (!layer_norm && opset < 23) continue;
      SCOPED_TRACE(testing::Message() << form.what << ", opset " << opset << (half ? " in half precision" : ""));
      const auto proto = test::parsed_model(test::norm_graph(form.body, opset), opset);
      const auto models = test::run_passes(half ? test::in_half(proto) : proto, {pass});
      ASSERT_TRUE(models);
      const auto counts = test::op_counts(models->model->graph);
      EXPECT_EQ(counts.contains(op), fuses(form));
      if (!fuses(form)) continue;
      const std::size_t left = models->model->graph.nodes.size();
      EXPECT_EQ(left, (*load_model(models->before))->graph.nodes.size() - form.nodes + 1);
      for (const test::Values& values : test::float_values) {
        // The squares of the large values overflow half precision before, not after.
        if (half && std::string_view(values.what) == "large") continue;
        SCOPED_TRACE(values.what);
        const SiteValues site{half ? DType::float16 : DType::float32, 24, layer_norm ? condition_of(values.fill) : 1};
        const auto bound = site_bound(pass, site);
        const auto found = models->difference(values.fill);
        if (bound) {
          EXPECT_LE(found.absolute, *bound * norm_scale);
        }
        // Without beta, what does not vary becomes zeros.
        if (values.fill.kind != FillKind::constant) {
          EXPECT_GT(found.largest, 0);
        }
      }
    }
  }
}

TEST(FusedFormulas, ActivationsBecomeOneOperator) {
  SKIP_WITHOUT_RUNTIME();
  for (const test::ActivationForm& form : activation_forms) {
    const std::string pattern = form.pattern;
    const bool gelu = pattern == "gelu";
    const bool tanh = std::string_view(form.variant) == "tanh";
    struct Target {
      int opset;
      const char* imports;
      bool half;
      std::string op;  ///< empty: no operator for it in this opset
    };
    const Target targets[] = {
        {20, "", false, gelu ? "Gelu" : ""},
        {24, "", true, gelu ? "Gelu" : "Swish"},
        {17, "", false, ""},
        {13, ", \"com.microsoft\" : 1", false,
         !gelu  ? "com.microsoft.QuickGelu"
         : tanh ? "com.microsoft.FastGelu"
                : "com.microsoft.Gelu"},
    };
    for (const Target& target : targets) {
      SCOPED_TRACE(testing::Message() << form.what << ", opset " << target.opset << target.imports);
      const auto proto = test::parsed_model(test::activation_graph(form.body), target.opset, target.imports);
      const auto models = test::run_passes(target.half ? test::in_half(proto) : proto, {"fuse_gelu", "fuse_silu"});
      ASSERT_TRUE(models);
      const auto counts = test::op_counts(models->model->graph);
      const bool identity = std::string_view(form.what).find("Identity") != std::string_view::npos;
      const bool wanted = form.pattern[0] != '\0' && !target.op.empty() && !identity;
      EXPECT_EQ(counts.contains("Gelu") || counts.contains("Swish") || counts.contains("com.microsoft.Gelu") ||
                    counts.contains("com.microsoft.FastGelu") || counts.contains("com.microsoft.QuickGelu"),
                wanted);
      if (!wanted) continue;
      EXPECT_TRUE(counts.contains(target.op)) << test::counts_text(models->model->graph);
      for (const test::Values& values : test::float_values) {
        SCOPED_TRACE(values.what);
        const auto found = models->difference(values.fill);
        const auto bound =
            site_bound(gelu ? "fuse_gelu" : "fuse_silu", {target.half ? DType::float16 : DType::float32, 1, 1});
        ASSERT_TRUE(bound);
        // x itself, and the bias of one form.
        const double scale = std::max(std::abs(values.fill.low), std::abs(values.fill.high)) + 8;
        EXPECT_LE(found.absolute, *bound * scale);
      }
    }
  }
}

struct SharedValue {
  const char* what;
  const char* pass;
  int opset;
  const char* graph;
};

/// What a fusion would compute twice, or lose.
const SharedValue shared_values[] = {
    {"a deviation that leaves the graph", "fuse_layernorm", 17,
     "g (float[2,8] x) => (float[2,8] y, float[2,1] r) <float e = {1e-5}> { m = ReduceMean <axes = [-1]> (x) "
     "d = Sub(x, m) s = Mul(d, d) v = ReduceMean <axes = [-1]> (s) a = Add(v, e) r = Sqrt(a) y = Div(d, r) }"},
    {"a centred value that another node reads", "fuse_layernorm", 17,
     "g (float[2,8] x) => (float[2,8] y, float[2,8] z) <float e = {1e-5}> { m = ReduceMean <axes = [-1]> (x) "
     "d = Sub(x, m) s = Mul(d, d) v = ReduceMean <axes = [-1]> (s) a = Add(v, e) r = Sqrt(a) y = Div(d, r) z = Relu(d) "
     "}"},
    {"a mean square that leaves the graph", "fuse_rms_norm", 23,
     "g (float[2,8] x) => (float[2,8] y, float[2,1] v) <float e = {1e-5}, int64[1] axes = {-1}> { s = Mul(x, x) "
     "v = ReduceMean(s, axes) a = Add(v, e) r = Sqrt(a) y = Div(x, r) }"},
    {"a sum over a number that the shape tells, of an axis of unknown length", "fuse_rms_norm", 23,
     "g (float[2,n] x) => (float[2,n] y) <float e = {1e-5}, int64[1] last = {-1}, int64 one = {1}> { h = Shape(x) "
     "k = Gather(h, one) f = Cast <to = 1> (k) s = Mul(x, x) t = ReduceSum(s, last) v = Div(t, f) a = Add(v, e) "
     "r = Sqrt(a) y = Div(x, r) }"},
    {"a sum over a number that another axis has, under the bound sizes", "fuse_rms_norm", 23,
     "g (float[n,8] x) => (float[n,8] y) <float e = {1e-5}, int64[1] last = {-1}, int64 zero = {0}, int64 eight = {8}> "
     "{ "
     "h = Shape(x) k0 = Gather(h, zero) k1 = Max(k0, eight) f = Cast <to = 1> (k1) s = Mul(x, x) "
     "t = ReduceSum(s, last) v = Div(t, f) a = Add(v, e) r = Sqrt(a) y = Div(x, r) }"},
    {"means of rows that a Reshape to fixed numbers makes", "fuse_rms_norm", 23,
     "g (float[n,8] x) => (float[n,8] y) <float e = {1e-5}, int64[1] last = {-1}, int64[2] rows = {-1, 8}, "
     "int64[2] column = {-1, 1}> { s = Mul(x, x) q = Reshape(s, rows) v0 = ReduceMean(q, last) v = Reshape(v0, column) "
     "a = Add(v, e) r = Sqrt(a) y = Div(x, r) }"},
    {"1 and exp(-x) read twice", "fuse_silu", 24,
     "g (float[2,8] x) => (float[2,8] y, float[2,8] z) <float one = {1}> { n = Neg(x) p = Exp(n) d = Add(p, one) "
     "y = Div(x, d) z = Relu(d) }"},
    {"a normalised axis of unknown length", "fuse_layernorm", 17,
     "g (float[2,n] x) => (float[2,n] y) <float e = {1e-5}> { m = ReduceMean <axes = [-1]> (x) d = Sub(x, m) "
     "s = Mul(d, d) v = ReduceMean <axes = [-1]> (s) a = Add(v, e) r = Sqrt(a) y = Div(d, r) }"},
    {"too old an opset", "fuse_layernorm", 16,
     "g (float[2,8] x) => (float[2,8] y) <float e = {1e-5}> { m = ReduceMean <axes = [-1]> (x) d = Sub(x, m) "
     "s = Mul(d, d) v = ReduceMean <axes = [-1]> (s) a = Add(v, e) r = Sqrt(a) y = Div(d, r) }"},
    {"double precision, which the operator would narrow", "fuse_layernorm", 17,
     "g (double[2,8] x) => (double[2,8] y) <double e = {1e-5}> { m = ReduceMean <axes = [-1]> (x) d = Sub(x, m) "
     "s = Mul(d, d) v = ReduceMean <axes = [-1]> (s) a = Add(v, e) r = Sqrt(a) y = Div(d, r) }"},
    {"an erf that leaves the graph", "fuse_gelu", 20,
     "g (float[2,8] x) => (float[2,8] y, float[2,8] b) <float r = {1.4142135}, float one = {1}, float half = {0.5}> "
     "{ a = Div(x, r) b = Erf(a) c = Add(b, one) d = Mul(x, c) y = Mul(d, half) }"},
    {"quantised between", "fuse_silu", 24,
     "g (float[2,8] x) => (float[2,8] y) <float q = {0.1}, uint8 z = {0}> { s = Sigmoid(x) t = QuantizeLinear(s, q, z) "
     "u = DequantizeLinear(t, q, z) y = Mul(x, u) }"},
    {"a cast between", "fuse_gelu", 20,
     "g (float[2,8] x) => (double[2,8] y) <float r = {1.4142135}, float one = {1}, double half = {0.5}> { a = Div(x, "
     "r) "
     "b = Erf(a) c = Add(b, one) d = Mul(x, c) w = Cast <to = 11> (d) y = Mul(w, half) }"},
};

TEST(FusedFormulas, WhatOthersReadStays) {
  for (const SharedValue& one : shared_values) {
    SCOPED_TRACE(one.what);
    const auto shaped = test::shaped_from_text(one.graph, one.opset);
    ASSERT_TRUE(shaped);
    const auto result = test::optimized(shaped->model, {one.pass});
    ASSERT_TRUE(result);
    EXPECT_EQ(test::counts_text(result->graph), test::counts_text(shaped->model->graph));
  }
}

struct JoinedSum {
  const char* what;
  const char* signature;
  const char* body;
  const char* left;  ///< operators, where the runtime's may be used
  const char* imports = ", \"com.microsoft\" : 1";
};

const JoinedSum joined_sums[] = {
    {"the sum is read further on", "float[2,3,8] x, float[2,3,8] z) => (float[2,3,8] y, float[2,3,8] w)",
     "t = Add(x, z) NORM(t, y) w = Relu(t)", "Relu, com.microsoft.SkipSimplifiedLayerNormalization"},
    {"the sum is an output, and read before",
     "float[2,3,8] x, float[2,3,8] z) => (float[2,3,8] y, float[2,3,8] t, float[2,3,8] w)",
     "t = Add(x, z) w = Neg(t) NORM(t, y)", "Neg, com.microsoft.SkipSimplifiedLayerNormalization"},
    {"only the norm reads it", "float[2,3,8] x, float[2,3,8] z) => (float[2,3,8] y)", "t = Add(x, z) NORM(t, y)",
     "com.microsoft.SkipSimplifiedLayerNormalization"},
    {"one sum after the other", "float[2,3,8] x, float[2,3,8] z) => (float[2,3,8] y, float[2,3,8] w)",
     "t = Add(x, z) NORM(t, n) u = Add(t, n) NORM(u, y) w = Relu(u)",
     "Relu, com.microsoft.SkipSimplifiedLayerNormalization 2"},
    {"free sizes", "float[b,s,8] x, float[b,s,8] z) => (float[b,s,8] y)", "t = Add(x, z) NORM(t, y)",
     "com.microsoft.SkipSimplifiedLayerNormalization"},
    {"a sum that repeats one side", "float[2,3,8] x, float[3,8] z) => (float[2,3,8] y)", "t = Add(x, z) NORM(t, y)",
     "Add, SimplifiedLayerNormalization"},
    {"a sum of matrices", "float[6,8] x, float[6,8] z) => (float[6,8] y)", "t = Add(x, z) NORM(t, y)",
     "Add, SimplifiedLayerNormalization"},
};

TEST(FusedFormulas, TheSumBeforeANormGoesIntoTheRuntimesOperator) {
  SKIP_WITHOUT_RUNTIME();
  for (const JoinedSum& one : joined_sums) {
    SCOPED_TRACE(one.what);
    std::string text = std::string("g (") + one.signature +
                       " <float e = {1e-5}, float[8] gamma = {1,2,3,4,5,6,7,8}> { " + one.body + " }";
    for (const char* const ends : {"t, y", "t, n", "u, y"}) {
      const std::string x(1, ends[0]);
      const std::string y(1, ends[3]);
      const std::string own = y + x;  // names of this norm's own values
      text = test::replaced_all(text, std::string("NORM(") + ends + ")",
                                "q" + own + " = Mul(" + x + ", " + x + ") v" + own + " = ReduceMean <axes = [-1]> (q" +
                                    own + ") a" + own + " = Add(v" + own + ", e) r" + own + " = Sqrt(a" + own + ") d" +
                                    own + " = Div(" + x + ", r" + own + ") " + y + " = Mul(d" + own + ", gamma)");
    }
    const auto proto = test::parsed_model(text, 17, one.imports);
    const auto shaped = test::shaped_from_proto(proto);
    ASSERT_TRUE(shaped);
    const auto alone = test::optimized(shaped->model, {"fuse_rms_norm"}, false, true);
    ASSERT_TRUE(alone);
    EXPECT_EQ(test::counts_text(alone->graph), one.left);
    if (test::op_counts(alone->graph).contains("SimplifiedLayerNormalization")) continue;  // ONNX's checker has no such
    const auto models = test::run_passes(proto, {"fuse_rms_norm"}, false, true);
    ASSERT_TRUE(models);
    for (const test::Values& values : test::float_values) {
      const auto bound = site_bound("fuse_rms_norm", {DType::float32, 8, 1});
      ASSERT_TRUE(bound);
      const auto found = models->difference(values.fill);
      // Of two in a row, the second takes in what the first is off.
      EXPECT_LE(found.absolute, 4 * *bound * norm_scale) << values.what;
      EXPECT_GT(found.largest, 0);
    }
  }
}

TEST(FusedFormulas, AHalfBetweenCastsKeepsItsInnerType) {
  SKIP_WITHOUT_RUNTIME();
  // Statistics in float32, gamma in half precision: what the operators define by themselves.
  const char* body =
      " { c = Cast <to = 1> (x) e = Constant <value_float = 1e-6> () s = Mul(c, c) v = ReduceMean(s, axes) "
      "a = Add(v, e) r = Sqrt(a) n = Div(c, r) h = Cast <to = 10> (n) y = Mul(gamma, h) }";
  const std::string text =
      "g (float[4,8] x) => (float[4,8] y) <float[8] gamma = {1,2,3,4,5,6,7,8}, int64[1] axes = {-1}>" +
      std::string(body);
  const auto models = test::run_passes(test::in_half(test::parsed_model(text, 23)), {"fuse_rms_norm"});
  ASSERT_TRUE(models);
  EXPECT_EQ(test::counts_text(models->model->graph), "RMSNormalization");
  for (const test::Values& values : test::float_values) {
    const auto found = models->difference(values.fill);
    EXPECT_LE(found.absolute, 2 * 8 * 3 * unit_roundoff(DType::float16)) << values.what;
  }
}

}  // namespace
}  // namespace costscan
