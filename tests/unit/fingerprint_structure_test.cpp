// Features that follow values through a graph: each where it stands, and in a graph that only looks like it.
#include <gtest/gtest.h>

#include "fingerprint/fingerprint.hpp"
#include "unit/fingerprint_net.hpp"

namespace costscan {
namespace {

using test::int_attr;
using test::ints_attr;
using test::Net;
using Text = Net::Text;

Text turned(Net& net, const Text& x) { return net.op("Transpose", {x}, {ints_attr("perm", {0, 2, 1})}); }

/// Tokens [1, 16, 32] of a small image.
Text small_tokens(Net& net) { return net.tokens_of(net.conv(net.input("image", {1, 3, 64, 64}), 3, 32, 16, 16), 32); }

/// Layers over tokens, the first by a Transpose on either side, the second by a weight on the left.
void layers_over_tokens(Net& net) {
  Text x = small_tokens(net);
  x = net.op("Add", {x, turned(net, net.op("MatMul", {turned(net, x), net.weight({16, 16})}))});
  net.output(net.op("Add", {x, net.op("MatMul", {net.weight({16, 16}), net.layer_norm(x, 32)})}));
}

/// The same operators over channels, where a value has them before the places.
void layers_over_channels(Net& net) {
  Text x = net.op("Relu", {net.conv(net.input("wave", {1, 8, 64}), 8, 32, 3, 1, 1, 1)});
  x = turned(net, net.op("MatMul", {turned(net, x), net.weight({32, 16})}));
  net.output(net.op("MatMul", {net.weight({24, 16}), x}));
}

/// Angles of positions: an outer product mixes nothing.
void angles(Net& net) {
  const Text positions = net.op("Cast", {net.ids("position_ids", {1, 16})}, {int_attr("to", 1)});
  net.output(net.op("MatMul", {net.weight({1, 8, 1}), net.op("Unsqueeze", {positions, net.ints({1})})}));
}

Text step_of(Net& net, const Text& x, std::int64_t step) {
  return net.op("Gather", {x, net.integer(step)}, {int_attr("axis", 1)});
}

/// Backwards, the state before the piece.
void backward_recurrence(Net& net) {
  const Text x = net.input("x", {1, 12, 8});
  Text state = net.op("Relu", {step_of(net, x, 11)});
  for (std::int64_t step = 10; step >= 0; --step) {
    const Text next = net.op("MatMul", {state, net.weight({8, 8})});
    state = net.op("Tanh", {net.op("Add", {next, net.gemm(step_of(net, x, step), 8, 8)})});
  }
  net.output(state);
}

void split_recurrence(Net& net) {
  const auto pieces =
      net.ops("Split", {net.input("x", {1, 12, 8})}, 12, {int_attr("axis", 1), int_attr("num_outputs", 12)});
  Text state = net.weight({1, 1, 8});
  for (const Text& piece : pieces) state = net.op("Sigmoid", {net.op("Mul", {piece, net.op("Neg", {state})})});
  net.output(state);
}

/// Pieces that each go their own way, and meet at the end.
void pieces_apart(Net& net) {
  const Text x = net.input("x", {1, 12, 8});
  std::vector<Text> parts;
  for (std::int64_t step = 0; step < 12; ++step) {
    parts.push_back(net.op("Unsqueeze", {net.op("Relu", {net.gemm(step_of(net, x, step), 8, 8)}), net.ints({1})}));
  }
  net.output(net.op("Concat", parts, {int_attr("axis", 1)}));
}

/// Res2Net: groups of channels, each convolved together with the one before.
void groups_in_turn(Net& net) {
  const auto parts = net.ops("Split", {net.conv(net.input("image", {1, 3, 32, 32}), 3, 64, 3)}, 8,
                             {int_attr("axis", 1), int_attr("num_outputs", 8)});
  Text last = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) last = net.conv(net.op("Add", {last, parts[i]}), 8, 8, 3);
  net.output(last);
}

Text column_of_positions(Net& net) {
  return net.op("Unsqueeze", {net.op("Range", {net.integer(0), net.integer(16), net.integer(1)}), net.ints({1})});
}

Text compared_positions(Net& net, const char* comparison) {
  const Text column = column_of_positions(net);
  return net.op(comparison, {net.op("Transpose", {column}, {ints_attr("perm", {1, 0})}), column});
}

/// Weights of attention between 16 positions.
Text scores_of(Net& net) { return net.input("scores", {1, 4, 16, 16}); }

void compared_and_chosen(Net& net) {
  const Text hidden = net.op("Not", {compared_positions(net, "LessOrEqual")});
  const Text mask = net.op("Where", {hidden, net.scalar(-1e9F), net.scalar(0)});
  net.output(net.op("Softmax", {net.op("Add", {scores_of(net), net.op("Unsqueeze", {mask, net.ints({0, 1})})})}));
}

void compared_and_multiplied(Net& net) {
  const Text later = net.op("Cast", {compared_positions(net, "Greater")}, {int_attr("to", 1)});
  net.output(net.op("Softmax", {net.op("Add", {net.op("Mul", {later, net.scalar(-10000)}), scores_of(net)})}));
}

/// A softmax in single nodes.
void compared_before_exp(Net& net) {
  const Text masked = net.op("Where", {compared_positions(net, "LessOrEqual"), scores_of(net), net.scalar(-1e9F)});
  const Text power = net.op("Exp", {masked});
  net.output(net.op("Div", {power, net.op("ReduceSum", {power, net.ints({-1})}, {int_attr("keepdims", 1)})}));
}

/// A bias looked up by which of the two comes first is no mask.
void compared_and_looked_up(Net& net) {
  const Text later = net.op("Cast", {compared_positions(net, "Greater")}, {int_attr("to", 7)});
  const Text bias =
      net.op("Transpose", {net.op("Gather", {net.weight({2, 4}), later})}, {ints_attr("perm", {2, 0, 1})});
  net.output(net.op("Softmax", {net.op("Add", {scores_of(net), bias})}));
}

void triangle(Net& net, bool looked_up) {
  std::vector<std::int64_t> upper;
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 16; ++column) upper.push_back(column > row ? 1 : 0);
  }
  net.graph().ints("upper", {16, 16}, upper);
  const Text index = net.op("Mul", {"upper", net.integer(looked_up ? 1 : -10000)});
  Text bias = net.op("Cast", {index}, {int_attr("to", 1)});
  if (looked_up)
    bias = net.op("Transpose", {net.op("Gather", {net.weight({2, 4}), index})}, {ints_attr("perm", {2, 0, 1})});
  net.output(net.op("Softmax", {net.op("Add", {scores_of(net), bias})}));
}

void triangle_as_mask(Net& net) { triangle(net, false); }
void triangle_as_index(Net& net) { triangle(net, true); }

/// The pairs of a square matrix that come once: a factorisation machine's.
void upper_half_of_products(Net& net) {
  const Text x = net.input("x", {1, 16, 8});
  const Text pairs = net.op("Trilu", {net.op("MatMul", {x, turned(net, x)})}, {int_attr("upper", 0)});
  net.output(net.op("MatMul", {pairs, net.weight({16, 4})}), "seen");
}

/// A patch embedding alone.
void patches_alone(Net& net) { net.output(net.linear(small_tokens(net), 32, 32)); }

/// As many operations in a convolution of its tokens, laid out as a map again, of 3 x 3.
void patches_and_convolution(Net& net) {
  const Text map = net.map_of(small_tokens(net), 32, 4);
  net.output(net.op("Conv", {map, net.weight({32, 32, 3, 3})}, {ints_attr("pads", {1, 1, 1, 1})}));
}

struct StructureCase {
  const char* what;
  const char* feature;
  double expected;
  void (*build)(Net&);
};

constexpr double embedding_work =
    2.0 * 16 * 32 * (3 * 16 * 16) + 16 * 32;  ///< 16 patches, each by 32 filters with a bias
constexpr double convolving_work = 2.0 * 16 * 32 * (32 * 3 * 3);

TEST(FingerprintStructure, FeaturesAndNearMisses) {
  const StructureCase cases[] = {
      {"layers over tokens, in two ways", "token_mixing", 2, layers_over_tokens},
      {"layers over channels in the same two ways", "token_mixing", 0, layers_over_channels},
      {"angles of positions", "token_mixing", 0, angles},
      // Of twelve steps the first one has no state to be joined with.
      {"a recurrence from the end, its first step without a state", "unrolled_steps", 11, backward_recurrence},
      {"a recurrence over a Split", "unrolled_steps", 11, split_recurrence},
      {"steps apart", "unrolled_steps", 0, pieces_apart},
      {"groups of channels in turn", "unrolled_steps", 0, groups_in_turn},
      {"patches alone", "conv_share", 0, patches_alone},
      {"patches and a convolution", "conv_share", convolving_work / (embedding_work + convolving_work),
       patches_and_convolution},
  };
  for (const StructureCase& one : cases) {
    SCOPED_TRACE(one.what);
    Net net;
    one.build(net);
    const auto found = fingerprint(test::static_analysis(net.model()));
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(found->features.get(one.feature));
    EXPECT_NEAR(*found->features.get(one.feature), one.expected, 1e-6);
  }
}

struct CausalCase {
  const char* what;
  bool causal;
  void (*build)(Net&);
};

TEST(FingerprintStructure, MasksAndIndices) {
  const CausalCase cases[] = {
      {"positions compared, for Where", true, compared_and_chosen},
      {"positions compared, multiplied", true, compared_and_multiplied},
      {"positions compared before Exp", true, compared_before_exp},
      {"positions compared for an index", false, compared_and_looked_up},
      {"a triangle that is added", true, triangle_as_mask},
      {"a triangle of indices", false, triangle_as_index},
      {"half of a square of products", false, upper_half_of_products},
  };
  for (const CausalCase& one : cases) {
    SCOPED_TRACE(one.what);
    Net net;
    one.build(net);
    const auto found = fingerprint(test::static_analysis(net.model()));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->features.get("causal").value_or(-1) > 0, one.causal);
  }
}

}  // namespace
}  // namespace costscan
