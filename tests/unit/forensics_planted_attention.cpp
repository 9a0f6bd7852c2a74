// Heads of width 2: 1/sqrt(2) is 0.70710678, its root 0.84089642.
#include "unit/forensics_support.hpp"

namespace costscan::test {
namespace {

constexpr const char* square_weights =
    "float[2,2] wq = {1,2,3,4}, float[2,2] wk = {2,3,4,5}, float[2,2] wv = {3,4,5,6}, float[2,2] wo = {4,5,6,7}, "
    "float root = {1.41421356}, float low = {-10000}, float zero = {0}, float fourth = {0.84089642}, float half = "
    "{0.5}";

constexpr const char* grouped_weights =
    "float[4,4] wq = {1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8}, float[4,2] wk = {1,2,3,4,5,6,7,8}, float[4,2] wv = "
    "{2,3,4,5,6,7,8,9}, int64[4] two_heads = {1, 3, 2, 2}, int64[4] one_head = {1, 3, 1, 2}, int64[1] second = {2}, "
    "int64[5] repeated = {1, 1, 2, 3, 2}, int64[4] joined = {1, 2, 3, 2}, int64[3] flat = {1, 3, 4}";

constexpr const char* halves =
    "int64[1] zero = {0}, int64[1] mid = {2}, int64[1] far = {99}, int64[1] last = {-1}, "
    "int64[1] one = {1}, int64[1] two = {2}, int64[3] whole = {1, 3, 4}";

}  // namespace

std::vector<PlantedGraph> planted_attention() {
  return {
      {"three projections of one activation, scores divided",
       {{"attention_patterns", 1},
        {"attention_ops", 0},
        {"attention_blocks", 1},
        {"attention_scale", 1},
        {"attention_reshapes", 1},
        {"qkv_triples", 1},
        {"qkv_triples_equal_weight_shapes", 1},
        {"qkv_triples_quantized", 0},
        {"packed_qkv", 0},
        {"cross_attention_kv_pairs", 0},
        {"grouped_query_attention", 0},
        {"kv_cache_concat", 0},
        {"matmul_rank3_plus", 4}},
       "float[1,3,2] x",
       square_weights,
       "q = MatMul(x, wq) k = MatMul(x, wk) v = MatMul(x, wv) t = Transpose <perm = [0, 2, 1]> (k) s = MatMul(q, t) "
       "d = Div(s, root) p = Softmax <axis = -1> (d) c = MatMul(p, v) y = MatMul(c, wo)"},
      {"Q and K scaled by the root of 1/sqrt(d) each, a mask, rows without any key made zero",
       {{"attention_patterns", 1}, {"attention_scale", 2}, {"qkv_triples", 1}},
       "float[1,3,2] x, bool[1,3,3] mask",
       square_weights,
       "q = MatMul(x, wq) k = MatMul(x, wk) v = MatMul(x, wv) t = Transpose <perm = [0, 2, 1]> (k) "
       "a = Mul(q, fourth) b = Mul(t, fourth) s = MatMul(a, b) m = Where(mask, zero, low) d = Add(m, s) "
       "p = Softmax <axis = -1> (d) n = IsNaN(p) f = Where(n, zero, p) c = MatMul(f, v) y = MatMul(c, wo)"},
      {"a scale of another size",
       {{"attention_patterns", 1}, {"attention_scale", 0}},
       "float[1,3,2] x",
       square_weights,
       "q = MatMul(x, wq) t = Transpose <perm = [0, 2, 1]> (x) s = MatMul(q, t) d = Mul(s, half) "
       "p = Softmax <axis = -1> (d) y = MatMul(p, x)"},
      {"the width by shape arithmetic",
       {{"attention_patterns", 1}, {"attention_scale", 1}},
       "float[1,3,2] x",
       "float[2,2] wq = {1,2,3,4}, int64 last = {2}",
       "q = MatMul(x, wq) t = Transpose <perm = [0, 2, 1]> (x) s = MatMul(q, t) sh = Shape(q) g = Gather(sh, last) "
       "f = Cast <to = 1> (g) r = Sqrt(f) d = Div(s, r) p = Softmax <axis = -1> (d) y = MatMul(p, x)"},
      {"a softmax router is none",
       {{"attention_patterns", 0}, {"attention_blocks", 0}, {"qkv_triples", 0}, {"attention_reshapes", 0}},
       "float[1,3,2] x",
       square_weights,
       "r = MatMul(x, wq) p = Softmax <axis = -1> (r) v = MatMul(x, wv) t = Transpose <perm = [0, 2, 1]> (v) "
       "y = MatMul(p, t)"},
      {"by Einsum, in a row of its own",
       {{"attention_patterns", 0}, {"attention_blocks", 0}, {"attention_other_forms", 1}},
       "float[1,3,2] q, float[1,4,2] k",
       "",
       "s = Einsum <equation = \"bid,bjd->bij\"> (q, k) p = Softmax <axis = -1> (s) "
       "y = Einsum <equation = \"bij,bjd->bid\"> (p, k)"},
      {"by MatMul, in no other row",
       {{"attention_patterns", 1}, {"attention_other_forms", 0}},
       "float[1,3,2] q, float[1,2,4] k, float[1,4,2] v",
       "",
       "s = MatMul(q, k) p = Softmax <axis = -1> (s) y = MatMul(p, v)"},
      {"weights on the right of the softmax",
       {{"attention_patterns", 0}},
       "float[1,3,2] x",
       square_weights,
       "t = Transpose <perm = [0, 2, 1]> (x) s = MatMul(t, x) p = Softmax <axis = -1> (s) y = MatMul(p, wo)"},
      {"one product makes all three",
       {{"attention_patterns", 1}, {"packed_qkv", 1}, {"qkv_triples", 0}, {"qkv_triples_equal_weight_shapes", 0}},
       "float[1,3,2] x",
       "float[2,6] w = {1,2,3,4,5,6,7,8,9,10,11,12}, float[6] b = {1,2,3,4,5,6}",
       "h = MatMul(x, w) a = Add(h, b) q, k, v = Split <axis = 2, num_outputs = 3> (a) "
       "t = Transpose <perm = [0, 2, 1]> (k) s = MatMul(q, t) p = Softmax <axis = -1> (s) y = MatMul(p, v)"},
      {"K and V of another activation",
       {{"attention_patterns", 1}, {"cross_attention_kv_pairs", 1}, {"qkv_triples", 0}},
       "float[1,3,2] x, float[1,5,2] z",
       square_weights,
       "q = MatMul(x, wq) k = MatMul(z, wk) v = MatMul(z, wv) t = Transpose <perm = [0, 2, 1]> (k) s = MatMul(q, t) "
       "p = Softmax <axis = -1> (s) y = MatMul(p, v)"},
      {"three activations",
       {{"attention_patterns", 1}, {"cross_attention_kv_pairs", 0}, {"qkv_triples", 0}},
       "float[1,3,2] x, float[1,5,2] z, float[1,5,2] u",
       square_weights,
       "q = MatMul(x, wq) k = MatMul(z, wk) v = MatMul(u, wv) t = Transpose <perm = [0, 2, 1]> (k) s = MatMul(q, t) "
       "p = Softmax <axis = -1> (s) y = MatMul(p, v)"},
      {"quantised at run time",
       {{"qkv_triples", 0}, {"qkv_triples_quantized", 1}, {"attention_patterns", 1}},
       "float[1,3,2] x",
       "int8[2,2] wq = {1,2,3,4}, int8[2,2] wk = {2,3,4,5}, int8[2,2] wv = {3,4,5,6}, float ws = {0.1}",
       "i, xs, xz = DynamicQuantizeLinear(x) sc = Mul(xs, ws) a = MatMulInteger(i, wq, xz) b = MatMulInteger(i, wk, "
       "xz) "
       "c = MatMulInteger(i, wv, xz) af = Cast <to = 1> (a) bf = Cast <to = 1> (b) cf = Cast <to = 1> (c) "
       "q = Mul(af, sc) k = Mul(bf, sc) v = Mul(cf, sc) t = Transpose <perm = [0, 2, 1]> (k) s = MatMul(q, t) "
       "p = Softmax <axis = -1> (s) y = MatMul(p, v)"},
      {"one head of K for two of Q, repeated by Expand",
       {{"attention_patterns", 1},
        {"grouped_query_attention", 1},
        {"qkv_triples", 1},
        {"qkv_triples_equal_weight_shapes", 0},
        {"attention_reshapes", 11}},
       "float[1,3,4] x",
       grouped_weights,
       "q0 = MatMul(x, wq) q1 = Reshape(q0, two_heads) q = Transpose <perm = [0, 2, 1, 3]> (q1) "
       "k0 = MatMul(x, wk) k1 = Reshape(k0, one_head) k2 = Transpose <perm = [0, 2, 1, 3]> (k1) k3 = Unsqueeze(k2, "
       "second) "
       "k4 = Expand(k3, repeated) k5 = Reshape(k4, joined) k = Transpose <perm = [0, 1, 3, 2]> (k5) "
       "v0 = MatMul(x, wv) v1 = Reshape(v0, one_head) v2 = Transpose <perm = [0, 2, 1, 3]> (v1) v3 = Unsqueeze(v2, "
       "second) "
       "v4 = Expand(v3, repeated) v = Reshape(v4, joined) "
       "s = MatMul(q, k) p = Softmax <axis = -1> (s) c = MatMul(p, v) c1 = Transpose <perm = [0, 2, 1, 3]> (c) "
       "c2 = Reshape(c1, flat) y = MatMul(c2, wq)"},
      {"one head of K for two of Q, by broadcasting",
       {{"attention_patterns", 1}, {"grouped_query_attention", 1}},
       "float[1,3,4] x",
       grouped_weights,
       "q0 = MatMul(x, wq) q1 = Reshape(q0, two_heads) q = Transpose <perm = [0, 2, 1, 3]> (q1) "
       "k0 = MatMul(x, wk) k1 = Reshape(k0, one_head) k = Transpose <perm = [0, 2, 3, 1]> (k1) "
       "v0 = MatMul(x, wv) v1 = Reshape(v0, one_head) v = Transpose <perm = [0, 2, 1, 3]> (v1) "
       "s = MatMul(q, k) p = Softmax <axis = -1> (s) y = MatMul(p, v)"},
      {"as an op",
       {{"attention_patterns", 0}, {"attention_ops", 1}, {"attention_blocks", 1}, {"qkv_triples", 1}},
       "float[1,3,2] x",
       square_weights,
       "q = MatMul(x, wq) k = MatMul(x, wk) v = MatMul(x, wv) "
       "y = com.microsoft.MultiHeadAttention <num_heads = 1> (q, k, v)"},
      {"the standard's op, with fewer heads of K",
       {{"attention_ops", 1}, {"grouped_query_attention", 1}},
       "float[1,3,4] q, float[1,3,2] k, float[1,3,2] v",
       "",
       "y = Attention <q_num_heads = 2, kv_num_heads = 1> (q, k, v)",
       "float y",
       23},
      {"the standard's op, heads of K repeated before it",
       {{"attention_ops", 1}, {"grouped_query_attention", 1}},
       "float[1,2,3,4] q, float[1,3,4] x, float[1,2,3,4] v",
       "float[4,4] wk, int64[5] split = {1, 3, 1, 1, 4}, int64[5] repeated = {1, 3, 1, 2, 4}, int64[4] joined = {1, 3, "
       "2, 4}",
       "k0 = MatMul(x, wk) k1 = Reshape(k0, split) k2 = Expand(k1, repeated) k3 = Reshape(k2, joined) "
       "k = Transpose <perm = [0, 2, 1, 3]> (k3) y = Attention(q, k, v)",
       "float y",
       23},
      {"a cache that grows",
       {{"kv_cache_concat", 1}},
       "float[1,1,4,2] past, float[1,1,3,2] x",
       "",
       "k = Relu(x) present = Concat <axis = 2> (past, k) y = Neg(present)",
       "float y, float present"},
      {"a Concat that stays inside, and one of two inputs",
       {{"kv_cache_concat", 0}},
       "float[1,1,4,2] past, float[1,1,3,2] x",
       "",
       "k = Relu(x) a = Concat <axis = 2> (past, k) b = Concat <axis = 2> (past, x) y = Neg(a)",
       "float y, float b"},
      {"rotated halves, applied to Q and K",
       {{"rope", 2}, {"rope_other_forms", 0}},
       "float[1,3,4] q, float[1,3,4] k, float[1,3,4] cos, float[1,3,4] sin",
       halves,
       "q1 = Slice(q, zero, mid, last) q2 = Slice(q, mid, far, last) qn = Neg(q2) qr = Concat <axis = -1> (qn, q1) "
       "qc = Mul(q, cos) qs = Mul(qr, sin) y = Add(qc, qs) "
       "k1, k2 = Split <axis = -1, num_outputs = 2> (k) kn = Neg(k2) kr = Concat <axis = -1> (kn, k1) "
       "ks = Mul(sin, kr) kc = Mul(cos, k) z = Add(ks, kc)",
       "float y, float z"},
      {"halves in the wrong order",
       {{"rope", 0}, {"rope_other_forms", 0}},
       "float[1,3,4] q, float[1,3,4] cos, float[1,3,4] sin",
       halves,
       "q1 = Slice(q, zero, mid, last) q2 = Slice(q, mid, far, last) qn = Neg(q1) qr = Concat <axis = -1> (qn, q2) "
       "qc = Mul(q, cos) qs = Mul(qr, sin) y = Add(qc, qs)"},
      {"neighbours, and the op",
       {{"rope", 0}, {"rope_other_forms", 2}},
       "float[1,3,4] q, float[1,3,4] cos, float[1,3,4] sin, int64[1,3] pos, float[8,2] cc, float[8,2] cs",
       halves,
       "q1 = Slice(q, zero, far, last, two) q2 = Slice(q, one, far, last, two) qn = Neg(q2) a = Unsqueeze(qn, last) "
       "b = Unsqueeze(q1, last) st = Concat <axis = -1> (a, b) qr = Reshape(st, whole) qc = Mul(q, cos) "
       "qs = Mul(qr, sin) y = Add(qc, qs) z = com.microsoft.RotaryEmbedding <num_heads = 1> (q, pos, cc, cs)",
       "float y, float z"},
  };
}

}  // namespace costscan::test
