// Norms and activations in the forms that exporters write: what detectors have to find and passes to replace.
#pragma once

#include <cstddef>
#include <string>

#include "unit/norm_patterns_support.hpp"

namespace costscan::test {

struct NormForm {
  const char* what;
  const char* pattern;
  const char* body;  ///< from x [2,3,8] to y; gamma and beta [8], e (epsilon), one, two, half, minus_half, ...: scalars
  bool gamma;
  bool beta;
  bool epsilon;
  std::size_t nodes;  ///< that belong to it
  const char* variant = "decomposed";
};

// A node of the body is a node of the match, unless the count says otherwise.
inline const NormForm norm_forms[] = {
    {"torch's layer norm", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Pow(d, two) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) n = Div(d, r) "
     "g = Mul(n, gamma) y = Add(g, beta)",
     true, true, true, 9},
    {"squared by a product, affine operands first", "layer_norm",
     "m = MEAN[2](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(e, v) r = Sqrt(a) n = Div(d, r) "
     "g = Mul(gamma, n) y = Add(beta, g)",
     true, true, true, 9},
    {"subtracted twice", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) d2 = Sub(x, m) s = Pow(d2, two) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) "
     "n = Div(d, r) g = Mul(n, gamma) y = Add(g, beta)",
     true, true, true, 10},
    {"mean and centred value computed twice, multiplied with each other", "layer_norm",
     "m = MEAN[-1](x) m2 = MEAN[-1](x) d = Sub(x, m) d2 = Sub(x, m2) s = Mul(d, d2) v = MEAN[-1](s) a = Add(v, e) "
     "r = Sqrt(a) y = Div(d, r)",
     false, false, true, 9},
    {"times the reciprocal", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "n = Mul(d, i) y = Mul(n, gamma)",
     true, false, true, 9},
    {"one by the root", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Div(one, r) "
     "n = Mul(i, d) y = Add(n, beta)",
     false, true, true, 9},
    {"to the power of minus a half", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) i = Pow(a, minus_half) "
     "y = Mul(i, d)",
     false, false, true, 7},
    {"to the power of a half, without epsilon", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) r = Pow(v, half) y = Div(d, r)", false, false, false,
     6},
    {"gamma times the reciprocal first", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "k = Mul(i, gamma) n = Mul(d, k) y = Add(n, beta)",
     true, true, true, 10},
    {"TensorFlow's batch_normalization", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "k = Mul(i, gamma) l = Mul(x, k) q = Mul(m, k) o = Sub(beta, q) y = Add(l, o)",
     true, true, true, 12},
    {"Keras's: x times the scale, plus beta minus the mean times it, signs by Neg", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "k = Mul(i, gamma) l = Mul(x, k) z = Neg(m) q = Mul(z, k) o = Add(q, beta) y = Add(l, o)",
     true, true, true, 13},
    {"the shift taken off", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "k = Mul(i, gamma) l = Mul(x, k) q = Mul(k, m) o = Sub(q, beta) y = Sub(l, o)",
     true, true, true, 12},
    {"a scalar kept out of the mean's shape and put back", "layer_norm",
     "m0 = ReduceMean_flat(x) m = Unsqueeze_last(m0) d = Sub(x, m) s = Mul(d, d) v0 = ReduceMean_flat(s) "
     "v = Unsqueeze_last(v0) a = Add(v, e) r = Sqrt(a) y = Div(d, r)",
     false, false, true, 9},
    {"with an Identity and a Dropout between", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) d1 = Identity(d) s = Mul(d1, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) "
     "n = Div(d, r) n1 = Identity(n) y = Mul(n1, gamma)",
     true, false, true, 10},
    {"along two axes", "layer_norm",
     "m = MEAN[1,2](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1,-2](s) a = Add(v, e) r = Sqrt(a) n = Div(d, r) "
     "g = Mul(n, gamma2) y = Add(g, beta2)",
     true, true, true, 9},
    {"channels first", "layer_norm",
     "m = MEAN[1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[1](s) a = Add(v, e) r = Sqrt(a) n = Div(d, r) "
     "g = Mul(n, gamma1) y = Add(g, beta1)",
     true, true, true, 9},
    {"T5's root mean square", "rms_norm",
     "s = Pow(x, two) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) n = Div(x, r) y = Mul(gamma, n)", true, false, true, 6},
    {"without gamma", "rms_norm",
     "s = Mul(x, x) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) y = Mul(x, i)", false, false, true, 6},
    {"without epsilon", "rms_norm", "s = Mul(x, x) v = MEAN[-1](s) r = Sqrt(v) n = Div(x, r) y = Mul(n, gamma)", true,
     false, false, 5},
    {"without either", "rms_norm", "s = Mul(x, x) v = MEAN[-1](s) i = Pow(v, minus_half) y = Mul(i, x)", false, false,
     false, 4},
    {"an Add behind a root mean square is not its own", "rms_norm",
     "s = Mul(x, x) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) n = Div(x, r) g = Mul(n, gamma) y = Add(g, beta)", true,
     false, true, 6},
    {"centred along another axis than it is normalised: only the root mean square is there", "rms_norm",
     "m = MEAN[1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) y = Div(d, r)", false, false,
     true, 5},
    {"gamma of x's own rank is not gamma", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) n = Div(d, r) "
     "y = Mul(n, whole)",
     false, false, true, 7},
    {"gamma that varies along another axis is not gamma", "rms_norm",
     "s = Mul(x, x) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) n = Div(x, r) y = Mul(n, gamma1)", false, false, true, 5},
    {"a normalised value with two readers has no gamma of its own", "rms_norm",
     "s = Mul(x, x) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) n = Div(x, r) g = Mul(n, gamma) y = Add(g, n)", false,
     false, true, 5},
    {"sums over their number", "layer_norm",
     "t = SUM[-1](x) m = Div(t, eight) d = Sub(x, m) s = Mul(d, d) u = SUM[-1](s) v = Div(u, eight) a = Add(v, e) "
     "r = Sqrt(a) n = Div(d, r) g = Mul(n, gamma) y = Add(g, beta)",
     true, true, true, 11, "sums"},
    {"sums times the reciprocal of their number, of a mean taken twice", "layer_norm",
     "t = SUM[-1](x) m = Mul(eighth, t) d = Sub(x, m) t2 = SUM[2](x) m2 = Mul(t2, eighth) d2 = Sub(x, m2) "
     "s = Pow(d2, two) u = SUM[-1](s) v = Mul(u, eighth) a = Add(v, e) i = Pow(a, minus_half) y = Mul(d, i)",
     false, false, true, 12, "sums"},
    {"a number that is no power of two", "layer_norm",
     "t = SUM[1,2](x) m = Mul(t, by24) d = Sub(x, m) s = Mul(d, d) u = SUM[-1,-2](s) v = Div(u, all24) a = Add(v, e) "
     "r = Sqrt(a) n = Div(d, r) g = Mul(n, gamma2) y = Add(g, beta2)",
     true, true, true, 11, "sums"},
    {"divided before it is summed", "layer_norm",
     "p = Mul(x, eighth) m = SUM[-1](p) d = Sub(x, m) s = Mul(d, d) q = Div(s, eight) v = SUM[-1](q) a = Add(v, e) "
     "r = Sqrt(a) y = Div(d, r)",
     false, false, true, 9, "sums"},
    {"one mean by a sum, the other by its operator", "layer_norm",
     "t = SUM[-1](x) m = Div(t, eight) d = Sub(x, m) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) "
     "y = Div(d, r)",
     false, false, true, 8, "sums"},
    {"TensorFlow's, by sums", "layer_norm",
     "t = SUM[-1](x) m = Div(t, eight) d = Sub(x, m) s = Mul(d, d) u = SUM[-1](s) v = Div(u, eight) a = Add(v, e) "
     "r = Sqrt(a) i = Reciprocal(r) k = Mul(i, gamma) l = Mul(x, k) q = Mul(m, k) o = Sub(beta, q) y = Add(l, o)",
     true, true, true, 14, "sums"},
    {"a sum of squares over their number", "rms_norm",
     "s = Mul(x, x) t = SUM[-1](s) v = Div(t, eight) a = Add(v, e) r = Sqrt(a) n = Div(x, r) y = Mul(n, gamma)", true,
     false, true, 7, "sums"},
    {"a reduction that squares by itself", "rms_norm",
     "t = SUMSQ[-1](x) v = Mul(t, eighth) a = Add(e, v) r = Sqrt(a) i = Reciprocal(r) n = Mul(x, i) y = Mul(gamma, n)",
     true, false, true, 7, "sums"},
    {"a reduction that squares what is centred", "layer_norm",
     "m = MEAN[-1](x) d = Sub(x, m) t = SUMSQ[-1](d) v = Div(t, eight) a = Add(v, e) r = Sqrt(a) y = Div(d, r)", false,
     false, true, 7, "sums"},
    {"pooled along its last axis", "layer_norm",
     "m = GlobalAveragePool(x) d = Sub(x, m) s = Mul(d, d) v = GlobalAveragePool(s) a = Add(v, e) r = Sqrt(a) "
     "n = Div(d, r) y = Mul(n, gamma)",
     true, false, true, 8, "pooled"},
    {"pooled as an image of one column", "layer_norm",
     "p = Reshape(x, image) m0 = GlobalAveragePool(p) m = Reshape(m0, row) d = Sub(x, m) s = Mul(d, d) "
     "q = Reshape(s, image) v0 = GlobalAveragePool(q) v = Reshape(v0, row) a = Add(v, e) r = Sqrt(a) n = Div(d, r) "
     "g = Mul(n, gamma) y = Add(g, beta)",
     true, true, true, 13, "pooled"},
    {"the negated mean added", "layer_norm",
     "m = MEAN[-1](x) l = Neg(m) d = Add(l, x) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) y = Div(d, r)",
     false, false, true, 8, "turned"},
    {"TensorFlow's, x taken off its mean before the square", "layer_norm",
     "m = MEAN[-1](x) d = Sub(m, x) s = Mul(d, d) v = MEAN[-1](s) a = Add(v, e) r = Sqrt(a) i = Reciprocal(r) "
     "k = Mul(i, gamma) l = Mul(x, k) q = Mul(m, k) o = Sub(beta, q) y = Add(l, o)",
     true, true, true, 12, "turned"},
    {"of all rows in a row", "rms_norm",
     "s = Mul(x, x) q = Reshape(s, rows) v0 = MEAN[1](q) v = Reshape(v0, row) a = Add(v, e) r = Sqrt(a) y = Div(x, r)",
     false, false, true, 7, "views"},
};

inline std::string norm_graph(const std::string& body, int opset) {
  std::string text =
      "g (float[2,3,8] x) => (float[2,3,8] y) <float[8] gamma = {1,2,3,4,5,6,7,8}, float[8] beta = {8,7,6,5,4,3,2,1}, "
      "float e = {1e-5}, "
      "float one = {1}, float two = {2}, float half = {0.5}, float minus_half = {-0.5}, float eight = {8}, "
      "float eighth = {0.125}, float all24 = {24}, float by24 = {0.041666668}, "
      "int64[4] image = {6, 1, 8, 1}, int64[3] row = {2, 3, 1}, int64[2] rows = {6, 8}, "
      "float[3,8] gamma2 = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}, "
      "float[3,8] beta2 = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}, float[3,1] gamma1 = {1,2,3}, "
      "float[3,1] beta1 = {1,2,3}, float[1,3,8] whole = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}, int64[1] "
      "last = {-1}"
      "> { " +
      body + " }";
  text = test::replaced_all(
      text, "ReduceMean_flat(x)",
      opset >= 18 ? "ReduceMean <keepdims = 0> (x, last)" : "ReduceMean <axes = [-1], keepdims = 0> (x)");
  text = test::replaced_all(
      text, "ReduceMean_flat(s)",
      opset >= 18 ? "ReduceMean <keepdims = 0> (s, last)" : "ReduceMean <axes = [-1], keepdims = 0> (s)");
  for (const char* value : {"m0", "v0"}) {
    text = test::replaced_all(text, std::string("Unsqueeze_last(") + value + ")",
                              opset >= 13 ? std::string("Unsqueeze(") + value + ", last)"
                                          : std::string("Unsqueeze <axes = [2]> (") + value + ")");
  }
  return test::for_opset(text, opset);
}

struct ActivationForm {
  const char* what;
  const char* pattern;  ///< empty: none of them
  const char* variant;
  const char* body;  ///< from x [2,8] to y
  std::size_t nodes;
};

inline const ActivationForm activation_forms[] = {
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
    {"x over one and exp(-x)", "silu", "exp", "n = Neg(x) p = Exp(n) d = Add(p, one) y = Div(x, d)", 4},
    {"the reciprocal of it, the sign by a factor", "silu", "exp",
     "n = Mul(x, minus_one) p = Exp(n) d = Add(one, p) r = Reciprocal(d) y = Mul(r, x)", 5},
    {"one over it", "silu", "exp", "n = Neg(x) p = Exp(n) d = Add(one, p) r = Div(one, d) y = Mul(x, r)", 5},
    {"to the power of minus one", "silu", "exp",
     "n = Sub(zero, x) p = Exp(n) d = Add(p, one) r = Pow(d, minus_one) y = Mul(x, r)", 5},
    {"a factor beside the sign", "quick_gelu", "exp",
     "n = Mul(x, minus_quick) p = Exp(n) d = Add(p, one) y = Div(x, d)", 4},
    {"exp(x), which opens the other way", "", "", "p = Exp(x) d = Add(p, one) y = Div(x, d)", 0},
    {"two and exp(-x)", "", "", "n = Neg(x) p = Exp(n) d = Add(p, two) y = Div(x, d)", 0},
    {"one less exp(-x)", "", "", "n = Neg(x) p = Exp(n) d = Sub(one, p) y = Div(x, d)", 0},
    {"one and exp(-x) over x", "", "", "n = Neg(x) p = Exp(n) d = Add(p, one) y = Div(d, x)", 0},
    {"a Sigmoid of one and exp", "", "", "n = Neg(x) p = Exp(n) d = Add(p, one) s = Sigmoid(d) y = Mul(x, s)", 0},
    {"another value over it", "", "", "z = Relu(x) n = Neg(x) p = Exp(n) d = Add(p, one) y = Div(z, d)", 0},
    {"a Sigmoid of -x", "", "", "n = Neg(x) s = Sigmoid(n) y = Mul(x, s)", 0},
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

inline std::string activation_graph(const std::string& body) {
  return "g (float[2,8] x) => (float[a,b] y) <float root2 = {1.4142135}, float short_root2 = {1.4142}, float "
         "inverse_root2 = "
         "{0.70710677}, "
         "float one = {1}, float two = {2}, float three = {3}, float half = {0.5}, float cubic = {0.044715}, float "
         "slope = {0.7978846}, "
         "float slope_cubic = {0.035677407}, float quick = {1.702}, float minus_quick = {-1.702}, float minus_one = "
         "{-1}, float zero = {0}, float[8] bias = {1,2,3,4,5,6,7,8}> { " +
         body + " }";
}

}  // namespace costscan::test
