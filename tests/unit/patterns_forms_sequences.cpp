// Norms, rotary embeddings, routers and caches as other exporters write them, each with what nearly is one.
#include "unit/patterns_forms.hpp"

namespace costscan::test {
namespace {

const char* const rows =
    "float[2,8] x) => (float y) <float e = {1e-5}, float[8] g = {1,2,3,4,5,6,7,8}, float root8 = {2.8284271}, "
    "float inverse_root8 = {0.35355339}, int64 i0 = {0}, int64 i1 = {1}, int64[1] last = {-1}, float tiny = {1e-12}, "
    "float zero = {0}>";
// Q of two pairs; cosines and sines for each.
const char* const pairs =
    "float[1,3,4] x, float[1,3,2] cos, float[1,3,2] sin) => (float y) <int64[4] split = {1, 3, 2, 2}, "
    "int64[3] whole = {1, 3, 4}, int64[1] last = {-1}, int64 i0 = {0}, int64 i1 = {1}>";
// Of four: halves (-x2, x1), neighbours, the first of them negated, without a sign, with one entry more.
const char* const turned =
    "float[1,3,4] x, float[3,4] cos, float[3,4] sin) => (float y) <"
    "float[4,4] half_turn = {0,0,1,0, 0,0,0,1, -1,0,0,0, 0,-1,0,0}, "
    "float[4,4] pair_turn = {0,1,0,0, -1,0,0,0, 0,0,0,1, 0,0,-1,0}, "
    "float[4,4] back_turn = {0,0,-1,0, 0,0,0,-1, 1,0,0,0, 0,1,0,0}, "
    "float[4,4] exchange = {0,0,1,0, 0,0,0,1, 1,0,0,0, 0,1,0,0}, "
    "float[4,4] one_more = {0,0,1,0, 0,0,0,1, -1,0,0,0, 0,-1,0,1}>";
const char* const complex_pairs =
    "float[1,3,4] x, float[3,2,2] f) => (float y) <int64[4] split = {1, 3, 2, 2}, int64[3] whole = {1, 3, 4}, "
    "int64[1] last = {-1}, int64[1] z = {0}, int64[1] o = {1}, int64[1] w = {2}>";
const char* const pair_matrices =
    "float[1,3,4] x, float[3,2] angle) => (float y) <int64[5] split = {1, 3, 2, 1, 2}, int64[3] whole = {1, 3, 4}, "
    "int64[4] squares = {3, 2, 2, 2}, int64[1] last = {-1}, int64 i0 = {0}, int64 i1 = {1}>";
const char* const stacked_cache =
    "float[2,1,1,4,2] past, float[1,1,3,2] x) => (float y, float present) <int64 i0 = {0}, int64 i1 = {1}, int64[1] "
    "first = {0}>";
const char* const routed =
    "float[5,2] x, bool[5,4] kept) => (float y) <float[2,4] router = {1,2,3,4,5,6,7,8}, "
    "int64[1] two = {2}, int64 four = {4}, float[2] off_on = {0, 1}, float zero = {0}, "
    "int64[2] many = {2, 600}>";

}  // namespace

std::vector<DetectorCase> sequence_form_cases() {
  return {
      {"a variance of mean(x x) - mean(x) mean(x)",
       "layer_norm",
       {"moments"},
       rows,
       "m = ReduceMean <axes = [-1]> (x) q = Mul(x, x) w = ReduceMean <axes = [-1]> (q) h = Mul(m, m) v = Sub(w, h) "
       "a = Add(v, e) r = Sqrt(a) d = Sub(x, m) n = Div(d, r) y = Mul(n, g)",
       17},
      {"the same kept above 0, times the reciprocal root times gamma",
       "layer_norm",
       {"moments"},
       rows,
       "m = ReduceMean <axes = [-1]> (x) q = Mul(x, x) w = ReduceMean <axes = [-1]> (q) h = Mul(m, m) v = Sub(w, h) "
       "c = Max(v, zero) a = Add(c, e) r = Sqrt(a) i = Reciprocal(r) k = Mul(i, g) d = Sub(x, m) y = Mul(d, k)",
       17},
      {"the mean of another value is subtracted",
       "layer_norm",
       {},
       rows,
       "z = Relu(x) m = ReduceMean <axes = [-1]> (z) q = Mul(x, x) w = ReduceMean <axes = [-1]> (q) h = Mul(m, m) "
       "v = Sub(w, h) a = Add(v, e) r = Sqrt(a) d = Sub(x, m) y = Div(d, r)",
       17},
      {"x over its length times the root of its size, and gamma",
       "rms_norm",
       {"length"},
       rows,
       "l = ReduceL2 <axes = [-1]> (x) c = Clip(l, tiny) d = Div(x, c) s = Mul(d, root8) y = Mul(s, g)",
       17},
      {"x over its length over the root of its size",
       "rms_norm",
       {"length"},
       rows,
       "l = ReduceL2 <axes = [-1]> (x) m = Mul(l, inverse_root8) a = Add(m, e) d = Div(x, a) y = Mul(g, d)",
       17},
      {"the same, divided, and only that",
       "rms_norm",
       {"length"},
       rows,
       "l = ReduceL2 <axes = [-1]> (x) m = Div(l, root8) y = Div(x, m)",
       17},
      {"its length times the root of its size",
       "rms_norm",
       {},
       rows,
       "l = ReduceL2 <axes = [-1]> (x) m = Mul(l, root8) y = Div(x, m)",
       17},
      {"a sum over the number that its shape tells",
       "rms_norm",
       {"sums"},
       rows,
       "h = Shape(x) k = Gather(h, i1) n = Cast <to = 1> (k) s = Mul(x, x) t = ReduceSum(s, last) v = Div(t, n) "
       "a = Add(v, e) r = Sqrt(a) y = Div(x, r)",
       17},
      {"a sum over the number of rows",
       "rms_norm",
       {},
       rows,
       "h = Shape(x) k = Gather(h, i0) n = Cast <to = 1> (k) s = Mul(x, x) t = ReduceSum(s, last) v = Div(t, n) "
       "a = Add(v, e) r = Sqrt(a) y = Div(x, r)",
       17},
      {"a direction is no norm",
       "rms_norm",
       {},
       rows,
       "l = ReduceL2 <axes = [-1]> (x) c = Clip(l, tiny) d = Div(x, c) y = Mul(d, g)",
       17},
      {"pairs by Reshape and Split, stacked again",
       "rope",
       {"interleaved"},
       pairs,
       "r = Reshape(x, split) a, b = Split <axis = -1, num_outputs = 2> (r) a1 = Squeeze(a, last) b1 = Squeeze(b, "
       "last) "
       "ac = Mul(a1, cos) bs = Mul(b1, sin) re = Sub(ac, bs) bc = Mul(b1, cos) as = Mul(a1, sin) im = Add(bc, as) "
       "u = Unsqueeze(re, last) w = Unsqueeze(im, last) st = Concat <axis = -1> (u, w) y = Reshape(st, whole)"},
      {"pairs by Gather, the sine's product negated, factors first",
       "rope",
       {"interleaved"},
       pairs,
       "r = Reshape(x, split) a = Gather <axis = -1> (r, i0) b = Gather <axis = -1> (r, i1) ac = Mul(cos, a) "
       "bs = Mul(sin, b) nbs = Neg(bs) re = Add(nbs, ac) as = Mul(sin, a) bc = Mul(cos, b) im = Add(as, bc) "
       "u = Unsqueeze(re, last) w = Unsqueeze(im, last) st = Concat <axis = -1> (u, w) y = Reshape(st, whole)"},
      {"a minus is missing",
       "rope",
       {},
       pairs,
       "a, b = Split <axis = -1, num_outputs = 2> (x) ac = Mul(a, cos) bs = Mul(b, sin) re = Add(ac, bs) "
       "bc = Mul(b, cos) as = Mul(a, sin) im = Add(bc, as) y = Concat <axis = -1> (re, im)"},
      {"pairs turned as a whole, x times the cosine in its own shape",
       "rope",
       {"interleaved"},
       "float[1,3,4] x, float[1,3,4] cos, float[1,3,4] sin) => (float y) <int64[4] split = {1, 3, 2, 2}, "
       "int64[3] whole = {1, 3, 4}, int64[1] last = {-1}>",
       "r = Reshape(x, split) a, b = Split <axis = -1, num_outputs = 2> (r) n = Neg(b) t = Concat <axis = -1> (n, a) "
       "f = Reshape(t, whole) fs = Mul(f, sin) xc = Mul(x, cos) y = Add(xc, fs)"},
      {"halves turned by a matrix",
       "rope",
       {"matrix"},
       turned,
       "r = MatMul(x, half_turn) rs = Mul(r, sin) xc = Mul(x, cos) y = Add(xc, rs)"},
      {"neighbours turned by a matrix, factors first",
       "rope",
       {"matrix"},
       turned,
       "r = MatMul(x, pair_turn) rs = Mul(sin, r) xc = Mul(cos, x) y = Add(rs, xc)"},
      {"turned back, and subtracted",
       "rope",
       {"matrix"},
       turned,
       "r = MatMul(x, back_turn) rs = Mul(r, sin) xc = Mul(x, cos) y = Sub(xc, rs)"},
      {"turned back, and added",
       "rope",
       {},
       turned,
       "r = MatMul(x, back_turn) rs = Mul(r, sin) xc = Mul(x, cos) y = Add(xc, rs)"},
      {"halves exchanged without a sign",
       "rope",
       {},
       turned,
       "r = MatMul(x, exchange) rs = Mul(r, sin) xc = Mul(x, cos) y = Add(xc, rs)"},
      {"a matrix with one more entry",
       "rope",
       {},
       turned,
       "r = MatMul(x, one_more) rs = Mul(r, sin) xc = Mul(x, cos) y = Add(xc, rs)"},
      {"a product of complex numbers in two parts, both sliced",
       "rope",
       {"interleaved"},
       complex_pairs,
       "xp = Reshape(x, split) a = Slice(xp, z, o, last) b = Slice(xp, o, w, last) c = Slice(f, z, o, last) "
       "d = Slice(f, o, w, last) ac = Mul(a, c) bd = Mul(b, d) re = Sub(ac, bd) ad = Mul(a, d) bc = Mul(b, c) "
       "im = Add(ad, bc) st = Concat <axis = -1> (re, im) y = Reshape(st, whole)"},
      {"the same with the table first in two of the products",
       "rope",
       {"interleaved"},
       complex_pairs,
       "xp = Reshape(x, split) a = Slice(xp, z, o, last) b = Slice(xp, o, w, last) c = Slice(f, z, o, last) "
       "d = Slice(f, o, w, last) ac = Mul(c, a) bd = Mul(b, d) re = Sub(ac, bd) ad = Mul(d, a) bc = Mul(b, c) "
       "im = Add(bc, ad) st = Concat <axis = -1> (re, im) y = Reshape(st, whole)"},
      {"a product with parts that do not belong together",
       "rope",
       {},
       complex_pairs,
       "xp = Reshape(x, split) a = Slice(xp, z, o, last) b = Slice(xp, o, w, last) c = Slice(f, z, o, last) "
       "d = Slice(f, o, w, last) ac = Mul(a, c) bd = Mul(b, d) re = Sub(ac, bd) ad = Mul(a, c) bc = Mul(b, d) "
       "im = Add(ad, bc) st = Concat <axis = -1> (re, im) y = Reshape(st, whole)"},
      {"a matrix for each pair, of sines and cosines",
       "rope",
       {"pair_matrices"},
       pair_matrices,
       "c = Cos(angle) s = Sin(angle) m = Neg(s) c1 = Unsqueeze(c, last) s1 = Unsqueeze(s, last) m1 = Unsqueeze(m, "
       "last) "
       "all = Concat <axis = -1> (c1, m1, s1, c1) f = Reshape(all, squares) xp = Reshape(x, split) "
       "f0 = Gather <axis = -1> (f, i0) f1 = Gather <axis = -1> (f, i1) x0 = Gather <axis = -1> (xp, i0) "
       "x1 = Gather <axis = -1> (xp, i1) p = Mul(f0, x0) q = Mul(f1, x1) a = Add(p, q) y = Reshape(a, whole)"},
      {"a matrix for each pair, of something else",
       "rope",
       {},
       pair_matrices,
       "c1 = Unsqueeze(angle, last) all = Concat <axis = -1> (c1, c1, c1, c1) f = Reshape(all, squares) "
       "xp = Reshape(x, split) f0 = Gather <axis = -1> (f, i0) f1 = Gather <axis = -1> (f, i1) "
       "x0 = Gather <axis = -1> (xp, i0) x1 = Gather <axis = -1> (xp, i1) p = Mul(f0, x0) q = Mul(f1, x1) "
       "a = Add(p, q) y = Reshape(a, whole)"},
      {"the best expert by ArgMax",
       "moe_routing",
       {"arg_max"},
       routed,
       "l = MatMul(x, router) p = Softmax(l) i = ArgMax <axis = -1, keepdims = 0> (p) o = OneHot(i, four, off_on) "
       "y = Mul(o, p)"},
      {"a label is no expert",
       "moe_routing",
       {},
       "float[5,2] x) => (int64 y) <float[2,4] router = {1,2,3,4,5,6,7,8}>",
       "l = MatMul(x, router) p = Softmax(l) y = ArgMax <axis = -1, keepdims = 0> (p)"},
      {"groups of experts masked out",
       "moe_routing",
       {"top_k"},
       routed,
       "l = MatMul(x, router) s = Sigmoid(l) m = Where(kept, s, zero) v, i = TopK(m, two) f = Cast <to = 1> (i) "
       "y = Mul(v, f)"},
      {"the best classes of many, with what belongs to them",
       "moe_routing",
       {},
       routed,
       "w = ConstantOfShape(many) l = MatMul(x, w) v, i = TopK(l, two) f = Cast <to = 1> (i) y = Mul(v, f)"},
      {"keys and values stacked in one cache",
       "kv_cache_append",
       {"concat_in_parts", "concat_in_parts"},
       stacked_cache,
       "pk = Gather <axis = 0> (past, i0) pv = Gather <axis = 0> (past, i1) k = Relu(x) v = Neg(x) "
       "c = Concat <axis = 2> (pk, k) d = Concat <axis = 2> (pv, v) a = Unsqueeze(c, first) b = Unsqueeze(d, first) "
       "present = Concat <axis = 0> (a, b) y = Add(c, d)"},
      {"joined, and only handed out",
       "kv_cache_append",
       {},
       stacked_cache,
       "pk = Gather <axis = 0> (past, i0) k = Relu(x) c = Concat <axis = 2> (pk, k) present = Unsqueeze(c, first) "
       "y = Neg(k)"},
  };
}

}  // namespace costscan::test
