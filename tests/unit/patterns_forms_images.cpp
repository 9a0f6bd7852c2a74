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
    "float half = {0.5}>";
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
