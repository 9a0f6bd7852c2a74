// Which original nodes a layer's name stands for. The names follow TensorRT's habits (NVIDIA/TensorRT issues 2308, 2575
// and 3842 print some) and ONNX Runtime's; the expectations are read off by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attribute/layers.hpp"
#include "unit/attribute_graph_text.hpp"

namespace costscan {
namespace {

using test::graph_from_text;
using test::scope_from_graph;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> original{
    "/conv1/Conv = Conv: x c_w1 -> conv1_out",         // 0
    "/relu/Relu = Relu: conv1_out -> relu_out",        // 1
    "fold = Cast: c_b -> c_cast",                      // 2
    "/add/Add = Add: relu_out c_cast -> add_out",      // 3
    "Constant: -> k",                                  // 4, without a name
    "Sigmoid: add_out -> sigmoid_out",                 // 5, without a name
    "/act/Mul = Mul: add_out sigmoid_out -> act_out",  // 6
    "a + b = MatMul: act_out c_w2 -> mm_out",          // 7, a separator in the name
    "twice = Abs: mm_out -> abs_out",                  // 8
    "twice = Neg: abs_out -> neg_out",                 // 9, the same name
    "last[0] = Softmax: neg_out -> y",                 // 10, a bracket in the name
};

std::vector<Join> joins_of(const std::vector<std::string>& layers, const LayerNaming& naming = {}) {
  Analysis analysis;
  auto shaped = std::make_shared<ShapedModel>();
  shaped->scopes.push_back(scope_from_graph(graph_from_text(original)));
  const Scope& scope = shaped->scopes[0];
  for (const Node& node : scope.graph->nodes) {
    NodeRow row;
    row.graph_node = node.file_index;
    row.node_index = node.file_index;
    row.node_name = node.name;
    row.op_type = node.op_type;
    for (const ValueId id : node.outputs) {
      const auto index = static_cast<std::size_t>(id);
      TensorColumn output;
      output.name = scope.graph->values[index].name;
      output.constant = scope.tensors[index].constant;
      row.outputs.push_back(output);
    }
    analysis.nodes.push_back(row);
  }
  analysis.shaped = shaped;
  for (const std::string& layer : layers) {
    RuntimeNode node;
    node.name = layer;
    analysis.measurement.nodes.push_back(node);
  }
  return join_by_layer_names(analysis, naming);
}

struct LayerCase {
  std::string layer;
  std::vector<std::int32_t> rows;
  std::string how = "";
};

TEST(AttributeLayers, Names) {
  const std::vector<LayerCase> cases{
      {"/conv1/Conv", {0}, "layer name"},
      {"conv1_out", {0}, "layer name"},
      {"/conv1/Conv + /relu/Relu", {0, 1}, "2 parts"},
      {"/conv1/Conv || /add/Add", {0, 3}, "2 parts"},
      {"/conv1/Conv + /relu/Relu || /add/Add", {0, 1, 3}, "3 parts"},
      {"PWN(/relu/Relu)", {1}},
      {"PWN(PWN(sigmoid_out), /act/Mul)", {5, 6}, "2 parts"},
      {"PWN(PWN(PWN(sigmoid_out), PWN(/act/Mul)))", {5, 6}},
      {"/conv1/Conv + PWN(PWN(sigmoid_out), /act/Mul)", {0, 5, 6}, "3 parts"},
      {"/conv1/Conv [myl0_3]", {0}},
      {"/conv1/Conv (Convolution)", {0}},
      {"/conv1/Conv_clone_1", {0}},
      {"/conv1/Conv_nchwc", {0}},
      {"/relu/Relu_token_12", {1}},
      {"a + b", {7}, "layer name"},
      {"a + b/MatMulAddFusion", {7}},
      {"/conv1/Conv + a + b + /relu/Relu", {0, 1, 7}, "3 parts"},
      {"last[0]", {10}},
      {"last[0] + /relu/Relu", {1, 10}},
      {"twice", {8, 9}},
      {"/conv1/Conv + (Unnamed Layer* 12) [Shuffle]", {0}, "1 of 2 parts known"},
      {"conv1.bias + (Unnamed Layer* 3) [Shuffle] + /add/Add", {3}, "1 of 3 parts known"},
      {"Reformatting CopyNode for Input Tensor 0 to /conv1/Conv + /relu/Relu", {0, 1}, "copy"},
      {"Reformatting CopyNode for Output Tensor 0 to a + b", {7}, "copy"},
      {"[ONNX Layer: /relu/Relu]", {1}},
      {"Sigmoid_5", {5}},
      {"Constant_4", {4}},
      {"(Unnamed Layer* 12) [Shuffle]", {}, "not joined"},
      {"Sigmoid_4", {}, "not joined"},
      {"__myl_MulAddCasResMul_myl0_3", {}, "not joined"},
      {"", {}, "not joined"},
      {"{ForeignNode[nowhere.../relu/Relu]}", {}, "not joined"},
      {" + || , PWN() {ForeignNode[]} ((((", {}, "not joined"},
  };
  for (const LayerCase& one : cases) {
    SCOPED_TRACE(one.layer);
    const auto joins = joins_of({one.layer});
    ASSERT_EQ(joins.size(), 1U);
    EXPECT_EQ(joins[0].rows, one.rows);
    EXPECT_THAT(joins[0].how, HasSubstr(one.how));
  }
}

TEST(AttributeLayers, ARangeTakesWhatNoOtherLayerNames) {
  const auto joins = joins_of({"{ForeignNode[/conv1/Conv.../act/Mul]}", "/add/Add"});
  EXPECT_THAT(joins[0].rows, ElementsAre(0, 1, 5, 6)) << "without the folded nodes and the Add";
  EXPECT_THAT(joins[0].how, HasSubstr("range"));
  EXPECT_THAT(joins[1].rows, ElementsAre(3));
  const auto decorated = joins_of({"{ForeignNode[w + (Unnamed Layer* 6) [Shuffle] + /relu/Relu.../act/Mul]}"});
  EXPECT_THAT(decorated[0].rows, ElementsAre(1, 3, 5, 6));
}

TEST(AttributeLayers, TheRuntimeDoesNotCountConstants) {
  const LayerNaming naming{.runtime_indices = true};
  EXPECT_THAT(joins_of({"Sigmoid_4"}, naming)[0].rows, ElementsAre(5));
  EXPECT_TRUE(joins_of({"Sigmoid_5"}, naming)[0].rows.empty());
}

TEST(AttributeLayers, DeepNestingEnds) {
  std::string name = "/relu/Relu";
  for (int i = 0; i < 1000; ++i) name.insert(0, "PWN(").append(")");
  EXPECT_TRUE(joins_of({name})[0].rows.empty());
}

}  // namespace
}  // namespace costscan
