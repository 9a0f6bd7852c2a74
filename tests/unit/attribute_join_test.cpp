// Attribution on small graphs: which original nodes does each executed node compute? The expectations are read off the
// drawings by hand; the naming habits are those that shared/FACTS.md lists for the runtime.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attribute/attribute.hpp"
#include "unit/attribute_graph_text.hpp"

namespace costscan {
namespace {

using test::graph_from_text;
using test::scope_from_graph;
using ::testing::DoubleEq;
using ::testing::ElementsAreArray;

struct JoinCase {
  std::string name;
  std::vector<std::string> original;
  std::vector<std::string> executed;
  std::vector<std::vector<int>> rows;  ///< by executed node: the original node indices
};

/// Every executed node takes 10 us; original node n is predicted at n + 1 us, so that shares can be told apart.
Analysis analysis_of(const JoinCase& test_case) {
  Analysis analysis;
  auto shaped = std::make_shared<ShapedModel>();
  shaped->scopes.push_back(scope_from_graph(graph_from_text(test_case.original)));
  for (const Node& node : shaped->scopes[0].graph->nodes) {
    NodeRow row;
    row.graph_node = node.file_index;
    row.node_index = node.file_index;
    row.predicted_us = static_cast<double>(node.file_index + 1);
    row.cost.trust = Trust::exact;
    analysis.nodes.push_back(row);
  }
  analysis.shaped = shaped;
  auto optimized = std::make_shared<Model>();
  optimized->graph = graph_from_text(test_case.executed);
  for (const Node& node : optimized->graph.nodes) {
    RuntimeNode executed;
    executed.name = node.name;
    executed.op_type = node.op_type;
    executed.optimized_node = node.file_index;
    analysis.measurement.nodes.push_back(executed);
    RuntimeRow row;
    row.op_type = node.op_type;
    row.measured_us = 10;
    row.measured_mad_us = 1;
    analysis.runtime.push_back(row);
  }
  analysis.measurement.optimized = optimized;
  analysis.measurement.latency.us = {100};
  analysis.measurement.latency.median = 100;
  return analysis;
}

const std::vector<JoinCase> join_cases{
    {"unchanged", {"MatMul: x c_w -> y", "Relu: y -> z"}, {"MatMul: x c_w -> y", "Relu: y -> z"}, {{0}, {1}}},
    {"conv_activation_fused", {"Conv: x c_w -> y", "Relu: y -> z"}, {"FusedConv: x c_w -> z"}, {{0, 1}}},
    {"layer_norm_fused",
     {"ReduceMean: x -> m", "Sub: x m -> d", "Pow: d c_2 -> q", "ReduceMean: q -> v", "Add: v c_e -> e", "Sqrt: e -> s",
      "Div: d s -> n", "Mul: n c_g -> g", "Add: g c_b -> y", "Relu: y -> z"},
     {"LayerNormalization: x c_g c_b -> y", "Relu: y -> z"},
     {{0, 1, 2, 3, 4, 5, 6, 7, 8}, {9}}},
    {"folded_weight_transpose_takes_no_time",
     {"Transpose: c_w -> wt", "MatMul: x wt -> y"},
     {"MatMul: x wt -> y"},
     {{1}}},
    {"matmul_add_around_gemm_reshapes",
     {"MatMul: x c_w -> a", "Add: a c_b -> y"},
     {"Reshape: x c_s -> gemm_input_reshape_arg", "Gemm: gemm_input_reshape_arg c_w c_b -> gemm_output_reshape_arg",
      "Reshape: gemm_output_reshape_arg c_t -> y"},
     {{0, 1}, {0, 1}, {0, 1}}},
    {"matmul_add_behind_the_reshape_of_an_attention",
     {"Transpose: x -> t", "Reshape: t c_s -> r", "MatMul: r c_w -> a", "Add: c_b a -> y", "Relu: y -> z"},
     {"Transpose: x -> t", "Reshape: t c_s1 -> gemm_input_reshape_arg",
      "Gemm: gemm_input_reshape_arg c_w c_b -> gemm_output_reshape_arg", "Reshape: gemm_output_reshape_arg c_t -> y",
      "Relu: y -> z"},
     {{0}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {4}}},
    {"a_transpose_behind_a_nameless_node_is_not_the_one_before_it",
     {"Transpose: x -> t", "Relu: t -> y", "Exp: y -> z"},
     {"Relu: x -> _out0", "Transpose: _out0 -> y", "Exp: y -> z"},
     {{1}, {0}, {2}}},
    {"nchwc_layout",
     {"c1 = Conv: x c_w -> a", "Relu: a -> b", "Conv: b c_v -> d", "Relu: d -> y"},
     {"ReorderInput: x -> reorder", "b_nchwc = Conv: reorder c_w1 -> t1", "y_nchwc = Conv: t1 c_v1 -> t2",
      "ReorderOutput: t2 -> y"},
     {{0, 1}, {0, 1}, {2, 3}, {2, 3}}},
    {"nchwc_conv_takes_in_the_residual_add",
     {"Conv: x c_w -> a", "Add: a x -> s", "Conv: s c_v -> d", "Add: d s -> t", "Relu: t -> y"},
     {"a_nchwc = Conv: x c_w1 c_b1 x -> t1", "d_nchwc = Conv: t1 c_v1 c_b2 t1 -> t2", "Relu: t2 -> y"},
     {{0, 1}, {2, 3}, {4}}},
    {"token_suffix", {"Add: x r -> a", "Erf: a -> y"}, {"SkipThing: x r -> y_token_12"}, {{0, 1}}},
    {"two_outputs_of_one_region", {"Add: x r -> s", "Sqrt: s -> y"}, {"SkipNorm: x r -> y s"}, {{0, 1}}},
    {"equal_nodes_are_computed_once",
     {"Relu: x -> a", "Relu: x -> b", "Exp: a -> p", "Exp: b -> q", "Add: p q -> y"},
     {"Relu: x -> a", "Exp: a -> p", "Add: p p -> y"},
     {{0, 1}, {2, 3}, {4}}},
    {"equal_nodes_that_are_both_executed",
     {"Relu: x -> a", "Relu: x -> b", "Add: a b -> y"},
     {"Relu: x -> a", "Relu: x -> b", "Add: a b -> y"},
     {{0}, {1}, {2}}},
    {"equal_transpose_fused_into_one_reader_only",
     {"Transpose: x -> a", "Transpose: x -> b", "MatMul: a c_w -> p", "Softmax: b -> q"},
     {"FusedMatMul: x c_w -> p", "Transpose: x -> b", "Softmax: b -> q"},
     {{0, 2}, {1}, {3}}},
    {"folded_shapes_take_no_time",
     {"Shape: x -> s", "Gather: s c_0 -> n", "Reshape: x n -> y", "Relu: y -> z"},
     {"Reshape: x n -> y", "Relu: y -> z"},  // `n` has become an initializer
     {{2}, {3}}},
    {"blocked_add_keeps_its_own_name",
     {"c1 = Conv: x c_w -> a", "sum = Add: a r -> s", "c2 = Conv: s c_v -> y"},
     {"a_nchwc = Conv: x c_w1 -> reorder_token_1", "sum = Add: reorder_token_1 r1 -> reorder_token_2",
      "y_nchwc = Conv: reorder_token_2 c_v1 -> reorder_token_3", "ReorderOutput: reorder_token_3 -> y"},
     {{0}, {1}, {2}, {2}}},
    {"casts_around_a_type_without_kernel",
     {"Add: x r -> a", "Relu: a -> y"},
     {"Cast: x -> InsertedPrecisionFreeCast_x", "Cast: r -> InsertedPrecisionFreeCast_r",
      "Add: InsertedPrecisionFreeCast_x InsertedPrecisionFreeCast_r -> InsertedPrecisionFreeCast_a",
      "Relu: InsertedPrecisionFreeCast_a -> InsertedPrecisionFreeCast_y", "Cast: InsertedPrecisionFreeCast_y -> y"},
     {{0}, {0}, {0}, {1}, {1}}},
    {"casts_of_weights_that_others_were_folded_into",
     {"Conv: x c_w -> a", "BatchNormalization: a c_m c_v -> b", "Relu: b -> y"},
     {"Cast: c_fold_w -> InsertedPrecisionFreeCast_c_fold_w", "Cast: c_fold_b -> InsertedPrecisionFreeCast_c_fold_b",
      "Conv: x InsertedPrecisionFreeCast_c_fold_w InsertedPrecisionFreeCast_c_fold_b -> b", "Relu: b -> y"},
     {{0, 1}, {0, 1}, {0, 1}, {2}}},
    {"dequantize_computed_in_each_reader",
     {"DequantizeLinear: xq c_s -> x", "Conv: x c_w -> a", "QuantizeLinear: a c_t -> aq", "MaxPool: x -> b",
      "QuantizeLinear: b c_t -> bq"},
     {"QLinearConv: xq c_s c_w c_t -> aq", "QLinearPool: xq c_s c_t -> bq"},
     {{0, 1, 2}, {0, 3, 4}}},
    {"quick_gelu_between_blocked_convs",
     {"c1 = Conv: x c_w -> a", "s = Sigmoid: a -> g", "m = Mul: a g -> b", "c2 = Conv: b c_v -> y"},
     {"a_nchwc = Conv: x c_w1 -> reorder_token_1", "m/QuickGeluFusion/ = QuickGelu: reorder_token_1 -> reorder_token_2",
      "y_nchwc = Conv: reorder_token_2 c_v1 -> reorder_token_3", "ReorderOutput: reorder_token_3 -> y"},
     {{0}, {1, 2}, {3}, {3}}},
    {"quick_gelu_before_a_conv_with_folded_normalization",
     {"c1 = Conv: x c_w -> a", "s = Sigmoid: a -> g", "m = Mul: a g -> b", "c2 = Conv: b c_v -> d",
      "n = BatchNormalization: d c_m c_n -> y"},
     {"a_nchwc = Conv: x c_w1 -> reorder_token_1", "m/QuickGeluFusion/ = QuickGelu: reorder_token_1 -> reorder_token_2",
      "y_nchwc = Conv: reorder_token_2 c_v1 -> reorder_token_3", "ReorderOutput: reorder_token_3 -> y"},
     {{0}, {1, 2}, {3, 4}, {3, 4}}},
    {"transpose_moved_past_a_split",
     {"t = Transpose: x -> xt", "sp = Split: xt -> p q", "Relu: p -> y", "Exp: q -> z"},
     {"sp = Split: x -> sp_token_1 sp_token_2", "Transpose: sp_token_1 -> p", "Relu: p -> y",
      "Transpose: sp_token_2 -> q", "Exp: q -> z"},
     {{1}, {0}, {2}, {0}, {3}}},
    {"quantised_kernels_in_channels_last_order",
     {"DequantizeLinear: xq c_s -> x", "c1 = Conv: x c_w -> a", "Relu: a -> b", "QuantizeLinear: b c_s -> bq",
      "DequantizeLinear: bq c_s -> bd", "p1 = MaxPool: bd -> m", "QuantizeLinear: m c_s -> mq",
      "DequantizeLinear: mq c_s -> y"},
     {"Transpose: xq -> Transpose_out0", "c1_token_1 = QLinearConv: Transpose_out0 c_s c_w -> c1",
      "p1_token_9 = NhwcMaxPool: c1 -> p1_token_9", "Transpose: p1_token_9 -> mq", "DequantizeLinear: mq c_s -> y"},
     {{0, 1, 2, 3}, {0, 1, 2, 3}, {4, 5, 6}, {4, 5, 6}, {7}}},
    {"no_trace_left", {"Relu: x -> y"}, {"Relu: x -> y", "Mystery: q -> r"}, {{0}, {}}},
};

class JoinTest : public testing::TestWithParam<JoinCase> {};

TEST_P(JoinTest, FindsTheOriginalNodes) {
  Analysis analysis = analysis_of(GetParam());
  attribute(analysis);
  ASSERT_EQ(analysis.runtime.size(), GetParam().rows.size());
  for (std::size_t r = 0; r < analysis.runtime.size(); ++r) {
    EXPECT_THAT(analysis.runtime[r].rows, ElementsAreArray(GetParam().rows[r]))
        << "executed node " << r << ": " << analysis.runtime[r].join;
  }
}

TEST_P(JoinTest, KeepsTheSum) {
  Analysis analysis = analysis_of(GetParam());
  attribute(analysis);
  double rows_us = 0;
  for (const NodeRow& row : analysis.nodes) rows_us += row.measured_us.value_or(0);
  ASSERT_TRUE(analysis.totals.remainder_us);
  EXPECT_NEAR(rows_us + *analysis.totals.remainder_us, analysis.measurement.latency.median, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Drawings, JoinTest, testing::ValuesIn(join_cases),
                         [](const auto& param) { return param.param.name; });

TEST(AttributeTest, SplitsARegionByPredictedTime) {
  Analysis analysis = analysis_of({"", {"Conv: x c_w -> y", "Relu: y -> z"}, {"FusedConv: x c_w -> z"}, {}});
  attribute(analysis);
  // Predicted 1 us and 2 us share 10 us as 1 : 2.
  EXPECT_THAT(analysis.nodes[0].measured_us.value(), DoubleEq(10.0 / 3));
  EXPECT_THAT(analysis.nodes[1].measured_us.value(), DoubleEq(20.0 / 3));
}

TEST(AttributeTest, ViewsTakeNoShare) {
  Analysis analysis = analysis_of({"", {"Conv: x c_w -> y", "Reshape: y c_s -> z"}, {"FusedConv: x c_w -> z"}, {}});
  analysis.nodes[1].cost.view = true;
  attribute(analysis);
  EXPECT_THAT(analysis.nodes[0].measured_us.value(), DoubleEq(10));
  EXPECT_THAT(analysis.nodes[1].measured_us.value(), DoubleEq(0));
}

TEST(AttributeTest, WithoutASavedGraphEverythingStaysInTheRemainder) {
  Analysis analysis = analysis_of({"", {"Relu: x -> y"}, {"Relu: x -> y"}, {}});
  analysis.measurement.optimized.reset();
  attribute(analysis);
  EXPECT_TRUE(analysis.runtime[0].rows.empty());
  EXPECT_FALSE(analysis.nodes[0].measured_us);
  EXPECT_THAT(analysis.totals.remainder_us.value(), DoubleEq(100));
}

}  // namespace
}  // namespace costscan
