// The clumsy graph becomes the clean one, and what only looks clumsy stays. To add a case: a line in the table, in
// ONNX's textual syntax; where nothing must happen, `clean` is empty.
#include <gtest/gtest.h>

#include "passes_support.hpp"

namespace costscan::test {
namespace {

struct PassCase {
  const char* name;
  const char* passes;  ///< separated by blanks
  const char* clumsy;
  const char* clean;  ///< empty: stays as it is
  const char* header = R"(ir_version: 10, opset_import: ["" : 20, "com.microsoft" : 1])";
};

constexpr const char* opset_10 = R"(ir_version: 5, opset_import: ["" : 10])";
constexpr const char* opset_11 = R"(ir_version: 6, opset_import: ["" : 11])";

const PassCase pass_cases[] = {
    {"dead_node_and_its_weight", "eliminate_dead_nodes eliminate_unused_initializers",
     "g (float[2] x) => (float[2] y) <float[2] w = {1,2}> { d = Add(x, w) e = Relu(d) y = Neg(x) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"identity", "eliminate_identity_ops", "g (float[2] x) => (float[2] y) { a = Identity(x) y = Neg(a) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"identity_before_an_output_keeps_its_name", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) { a = Neg(x) y = Identity(a) }", "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"identity_from_input_to_output_stays", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) { y = Identity(x) }", ""},
    {"two_outputs_of_one_value", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y, float[2] z) { y = Neg(x) z = Identity(y) }", ""},
    {"chain_of_identities", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) { a = Identity(x) b = Identity(a) c = Identity(b) y = Neg(c) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"dropout", "eliminate_identity_ops", "g (float[2] x) => (float[2] y) { a = Dropout(x) y = Neg(a) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"dropout_with_its_mask_read", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y, bool[2] m) { a, m = Dropout(x) y = Neg(a) }", ""},
    {"cast_to_its_own_type", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) { a = Cast<to=1>(x) y = Neg(a) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"times_one", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) <float w = {1}> { a = Mul(w, x) b = Div(a, w) y = Neg(b) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"times_one_that_broadcasts", "eliminate_identity_ops",
     "g (float[1] x) => (float[3] y) <float[3] w = {1,1,1}> { a = Mul(x, w) y = Neg(a) }", ""},
    {"and_with_true", "eliminate_identity_ops",
     "g (bool[2] x) => (bool[2] y) <bool t = {1}, bool[2] f = {0,0}> { a = And(t, x) b = Or(a, f) c = Xor(f, b) y = "
     "Not(c) "
     "}",
     "g (bool[2] x) => (bool[2] y) { y = Not(x) }"},
    {"and_with_false_or_with_true", "eliminate_identity_ops",
     "g (bool[2] x) => (bool[2] y) <bool t = {1}, bool f = {0}, bool[2] p = {1,0}> { a = And(f, x) b = Or(a, t) "
     "c = Xor(b, t) d = And(c, p) y = Not(d) }",
     ""},
    {"and_with_true_that_broadcasts", "eliminate_identity_ops",
     "g (bool[1] x) => (bool[3] y) <bool[3] t = {1,1,1}> { a = And(x, t) y = Not(a) }", ""},
    {"where_the_choice_is_known", "eliminate_identity_ops",
     "g (float[2] x, float[2] z, bool[2] c) => (float[2] y) <bool[2] t = {1,1}, bool f = {0}> { a = Where(t, x, z) "
     "b = Where(f, z, a) d = Where(c, b, b) y = Neg(d) }",
     "g (float[2] x, float[2] z, bool[2] c) => (float[2] y) { y = Neg(x) }"},
    {"where_it_is_not", "eliminate_identity_ops",
     "g (float[2] x, float[1] z) => (float[2] y) <bool[2] p = {1,0}, bool f = {0}> { a = Where(p, x, z) b = Where(f, "
     "x, z) "
     "y = Sub(a, b) }",
     ""},
    {"one_over_x", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) <float w = {1}> { a = Div(w, x) y = Neg(a) }", ""},
    {"plus_zero_would_lose_the_sign_of_zero", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) <float w = {0}> { a = Add(x, w) y = Neg(a) }", ""},
    {"minus_zero", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) <float w = {0}> { a = Sub(x, w) y = Neg(a) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"integers_plus_zero", "eliminate_identity_ops",
     "g (int64[2] x) => (int64[2] y) <int64 w = {0}> { a = Add(x, w) y = Neg(a) }",
     "g (int64[2] x) => (int64[2] y) { y = Neg(x) }"},
    {"slice_of_all", "eliminate_identity_ops",
     "g (float[N,3] x) => (float[N,3] y) <int64[1] s = {0}, int64[1] e = {9223372036854775807}, int64[1] a = {0}>"
     " { b = Slice(x, s, e, a) y = Neg(b) }",
     "g (float[N,3] x) => (float[N,3] y) { y = Neg(x) }"},
    {"slice_that_a_longer_input_would_feel", "eliminate_identity_ops",
     "g (float[N,3] x) => (float[M,3] y) <int64[1] s = {0}, int64[1] e = {4096}, int64[1] a = {0}>"
     " { b = Slice(x, s, e, a) y = Neg(b) }",
     ""},
    {"slice_of_all_of_an_axis_of_known_length", "eliminate_identity_ops",
     "g (float[N,3] x) => (float[N,3] y) <int64[1] s = {0}, int64[1] e = {3}, int64[1] a = {-1}>"
     " { b = Slice(x, s, e, a) y = Neg(b) }",
     "g (float[N,3] x) => (float[N,3] y) { y = Neg(x) }"},
    {"reversing_slice", "eliminate_identity_ops",
     "g (float[4] x) => (float[4] y) <int64[1] s = {-1}, int64[1] e = {-9223372036854775807}, int64[1] a = {0},"
     " int64[1] t = {-1}> { b = Slice(x, s, e, a, t) y = Neg(b) }",
     ""},
    {"pad_by_nothing", "eliminate_identity_ops",
     "g (float[2,3] x) => (float[2,3] y) <int64[4] p = {0,0,0,0}> { a = Pad(x, p) y = Neg(a) }",
     "g (float[2,3] x) => (float[2,3] y) { y = Neg(x) }"},
    {"concat_of_one", "eliminate_identity_ops", "g (float[2] x) => (float[2] y) { a = Concat<axis=0>(x) y = Neg(a) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"tile_once", "eliminate_identity_ops",
     "g (float[2] x) => (float[2] y) <int64[1] r = {1}> { a = Tile(x, r) y = Neg(a) }",
     "g (float[2] x) => (float[2] y) { y = Neg(x) }"},
    {"equal_constants", "eliminate_duplicate_constants",
     "g (float[2] x) => (float[2] y) <float[2] v = {1,2}, float[2] w = {1,2}> { a = Add(x, v) y = Mul(a, w) }",
     "g (float[2] x) => (float[2] y) <float[2] v = {1,2}> { a = Add(x, v) y = Mul(a, v) }"},
    {"same_subexpression_to_a_fixed_point", "eliminate_common_subexpressions",
     "g (float[2] x) => (float[2] y) { a = Neg(x) b = Neg(x) c = Exp(a) d = Exp(b) y = Add(c, d) }",
     "g (float[2] x) => (float[2] y) { a = Neg(x) c = Exp(a) y = Add(c, c) }"},
    {"commuted_operands", "eliminate_common_subexpressions",
     "g (float[2] x, float[2] z) => (float[2] y) { a = Add(x, z) b = Add(z, x) y = Div(a, b) }",
     "g (float[2] x, float[2] z) => (float[2] y) { a = Add(x, z) y = Div(a, a) }"},
    {"subtraction_does_not_commute", "eliminate_common_subexpressions",
     "g (float[2] x, float[2] z) => (float[2] y) { a = Sub(x, z) b = Sub(z, x) y = Div(a, b) }", ""},
    {"other_attributes", "eliminate_common_subexpressions",
     "g (float[2,2] x) => (float[2,2] y) { a = Softmax<axis=0>(x) b = Softmax<axis=1>(x) y = Add(a, b) }", ""},
    {"random_numbers_differ", "eliminate_common_subexpressions",
     "g (float[2] x) => (float[2] y) { a = RandomNormalLike(x) b = RandomNormalLike(x) y = Add(a, b) }", ""},
    {"cancelling_transposes", "eliminate_redundant_transposes",
     "g (float[2,3,4] x) => (float[2,3,4] y)"
     " { a = Transpose<perm=[2,0,1]>(x) b = Transpose<perm=[1,2,0]>(a) y = Neg(b) }",
     "g (float[2,3,4] x) => (float[2,3,4] y) { y = Neg(x) }"},
    {"composing_transposes", "eliminate_redundant_transposes",
     "g (float[2,3,4] x) => (float[3,4,2] y)"
     " { a = Transpose<perm=[2,0,1]>(x) b = Transpose<perm=[2,0,1]>(a) y = Neg(b) }",
     "g (float[2,3,4] x) => (float[3,4,2] y) { b = Transpose<perm=[1,2,0]>(x) y = Neg(b) }"},
    {"transposes_around_elementwise", "eliminate_redundant_transposes",
     "g (float[2,3,4] x, float[2,3,4] z) => (float[2,3,4] y) <float[3] w = {1,2,3}>"
     " { a = Transpose<perm=[0,2,1]>(x) b = Transpose<perm=[0,2,1]>(z) c = Add(a, b) d = Mul(c, w) e = Relu(d)"
     " y = Transpose<perm=[0,2,1]>(e) }",
     "g (float[2,3,4] x, float[2,3,4] z) => (float[2,3,4] y) <float[1,3,1] w = {1,2,3}>"
     " { c = Add(x, z) d = Mul(c, w) y = Relu(d) }"},
    {"transposes_around_a_concat", "eliminate_redundant_transposes",
     "g (float[2,3,4] x, float[2,3,4] z) => (float[2,3,8] y) { a = Transpose<perm=[0,2,1]>(x)"
     " b = Transpose<perm=[0,2,1]>(z) c = Relu(b) d = Concat<axis=1>(a, c) y = Transpose<perm=[0,2,1]>(d) }",
     "g (float[2,3,4] x, float[2,3,4] z) => (float[2,3,8] y) { c = Relu(z) y = Concat<axis=2>(x, c) }"},
    {"transposes_around_a_split", "eliminate_redundant_transposes",
     "g (float[2,6,4] x) => (float[2,3,4] y, float[2,3,4] z) { a = Transpose<perm=[0,2,1]>(x)"
     " b, c = Split<axis=2,num_outputs=2>(a) y = Transpose<perm=[0,2,1]>(b) z = Transpose<perm=[0,2,1]>(c) }",
     "g (float[2,6,4] x) => (float[2,3,4] y, float[2,3,4] z) { y, z = Split<axis=1,num_outputs=2>(x) }"},
    {"transposes_around_a_slice", "eliminate_redundant_transposes",
     "g (float[2,6,4] x) => (float[2,2,4] y) <int64[1] s = {1}, int64[1] e = {3}, int64[1] c = {-1}>"
     " { a = Transpose<perm=[0,2,1]>(x) b = Slice(a, s, e, c) y = Transpose<perm=[0,2,1]>(b) }",
     "g (float[2,6,4] x) => (float[2,2,4] y) <int64[1] s = {1}, int64[1] e = {3}, int64[1] c = {1}>"
     " { y = Slice(x, s, e, c) }"},
    {"transposes_around_a_slice_of_the_first_axes", "eliminate_redundant_transposes",
     "g (float[2,6,4] x) => (float[2,6,2] y) <int64[2] s = {0,1}, int64[2] e = {2,3}>"
     " { a = Transpose<perm=[0,2,1]>(x) b = Slice(a, s, e) y = Transpose<perm=[0,2,1]>(b) }",
     "g (float[2,6,4] x) => (float[2,6,2] y) <int64[2] s = {0,1}, int64[2] e = {2,3}, int64[2] c = {0,2}>"
     " { y = Slice(x, s, e, c) }"},
    {"transposes_around_picked_rows", "eliminate_redundant_transposes",
     "g (float[2,6,4] x, int64[3] i) => (float[2,6,3] y)"
     " { a = Transpose<perm=[0,2,1]>(x) b = Gather<axis=1>(a, i) y = Transpose<perm=[0,2,1]>(b) }",
     "g (float[2,6,4] x, int64[3] i) => (float[2,6,3] y) { y = Gather<axis=2>(x, i) }"},
    {"one_picked_row_has_an_axis_less", "eliminate_redundant_transposes",
     "g (float[2,6,4] x, int64 i) => (float[6,2] y)"
     " { a = Transpose<perm=[0,2,1]>(x) b = Gather<axis=1>(a, i) y = Transpose<perm=[1,0]>(b) }",
     ""},
    {"transposes_around_a_pad", "eliminate_redundant_transposes",
     "g (float[2,6,4] x) => (float[2,11,5] y) <int64[6] p = {0,1,2,0,0,3}>"
     " { a = Transpose<perm=[0,2,1]>(x) b = Pad(a, p) y = Transpose<perm=[0,2,1]>(b) }",
     "g (float[2,6,4] x) => (float[2,11,5] y) <int64[6] p = {0,2,1,0,3,0}> { y = Pad(x, p) }"},
    {"transposes_around_a_pad_by_an_attribute", "eliminate_redundant_transposes",
     "g (float[2,6,4] x) => (float[2,11,5] y) { a = Transpose<perm=[0,2,1]>(x)"
     " b = Pad<pads=[0,1,2,0,0,3]>(a) y = Transpose<perm=[0,2,1]>(b) }",
     "g (float[2,6,4] x) => (float[2,11,5] y) { y = Pad<pads=[0,2,1,0,3,0]>(x) }", opset_10},
    {"transposes_around_quantised_copies", "eliminate_redundant_transposes",
     "g (float[2,3,4] x) => (float[2,3,4] y) <float[3] s = {1,2,3}, uint8[3] z = {0,1,2}, float one = {1}, uint8 o = "
     "{0}>"
     " { a = Transpose<perm=[0,2,1]>(x) q = QuantizeLinear<axis=2>(a, s, z) d = DequantizeLinear<axis=-1>(q, s, z)"
     " r = QuantizeLinear(d, one, o) e = DequantizeLinear(r, one, o) y = Transpose<perm=[0,2,1]>(e) }",
     "g (float[2,3,4] x) => (float[2,3,4] y) <float[3] s = {1,2,3}, uint8[3] z = {0,1,2}, float one = {1}, uint8 o = "
     "{0}>"
     " { q = QuantizeLinear<axis=1>(x, s, z) d = DequantizeLinear<axis=1>(q, s, z)"
     " r = QuantizeLinear(d, one, o) y = DequantizeLinear(r, one, o) }"},
    {"a_softmax_may_add_in_another_order", "eliminate_redundant_transposes",
     "g (float[2,6,4] x) => (float[2,6,4] y)"
     " { a = Transpose<perm=[0,2,1]>(x) b = Softmax(a) y = Transpose<perm=[0,2,1]>(b) }",
     ""},
    {"one_transpose_for_two_is_no_gain", "eliminate_redundant_transposes",
     "g (float[2,3] x, float[3,2] z) => (float[3,2] y) { a = Transpose<perm=[1,0]>(x) y = Add(a, z) }", ""},
    {"transpose_that_others_read", "eliminate_redundant_transposes",
     "g (float[2,3] x) => (float[2,3] y, float[3,2] z)"
     " { a = Transpose<perm=[1,0]>(x) z = Neg(a) b = Transpose<perm=[1,0]>(a) y = Exp(b) }",
     "g (float[2,3] x) => (float[2,3] y, float[3,2] z)"
     " { a = Transpose<perm=[1,0]>(x) z = Neg(a) y = Exp(x) }"},
    {"transpose_of_nothing", "eliminate_noop_transposes",
     "g (float[2,3] x) => (float[2,3] y) { a = Transpose<perm=[0,1]>(x) y = Neg(a) }",
     "g (float[2,3] x) => (float[2,3] y) { y = Neg(x) }"},
    {"transpose_of_axes_of_one", "eliminate_noop_transposes",
     "g (float[1,N,1,3] x) => (float[N,1,1,3] y) { a = Transpose<perm=[1,0,2,3]>(x) y = Neg(a) }",
     "g (float[1,N,1,3] x) => (float[N,1,1,3] y) <int64[4] s = {-1,1,1,3}> { a = Reshape(x, s) y = Neg(a) }"},
    {"transpose_of_a_free_axis", "eliminate_noop_transposes",
     "g (float[B,N,3] x) => (float[N,B,3] y) { a = Transpose<perm=[1,0,2]>(x) y = Neg(a) }", ""},
    {"reshape_to_its_own_shape", "eliminate_noop_reshapes",
     "g (float[2,3] x) => (float[2,3] y) <int64[2] s = {2,-1}> { a = Reshape(x, s) y = Neg(a) }",
     "g (float[2,3] x) => (float[2,3] y) { y = Neg(x) }"},
    {"views_one_after_another", "eliminate_noop_reshapes",
     "g (float[N,6] x) => (float[N,2,3] y) <int64[2] s = {-1,3}, int64[3] t = {-1,2,3}>"
     " { a = Reshape(x, s) b = Reshape(a, t) y = Neg(b) }",
     "g (float[N,6] x) => (float[N,2,3] y) <int64[3] t = {0,2,3}> { b = Reshape(x, t) y = Neg(b) }"},
    {"a_view_that_others_read", "eliminate_noop_reshapes",
     "g (float[6] x) => (float[3,2] y, float[2,3] z) <int64[2] s = {2,3}, int64[2] t = {3,2}>"
     " { a = Reshape(x, s) z = Exp(a) b = Reshape(a, t) y = Neg(b) }",
     ""},
    {"expand_to_its_own_shape", "eliminate_expand_identity",
     "g (float[2,3] x) => (float[2,3] y) <int64[2] s = {1,3}> { a = Expand(x, s) y = Neg(a) }",
     "g (float[2,3] x) => (float[2,3] y) { y = Neg(x) }"},
    {"expand_before_a_broadcast", "eliminate_expand_identity",
     "g (float[1,3] x, float[2,3] z) => (float[2,3] y) <int64[2] s = {2,3}> { a = Expand(x, s) y = Add(a, z) }",
     "g (float[1,3] x, float[2,3] z) => (float[2,3] y) { y = Add(x, z) }"},
    {"expand_before_what_comes_before_a_broadcast", "eliminate_expand_identity",
     "g (bool[1,3] m, float[2,3] x, float[2,3] z) => (float[2,3] y) <int64[2] s = {2,3}>"
     " { a = Expand(m, s) b = Not(a) y = Where(b, x, z) }",
     "g (bool[1,3] m, float[2,3] x, float[2,3] z) => (float[2,3] y) { b = Not(m) y = Where(b, x, z) }"},
    {"expand_read_on_two_ways", "eliminate_expand_identity",
     "g (float[1,3] n, float[2,3] x) => (float[2,3] y) <int64[2] s = {2,3}>"
     " { a = Expand(n, s) b = Neg(a) c = Mul(a, b) y = Add(c, x) }",
     "g (float[1,3] n, float[2,3] x) => (float[2,3] y) { b = Neg(n) c = Mul(n, b) y = Add(c, x) }"},
    {"expand_that_one_way_needs", "eliminate_expand_identity",
     "g (bool[1,3] m, float[2,3] x, float[2,3] z) => (float[2,3] y, float[2,3] w) <int64[2] s = {2,3}>"
     " { a = Expand(m, s) b = Not(a) y = Where(b, x, z) w = Cast<to=1>(b) }",
     ""},
    {"expand_of_a_free_size_before_a_mask", "eliminate_expand_identity",
     "g (int64[B,1,S] m, float[B,S,S] x) => (float[B,S,S] y) <float low = {-1}> { s = Shape(x) a = Expand(m, s)"
     " b = Cast<to=9>(a) y = Where(b, low, x) }",
     "g (int64[B,1,S] m, float[B,S,S] x) => (float[B,S,S] y) <float low = {-1}>"
     " { b = Cast<to=9>(m) y = Where(b, low, x) }"},
    {"expand_that_the_result_needs", "eliminate_expand_identity",
     "g (float[1,3] x, float[1,3] z) => (float[2,3] y) <int64[2] s = {2,3}> { a = Expand(x, s) y = Add(a, z) }", ""},
    {"integer_constants", "fold_constants",
     "g (float[2,3] x) => (float[6] y) <int64 a = {2}, int64 b = {3}, int64[1] o = {0}>"
     " { c = Mul(a, b) d = Unsqueeze(c, o) y = Reshape(x, d) }",
     "g (float[2,3] x) => (float[6] y) <int64[1] d = {6}> { y = Reshape(x, d) }"},
    {"widening_cast_and_back", "fold_cast_chains",
     "g (float16[2] x) => (float16[2] y) { a = Cast<to=1>(x) b = Cast<to=10>(a) y = Neg(b) }",
     "g (float16[2] x) => (float16[2] y) { y = Neg(x) }"},
    {"narrowing_cast_and_back_loses", "fold_cast_chains",
     "g (float[2] x) => (float[2] y) { a = Cast<to=10>(x) b = Cast<to=1>(a) y = Neg(b) }", ""},
    {"integers_by_way_of_wider_ones", "fold_cast_chains",
     "g (int32[2] x) => (float[2] y) { a = Cast<to=7>(x) b = Cast<to=1>(a) y = Neg(b) }",
     "g (int32[2] x) => (float[2] y) { b = Cast<to=1>(x) y = Neg(b) }"},
    {"float_by_way_of_integers_truncates", "fold_cast_chains",
     "g (float[2] x) => (float[2] y) { a = Cast<to=7>(x) b = Cast<to=1>(a) y = Neg(b) }", ""},
    {"int64_by_way_of_double_loses", "fold_cast_chains",
     "g (int64[2] x) => (int64[2] y) { a = Cast<to=11>(x) b = Cast<to=7>(a) y = Neg(b) }", ""},
    {"heads_split_by_a_computed_shape", "simplify_shape_chains",
     "g (float[B,S,8] x) => (float[B,S,2,4] y) <int64 i = {0}, int64 j = {1}, int64[1] o = {0}, int64[2] h = {2,4}>"
     " { s = Shape(x) b = Gather(s, i) c = Gather(s, j) d = Unsqueeze(b, o) e = Unsqueeze(c, o)"
     " f = Concat<axis=0>(d, e, h) y = Reshape(x, f) }",
     "g (float[B,S,8] x) => (float[B,S,2,4] y) <int64[4] f = {0,0,2,4}> { y = Reshape(x, f) }"},
    {"shape_of_a_fixed_input", "simplify_shape_chains",
     "g (float[2,3] x, float[6] z) => (float[2,3] y) { s = Shape(x) y = Reshape(z, s) }",
     "g (float[2,3] x, float[6] z) => (float[2,3] y) <int64[2] s = {2,3}> { y = Reshape(z, s) }"},
    {"expand_by_a_computed_shape", "simplify_shape_chains",
     "g (float[B,1,S] x) => (float[B,4,S] y) <int64[1] o = {0}, int64[1] two = {2}, int64[1] h = {4}>"
     " { s = Shape(x) b = Gather<axis=0>(s, o) c = Gather<axis=0>(s, two) f = Concat<axis=0>(b, h, c)"
     " y = Expand(x, f) }",
     "g (float[B,1,S] x) => (float[B,4,S] y) <int64[3] f = {1,4,1}> { y = Expand(x, f) }"},
    {"a_comparison_that_other_contents_turn", "simplify_shape_chains",
     "g (int64 rounds, float[2] x) => (float[2] y) <int64 one = {1}, float[2] w = {1,2}>"
     " { c = Greater(rounds, one) y = Where(c, x, w) }",
     ""},
    {"a_minimum_that_longer_inputs_reach", "simplify_shape_chains",
     "g (float[S] x, float[T] z) => (float[U] y) <int64[1] most = {4096}, int64[1] zero = {0}>"
     " { s = Shape(x) m = Min(s, most) y = Slice(z, zero, m) }",
     ""},
    {"halves_that_odd_sizes_do_not_have", "simplify_shape_chains eliminate_identity_ops",
     "g (float[S] x) => (float[U] y) <int64[1] two = {2}, int64[1] zero = {0}>"
     " { s = Shape(x) h = Div(s, two) d = Mul(h, two) a = Slice(x, zero, d) y = Neg(a) }",
     ""},
    {"extents_are_never_minus_one", "simplify_shape_chains eliminate_dead_nodes",
     "g (float[1,N] x) => (float[2,1,N] y) <int64[2] ones = {1,1}, int64[2] none = {-1,-1}, int64[1] two = {2}>"
     " { s = Shape(x) e = Equal(s, none) w = Where(e, ones, s) h = Concat<axis=0>(two, w) y = Expand(x, h) }",
     "g (float[1,N] x) => (float[2,1,N] y) <int64[3] h = {2,1,1}> { y = Expand(x, h) }"},
    {"range_over_a_free_size", "simplify_shape_chains",
     "g (float[S] x) => (int64[S] y) <int64 i = {0}, int64 one = {1}>"
     " { s = Shape(x) n = Gather(s, i) y = Range(i, n, one) }",
     ""},
    {"one_extent", "simplify_shape_chains",
     "g (float[B,S] x, float[T] z) => (float[U,B] y) <int64 i = {0}, int64[1] o = {0}, int64[1] m = {-1}>"
     " { s = Shape(x) n = Gather(s, i) d = Unsqueeze(n, o) f = Concat<axis=0>(m, d) y = Reshape(z, f) }",
     "g (float[B,S] x, float[T] z) => (float[U,B] y) <int64[1] m = {-1}>"
     " { d = Shape<start=0,end=1>(x) f = Concat<axis=0>(m, d) y = Reshape(z, f) }"},
    {"one_size_read_in_two_places", "simplify_shape_chains eliminate_common_subexpressions",
     "g (float[B,4] x, float[B,5] z) => (int64[1] y) { a = Neg(z) s = Shape<start=0,end=1>(x)"
     " t = Shape<start=0,end=1>(a) y = Add(s, t) }",
     "g (float[B,4] x, float[B,5] z) => (int64[1] y) { s = Shape<start=0,end=1>(x) y = Add(s, s) }"},
    {"extents_in_a_row", "simplify_shape_chains",
     "g (float[B,3,S] x) => (int64[2] y) <int64[2] i = {-2,-1}> { s = Shape(x) g = Gather<axis=0>(s, i) y = Neg(g) }",
     "g (float[B,3,S] x) => (int64[2] y) { g = Shape<start=1,end=3>(x) y = Neg(g) }"},
    {"a_slice_of_a_shape", "simplify_shape_chains",
     "g (float[B,3,S] x) => (int64[2] y) <int64[1] b = {-2}, int64[1] e = {2147483647}, int64[1] o = {0}>"
     " { s = Shape(x) g = Slice(s, b, e, o) y = Neg(g) }",
     "g (float[B,3,S] x) => (int64[2] y) { g = Shape<start=1,end=3>(x) y = Neg(g) }"},
    {"extents_in_another_order", "simplify_shape_chains",
     "g (float[B,3,S] x) => (int64[2] y) <int64[2] i = {2,0}> { s = Shape(x) g = Gather<axis=0>(s, i) y = Neg(g) }",
     ""},
    {"the_extent_of_a_part_that_longer_inputs_exceed", "simplify_shape_chains",
     "g (float[N,4] x) => (int64[1] y) <int64[1] b = {0}, int64[1] e = {4096}>"
     " { a = Slice(x, b, e, b) s = Shape<start=0,end=1>(a) y = Neg(s) }",
     ""},
    {"unless_it_meets_the_whole", "simplify_shape_chains",
     "g (float[N,4] x) => (int64[1] y) <int64[1] b = {0}, int64[1] e = {4096}>"
     " { a = Slice(x, b, e, b) c = Add(a, x) s = Shape<start=0,end=1>(c) y = Neg(s) }",
     "g (float[N,4] x) => (int64[1] y) { s = Shape<start=0,end=1>(x) y = Neg(s) }"},
    {"old_opsets_have_no_part_of_a_shape", "simplify_shape_chains",
     "g (float[B,S] x, float[T] z) => (float[U,B] y) <int64 i = {0}, int64[1] m = {-1}>"
     " { s = Shape(x) n = Gather(s, i) d = Unsqueeze<axes=[0]>(n) f = Concat<axis=0>(m, d) y = Reshape(z, f) }",
     "", opset_11},
};

// Sums along another axis: applied where the machine, here one that only knows roofs, is not predicted to lose.
const PassCase sum_cases[] = {
    {"transposes_around_a_softmax", "move_transposes_across_sums",
     "g (float[2,60,400] x) => (float[2,60,400] y)"
     " { a = Transpose<perm=[0,2,1]>(x) b = Softmax<axis=-1>(a) y = Transpose<perm=[0,2,1]>(b) }",
     "g (float[2,60,400] x) => (float[2,60,400] y) { y = Softmax<axis=1>(x) }"},
    {"two_that_compose_across_a_softmax", "move_transposes_across_sums",
     "g (float[1,4,16,84] x) => (float[1,16,4,84] y)"
     " { a = Transpose<perm=[0,3,1,2]>(x) b = Softmax<axis=3>(a) y = Transpose<perm=[0,3,2,1]>(b) }",
     "g (float[1,4,16,84] x) => (float[1,16,4,84] y)"
     " { b = Softmax<axis=2>(x) y = Transpose<perm=[0,2,1,3]>(b) }"},
    {"transposes_around_a_mean", "move_transposes_across_sums",
     "g (float[2,60,400] x) => (float[2,60,400] y) <int64[1] c = {-1}> { a = Transpose<perm=[0,2,1]>(x)"
     " m = ReduceMean<keepdims=1>(a, c) d = Sub(a, m) y = Transpose<perm=[0,2,1]>(d) }",
     "g (float[2,60,400] x) => (float[2,60,400] y) <int64[1] c = {1}>"
     " { m = ReduceMean<keepdims=1>(x, c) y = Sub(x, m) }"},
    {"a_mean_that_drops_its_axis", "move_transposes_across_sums",
     "g (float[2,60,400] x) => (float[400,2] y) <int64[1] c = {-1}> { a = Transpose<perm=[0,2,1]>(x)"
     " m = ReduceMean<keepdims=0>(a, c) y = Transpose<perm=[1,0]>(m) }",
     ""},
    {"a_softmax_of_a_matrix_of_old", "move_transposes_across_sums",
     "g (float[2,60,400] x) => (float[2,60,400] y)"
     " { a = Transpose<perm=[0,2,1]>(x) b = Softmax<axis=1>(a) y = Transpose<perm=[0,2,1]>(b) }",
     "", opset_11},
    {"without_a_sum_it_is_another_pass", "move_transposes_across_sums",
     "g (float[2,60,400] x) => (float[2,60,400] y)"
     " { a = Transpose<perm=[0,2,1]>(x) b = Relu(a) y = Transpose<perm=[0,2,1]>(b) }",
     ""},
};

class PassCases : public ::testing::TestWithParam<PassCase> {};

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

void expect_clean(const PassCase& one, const OptimizeOptions& options) {
  const Folder folder;
  const auto clumsy = model_of(folder, one.clumsy, "clumsy", one.header);
  const bool stays = std::string(one.clean).empty();
  const auto clean = model_of(folder, stays ? one.clumsy : one.clean, "clean", one.header);
  ASSERT_TRUE(clumsy && clean);
  const OptimizeResult result = optimized(clumsy, words(one.passes), options);
  ASSERT_TRUE(result.model);
  EXPECT_EQ(Expression(result.model->graph).text(), Expression(clean->graph).text());
  EXPECT_EQ(result.model->graph.nodes.size(), clean->graph.nodes.size());
  EXPECT_EQ(result.after.initializers, static_cast<std::int64_t>(clean->graph.initializers.size()));
  // Once more changes nothing.
  const OptimizeResult again = optimized(result.model, words(one.passes), options);
  EXPECT_EQ(again.model, result.model);
}

TEST_P(PassCases, ClumsyBecomesClean) { expect_clean(GetParam(), {}); }

class SumCases : public ::testing::TestWithParam<PassCase> {};

TEST_P(SumCases, ClumsyBecomesCleanWhereThatCostsNothing) {
  OptimizeOptions options;
  options.machine = "generic-cpu";
  expect_clean(GetParam(), options);
}

INSTANTIATE_TEST_SUITE_P(Table, SumCases, ::testing::ValuesIn(sum_cases),
                         [](const auto& one) { return std::string(one.param.name); });
INSTANTIATE_TEST_SUITE_P(Table, PassCases, ::testing::ValuesIn(pass_cases),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace costscan::test
