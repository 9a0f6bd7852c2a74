// Activations and blocks of vision models as other exporters write them, each with what nearly is one.
#include "unit/patterns_forms.hpp"

namespace costscan::test {
namespace {

const char* const swished =
    "float[2,3] x) => (float y) <float three = {3}, float six = {6}, float zero = {0}, float one = {1}, "
    "float sixth = {0.16666667}, float fifth = {0.2}, float half = {0.5}>";
const char* const map =
    "float[1,2,4,4] x) => (float y) <float[2,2,1,1] w = {1,2,3,4}, float[4,2,1,1] wide = {1,2,3,4,5,6,7,8}, "
    "float[2,4,1,1] narrow = {1,2,3,4,5,6,7,8}, float[4,1,3,1] tall = {1,2,3,4,5,6,7,8,9,10,11,12}, "
    "float three = {3}, float six = {6}, float zero = {0}, float one = {1}, float sixth = {0.16666667}, "
    "float half = {0.5}, float root = {1.41421354}>";
const char* const convolved =
    "float[1,2,4,4] x) => (float y) <float[2,2,1,1] w = {1,2,3,4}, float[2] s = {1,2}, float root = {1.41421354}, "
    "float one = {1}, float half = {0.5}, float three = {3}, float six = {6}, float zero = {0}, float cubic = "
    "{0.044715}, float slope = {0.79788458}, float quick = {1.702}>";
/// Tokens [1, 16, 2] of a map of 4 x 4, and what makes and reads them.
const char* const tokens_of_map =
    "float[1,2,4,4] map) => (float y) <float[2,2,2,2] cut = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}, float[2,2,3,3] "
    "stem = {1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9}, float[2] s = {1,2}, int64[3] "
    "flat = {1, 2, -1}, int64[4] square = {1, 2, 4, 4}, float[2,2] k = {1,2,3,4}, float[2,2] v = {2,3,4,5}>";
const char* const patched =
    "float[1,1,4,4] x) => (float y) <float[3,1,2,2] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float[3] s = "
    "{1,2,3}>";
const char* const grouped =
    "float[1,4,3] x) => (float y) <int64[3] groups = {0, 2, -1}, int64[3] back = {1, 4, 3}, float e = {1e-5}, "
    "float[4,1] w = {1,2,3,4}>";

}  // namespace

std::vector<DetectorCase> image_form_cases() {
  return {
      {"relu6 by Relu and Min",
       "hard_swish",
       {"relu6"},
       swished,
       "a = Add(x, three) r = Relu(a) c = Min(r, six) g = Mul(c, sixth) y = Mul(g, x)"},
      {"a sixth of x times relu6",
       "hard_swish",
       {"relu6"},
       swished,
       "f = Div(x, six) a = Add(x, three) c = Clip(a, zero, six) y = Mul(f, c)"},
      {"the gate by Clip of a line",
       "hard_swish",
       {"unit_clip"},
       swished,
       "s = Mul(x, sixth) a = Add(s, half) c = Clip(a, zero, one) y = Mul(x, c)"},
      {"bounds as attributes",
       "hard_swish",
       {"relu6"},
       swished,
       "a = Add(three, x) c = Clip <max = 6.0, min = 0.0> (a) f = Mul(x, c) y = Div(f, six)",
       9},
      {"Keras's hard sigmoid has another slope",
       "hard_swish",
       {},
       swished,
       "s = Mul(x, fifth) a = Add(s, half) c = Clip(a, zero, one) y = Mul(x, c)"},
      {"relu6 of x itself", "hard_swish", {}, swished, "c = Clip(x, zero, six) f = Mul(x, c) y = Div(f, six)"},
      {"a gate by Clip of a line, HardSwish between its layers",
       "squeeze_excite",
       {""},
       map,
       "p = ReduceMean <axes = [2, 3]> (x) a = Conv(p, w) t = Add(a, three) c = Clip(t, zero, six) h = Mul(a, c) "
       "d = Div(h, six) b = Conv(d, w) s = Mul(b, sixth) o = Add(s, half) g = Clip(o, zero, one) y = Mul(x, g)",
       13},
      {"what the pool makes is no gate",
       "squeeze_excite",
       {},
       map,
       "p = GlobalAveragePool(x) a = Conv(p, w) y = Mul(x, a)"},
      {"an inverted residual with HardSwish in single nodes",
       "inverted_residual",
       {"residual"},
       map,
       "e = Conv(x, wide) a = Add(e, three) c = Clip(a, zero, six) m = Mul(e, c) r = Div(m, six) "
       "d = Conv <group = 4, pads = [1, 0, 1, 0]> (r, tall) p = Conv(d, narrow) y = Add(p, x)"},
      {"its middle is scaled by another map",
       "inverted_residual",
       {},
       map,
       "e = Conv(x, wide) z = Relu(e) n = Neg(e) m = Mul(z, n) d = Conv <group = 4, pads = [1, 0, 1, 0]> (m, tall) "
       "p = Conv(d, narrow) y = Add(p, x)"},
      {"an inverted residual with GELU in single nodes",
       "inverted_residual",
       {"residual"},
       map,
       "e = Conv(x, wide) a = Div(e, root) f = Erf(a) g = Add(f, one) m = Mul(e, g) r = Mul(m, half) "
       "d = Conv <group = 4, pads = [1, 0, 1, 0]> (r, tall) b = Div(d, root) h = Erf(b) i = Add(h, one) "
       "n = Mul(d, half) t = Mul(n, i) p = Conv(t, narrow) y = Add(p, x)"},
      {"Mish, and squeeze-excite behind it",
       "inverted_residual",
       {"plain"},
       map,
       "e = Conv(x, wide) a = Softplus(e) f = Tanh(a) r = Mul(e, f) d = Conv <group = 4, pads = [1, 0, 1, 0]> (r, "
       "tall) "
       "b = Softplus(d) h = Tanh(b) t = Mul(d, h) q = GlobalAveragePool(t) i = Conv(q, narrow) j = Conv(i, wide) "
       "g = Sigmoid(j) u = Mul(t, g) y = Conv(u, narrow)"},
      {"GELU of something else in the middle",
       "inverted_residual",
       {},
       map,
       "e = Conv(x, wide) o = Neg(e) a = Div(o, root) f = Erf(a) g = Add(f, one) m = Mul(o, g) r = Mul(m, half) "
       "d = Conv <group = 4, pads = [1, 0, 1, 0]> (r, tall) p = Conv(d, narrow) y = Add(p, x)"},
      {"squeeze and excite with GELU between its layers",
       "squeeze_excite",
       {""},
       map,
       "p = GlobalAveragePool(x) a = Conv(p, w) c = Div(a, root) f = Erf(c) d = Add(f, one) m = Mul(a, d) "
       "h = Mul(m, half) b = Conv(h, w) g = Sigmoid(b) y = Mul(x, g)"},
      {"activations in several nodes behind convolutions",
       "conv_activation",
       {"gelu", "gelu", "hard_swish", "mish", "silu", "silu_exp", "quick_gelu"},
       convolved,
       "a = Conv(x, w) aa = Div(a, root) ab = Erf(aa) ac = Add(ab, one) ad = Mul(a, ac) ae = Mul(ad, half) "
       "b = Conv(ae, w) bn = BatchNormalization(b, s, s, s, s) ba = Mul(bn, bn) bb = Mul(bn, ba) bc = Mul(bb, cubic) "
       "bd = Add(bn, bc) be = Mul(bd, slope) bf = Tanh(be) bg = Add(bf, one) bh = Mul(bn, half) bi = Mul(bh, bg) "
       "c = Conv(bi, w) ca = Add(c, three) cb = Clip(ca, zero, six) cc = Mul(c, cb) cd = Div(cc, six) "
       "d = Conv(cd, w) da = Softplus(d) db = Tanh(da) dc = Mul(d, db) "
       "e = Conv(dc, w) ea = Sigmoid(e) eb = Mul(e, ea) "
       "f = Conv(eb, w) fa = Neg(f) fb = Exp(fa) fc = Add(fb, one) fd = Div(f, fc) "
       "g = Conv(fd, w) ga = Mul(g, quick) gb = Sigmoid(ga) y = Mul(g, gb)"},
      {"a convolution that more than its GELU reads",
       "conv_activation",
       {},
       convolved,
       "a = Conv(x, w) aa = Div(a, root) ab = Erf(aa) ac = Add(ab, one) ad = Mul(a, ac) ae = Mul(ad, half) "
       "y = Add(ae, a)"},
      {"GELU of a convolution and its input together",
       "conv_activation",
       {},
       convolved,
       "c = Conv(x, w) a = Add(c, x) aa = Div(a, root) ab = Erf(aa) ac = Add(ab, one) ad = Mul(a, ac) y = Mul(ad, "
       "half)"},
      {"patches that stay a map, channels last",
       "patch_embedding",
       {""},
       patched,
       "c = Conv <strides = [2, 2]> (x, w) t = Transpose <perm = [0, 2, 3, 1]> (c) y = LayerNormalization(t, s)"},
      {"of an image in bytes that is normalised and turned first, with a bias apart",
       "patch_embedding",
       {""},
       "uint8[1,4,4,1] x) => (float y) <float[3,1,2,2] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float mean = {0.5}, float "
       "deviation = {0.25}, float[3,1,1] bias = {1,2,3}>",
       "f = Cast <to = 1> (x) a = Sub(f, mean) n = Div(a, deviation) i = Transpose <perm = [0, 3, 1, 2]> (n) "
       "c = Conv <strides = [2, 2]> (i, w) b = Add(c, bias) t = Transpose <perm = [0, 2, 3, 1]> (b) y = Relu(t)"},
      {"a map that keeps its channels first is no tokens",
       "patch_embedding",
       {},
       patched,
       "c = Conv <strides = [2, 2]> (x, w) y = Relu(c)"},
      {"another turn of the map",
       "patch_embedding",
       {},
       patched,
       "c = Conv <strides = [2, 2]> (x, w) t = Transpose <perm = [0, 1, 3, 2]> (c) y = Relu(t)"},
      {"a graph input of many channels is a map of features",
       "patch_embedding",
       {},
       "float[1,17,2,2] x) => (float y) <float[1,17,2,2] w = "
       "{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,1,2,3,4,5,6,7,8,9,10,11,"
       "12,"
       "13,14,15,16,17,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17}>",
       "c = Conv <strides = [2, 2]> (x, w) t = Transpose <perm = [0, 2, 3, 1]> (c) y = Relu(t)"},
      {"tokens of a further stage, to which its blocks add",
       "patch_embedding",
       {""},
       tokens_of_map,
       "m = Conv <pads = [1, 1, 1, 1]> (map, stem) c = Conv <strides = [2, 2]> (m, cut) f = Reshape(c, flat) "
       "t = Transpose <perm = [0, 2, 1]> (f) n = LayerNormalization(t, s) a = MatMul(n, k) y = Add(n, a)"},
      {"tokens laid out as a map and shortened to keys and values",
       "patch_embedding",
       {},
       tokens_of_map,
       "m = Conv <pads = [1, 1, 1, 1]> (map, stem) a = Reshape(m, flat) t = Transpose <perm = [0, 2, 1]> (a) "
       "n = LayerNormalization(t, s) b = Transpose <perm = [0, 2, 1]> (n) d = Reshape(b, square) "
       "c = Conv <strides = [2, 2]> (d, cut) f = Reshape(c, flat) g = Transpose <perm = [0, 2, 1]> (f) "
       "h = LayerNormalization(g, s) i = MatMul(h, k) j = MatMul(h, v) o = Transpose <perm = [0, 2, 1]> (i) "
       "q = MatMul(n, o) p = Softmax(q) r = MatMul(p, j) y = Add(r, t)"},
      {"patches by Reshape, Transpose and a layer",
       "patch_embedding",
       {"linear"},
       "float[1,1,4,4] x) => (float y) <int64[6] cut = {1, 1, 2, 2, 2, 2}, int64[3] tokens = {1, 4, 4}, "
       "float[4,3] w = {1,2,3,4,5,6,7,8,9,10,11,12}>",
       "a = Reshape(x, cut) b = Transpose <perm = [0, 2, 4, 3, 5, 1]> (a) c = Reshape(b, tokens) y = MatMul(c, w)"},
      {"channels last",
       "patch_embedding",
       {"linear"},
       "float[1,4,4,3] x) => (float y) <int64[6] cut = {1, 2, 2, 2, 2, 3}, int64[3] tokens = {1, 4, 12}, "
       "float[12,1] w = {1,2,3,4,5,6,7,8,9,10,11,12}>",
       "a = Reshape(x, cut) b = Transpose <perm = [0, 1, 3, 2, 4, 5]> (a) c = Reshape(b, tokens) y = MatMul(c, w)"},
      {"windows of tokens keep their channels",
       "patch_embedding",
       {},
       "float[1,4,4,2] x) => (float y) <int64[6] cut = {1, 2, 2, 2, 2, 2}, int64[3] tokens = {4, 4, 2}, "
       "float[2,3] w = {1,2,3,4,5,6}>",
       "a = Reshape(x, cut) b = Transpose <perm = [0, 1, 3, 2, 4, 5]> (a) c = Reshape(b, tokens) y = MatMul(c, w)"},
      {"group normalisation in single nodes",
       "group_norm",
       {"decomposed"},
       grouped,
       "r = Reshape(x, groups) m = ReduceMean <axes = [2]> (r) d = Sub(r, m) s = Mul(d, d) v = ReduceMean <axes = [2]> "
       "(s) a = Add(v, e) q = Sqrt(a) n = Div(d, q) o = Reshape(n, back) y = Mul(o, w)",
       17},
      {"its result keeps the groups",
       "group_norm",
       {},
       grouped,
       "r = Reshape(x, groups) m = ReduceMean <axes = [2]> (r) d = Sub(r, m) s = Mul(d, d) v = ReduceMean <axes = [2]> "
       "(s) a = Add(v, e) q = Sqrt(a) n = Div(d, q) y = Neg(n)",
       17},
  };
}

}  // namespace costscan::test
