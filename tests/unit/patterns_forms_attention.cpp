// Attention as other exporters write it, each form with a graph that nearly is one.
#include "unit/patterns_forms.hpp"

namespace costscan::test {
namespace {

// Two heads of four over three positions; of K five.
const char* const heads =
    "float[1,2,3,4] q, float[1,2,5,4] k, float[1,2,5,4] v) => (float y) <float scale = {0.5}, float low = {-10000}, "
    "float one = {1}>";
// The same with heads behind positions, as TensorFlow and Keras have them.
const char* const positions_first =
    "float[1,3,2,4] q, float[1,5,2,4] k, float[1,5,2,4] v, float[1,1,1,5] mask) => (float y) <float scale = {0.5}, "
    "float low = {-10000}, float one = {1}>";
const char* const square = "float[1,3,3] q, float[1,3,3] k, float[1,3,3] v) => (float y) <int64[1] last = {-1}>";

}  // namespace

std::vector<DetectorCase> attention_form_cases() {
  return {
      {"two Einsums, scores scaled",
       "attention",
       {"einsum"},
       heads,
       "s = Einsum <equation = \"bhid,bhjd->bhij\"> (q, k) d = Mul(s, scale) p = Softmax <axis = -1> (d) "
       "y = Einsum <equation = \"bhij,bhjd->bhid\"> (p, v)",
       12},
      {"TensorFlow's letters and layout, K first, a mask of (1 - m) * -10000",
       "attention",
       {"einsum"},
       positions_first,
       "s = Einsum <equation = \"BTNH,BFNH->BNFT\"> (k, q) d = Mul(s, scale) o = Sub(one, mask) l = Mul(o, low) "
       "m = Add(d, l) p = Softmax(m) y = Einsum <equation = \"BNFT,BTNH->BFNH\"> (p, v)",
       13},
      {"dots for batch and heads, spaces in the equation",
       "attention",
       {"einsum"},
       heads,
       "s = Einsum <equation = \"... q d, ... k d -> ... q k\"> (q, k) p = Softmax(s) "
       "y = Einsum <equation = \"...qk,...kd->...qd\"> (p, v)",
       13},
      {"heads of Q in groups",
       "attention",
       {"einsum"},
       "float[1,2,3,5,4] q, float[1,2,6,4] k, float[1,2,6,4] v) => (float y) <float scale = {0.5}>",
       "s = Einsum <equation = \"bkgqd,bksd->bkgqs\"> (q, k) p = Softmax(s) "
       "y = Einsum <equation = \"bkgqs,bksd->bkgqd\"> (p, v)",
       13},
      {"one query, no axis of its own",
       "attention",
       {"einsum"},
       "float[2,5,4] h, float[2,4] q) => (float y) <float scale = {0.5}>",
       "s = Einsum <equation = \"bth,bh->bt\"> (h, q) p = Softmax(s) y = Einsum <equation = \"bt,bth->bh\"> (p, h)",
       13},
      {"scores by MatMul, context by Einsum",
       "attention",
       {"einsum"},
       heads,
       "t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul(q, t) p = Softmax(s) "
       "y = Einsum <equation = \"bhij,bhjd->bhid\"> (p, v)",
       13},
      {"an Einsum without a result term",
       "attention",
       {"einsum"},
       "float[3,4] q, float[5,4] k, float[5,6] v) => (float y)",
       "s = Einsum <equation = \"id,jd\"> (q, k) p = Softmax(s) y = Einsum <equation = \"ij,jd\"> (p, v)",
       13},
      {"the second Einsum sums over queries",
       "attention",
       {},
       heads,
       "s = Einsum <equation = \"bhid,bhjd->bhij\"> (q, k) p = Softmax(s) y = Einsum <equation = \"bhij,bhid->bhjd\"> "
       "(p, q)",
       13},
      {"a softmax along queries",
       "attention",
       {},
       heads,
       "s = Einsum <equation = \"bhid,bhjd->bhij\"> (q, k) p = Softmax <axis = 2> (s) "
       "y = Einsum <equation = \"bhij,bhjd->bhid\"> (p, v)",
       13},
      {"an Einsum with a weight makes no scores",
       "attention",
       {},
       "float[1,3,4] x) => (float y) <float[4,4] w = {1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8}>",
       "s = Einsum <equation = \"bid,de->bie\"> (x, w) p = Softmax(s) y = Einsum <equation = \"bie,bje->bij\"> (p, x)",
       13},
      {"weights over the scale, behind the softmax",
       "attention",
       {"scaled_weights"},
       heads,
       "t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul(q, t) p = Softmax <axis = -1> (s) w = Div(p, scale) "
       "y = MatMul(w, v)"},
      {"matrices by Gemm, K turned by its attribute",
       "attention",
       {"gemm"},
       "float[3,4] q, float[5,4] k, float[5,6] v) => (float y) <float half = {0.5}>",
       "s = Gemm <transB = 1> (q, k) d = Mul(s, half) p = Softmax(d) y = Gemm(p, v)"},
      {"scale over the weights",
       "attention",
       {},
       heads,
       "t = Transpose <perm = [0, 1, 3, 2]> (k) s = MatMul(q, t) p = Softmax <axis = -1> (s) w = Div(scale, p) "
       "y = MatMul(w, v)"},
      {"V on the left of the turned weights",
       "attention",
       {"weights_right"},
       square,
       "s = MatMul(q, k) p = Softmax <axis = 2> (s) t = Transpose <perm = [0, 2, 1]> (p) y = MatMul(v, t)"},
      {"V on the left of weights that are not turned",
       "attention",
       {},
       square,
       "s = MatMul(q, k) p = Softmax <axis = 2> (s) y = MatMul(v, p)"},
      {"scores of keys by queries, turned behind the softmax",
       "attention",
       {"transposed"},
       square,
       "s = MatMul(k, q) p = Softmax <axis = 1> (s) t = Transpose <perm = [0, 2, 1]> (p) y = MatMul(t, v)"},
      {"a softmax of exp and sum, with the maximum",
       "attention",
       {"softmax_in_parts"},
       square,
       "s = MatMul(q, k) m = ReduceMax <axes = [-1]> (s) d = Sub(s, m) e = Exp(d) t = ReduceSum(e, last) p = Div(e, t) "
       "y = MatMul(p, v)",
       17},
      {"without the maximum, the sum put back into shape, times the reciprocal",
       "attention",
       {"softmax_in_parts"},
       square,
       "s = MatMul(q, k) e = Exp(s) t = ReduceSum <keepdims = 0> (e, last) u = Unsqueeze(t, last) r = Reciprocal(u) "
       "p = Mul(r, e) y = MatMul(p, v)",
       17},
      {"the exponential of a LogSoftmax",
       "attention",
       {"softmax_in_parts"},
       square,
       "s = MatMul(q, k) l = LogSoftmax <axis = -1> (s) p = Exp(l) y = MatMul(p, v)"},
      {"exponentials over a sum of others",
       "attention",
       {},
       square,
       "s = MatMul(q, k) e = Exp(s) f = Exp(v) t = ReduceSum(f, last) p = Div(e, t) y = MatMul(p, v)",
       17},
      {"exponentials over their sum along queries",
       "attention",
       {},
       "float[1,3,3] q, float[1,3,3] k, float[1,3,3] v) => (float y) <int64[1] rows = {1}>",
       "s = MatMul(q, k) e = Exp(s) t = ReduceSum(e, rows) p = Div(e, t) y = MatMul(p, v)",
       17},
      {"Q, K and V by Einsum, packed apart",
       "qkv",
       {"triple"},
       "float[1,3,4] x) => (float y) <float[4,1,4] wq = {1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8}, "
       "float[4,1,4] wk = {2,3,4,5,6,7,8,1,2,3,4,5,6,7,8,1}, float[4,1,4] wv = {3,4,5,6,7,8,1,2,3,4,5,6,7,8,1,2}>",
       "q = Einsum <equation = \"bfd,dnh->bfnh\"> (x, wq) k = Einsum <equation = \"bfd,dnh->bfnh\"> (x, wk) "
       "v = Einsum <equation = \"bfd,dnh->bfnh\"> (x, wv) s = Einsum <equation = \"btnh,bfnh->bnft\"> (k, q) "
       "p = Softmax(s) y = Einsum <equation = \"bnft,btnh->bfnh\"> (p, v)",
       13},
      {"Q, K and V by convolutions of points",
       "qkv",
       {"triple"},
       "float[1,2,4] x) => (float y) <float[2,2,1] wq = {1,2,3,4}, float[2,2,1] wk = {2,3,4,5}, float[2,2,1] wv = "
       "{3,4,5,6}>",
       "q = Conv(x, wq) k = Conv(x, wk) v = Conv(x, wv) t = Transpose <perm = [0, 2, 1]> (q) s = MatMul(t, k) "
       "p = Softmax(s) u = Transpose <perm = [0, 2, 1]> (v) y = MatMul(p, u)"},
      {"Q and K are given",
       "qkv",
       {},
       "float[1,3,4] q, float[1,3,4] k, float[1,3,4] x) => (float y) <float[4,4] w = "
       "{1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8}>",
       "v = MatMul(x, w) s = Einsum <equation = \"bid,bjd->bij\"> (q, k) p = Softmax(s) y = MatMul(p, v)",
       13},
  };
}

}  // namespace costscan::test
