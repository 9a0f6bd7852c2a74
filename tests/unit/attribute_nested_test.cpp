// Attribution through function calls, which the runtime inlines under made-up names, and into bodies of control flow,
// whose nodes it executes by themselves. The names are those that ONNX Runtime 1.31 makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attribute/attribute.hpp"
#include "attribute/fusions.hpp"
#include "unit/attribute_graph_text.hpp"

namespace costscan {
namespace {

using test::graph_from_text;
using test::scope_from_graph;
using test::value_of;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

/// An original model of several scopes and what became of it, drawn as text.
class Drawing {
 public:
  explicit Drawing(const std::vector<std::string>& main) {
    shaped_->scopes.push_back(scope_from_graph(graph_from_text(main)));
  }

  /// A function or body that node `calling_node` of scope `parent` calls. Rows follow in the order of the scopes.
  void add(ScopeKind kind, ScopeId parent, std::int32_t calling_node, const std::string& attribute,
           const std::vector<std::string>& lines, const std::vector<std::string>& inputs,
           const std::vector<std::string>& outputs) {
    Graph graph = graph_from_text(lines);
    for (const std::string& name : inputs) graph.inputs.push_back(value_of(graph, name));
    for (const std::string& name : outputs) graph.outputs.push_back(value_of(graph, name));
    const Graph& outer = *shaped_->scopes[static_cast<std::size_t>(parent)].graph;
    for (Value& value : graph.values) {
      const bool formal = std::ranges::find(inputs, value.name) != inputs.end();
      const bool captured = value.producer < 0 && !formal && outer.value_by_name.contains(value.name);
      if (kind != ScopeKind::function && captured) value.origin = ValueOrigin::captured;
    }
    Scope scope = scope_from_graph(std::move(graph));
    scope.kind = kind;
    scope.parent = parent;
    scope.calling_node = calling_node;
    scope.attribute = attribute;
    shaped_->scopes[static_cast<std::size_t>(parent)].children.push_back(static_cast<ScopeId>(shaped_->scopes.size()));
    shaped_->scopes.push_back(std::move(scope));
  }

  void untaken(std::size_t scope) { shaped_->scopes[scope].trips = 0; }

  /// Executed nodes of 10 us each, the bodies' before their callers' as a profile lists them.
  Analysis executed(Graph main) {
    Analysis analysis;
    for (std::size_t s = 0; s < shaped_->scopes.size(); ++s) {
      for (const Node& node : shaped_->scopes[s].graph->nodes) {
        NodeRow row;
        row.scope_id = static_cast<ScopeId>(s);
        row.graph_node = node.file_index;
        row.predicted_us = 1;
        row.cost.trust = Trust::exact;
        analysis.nodes.push_back(row);
      }
    }
    analysis.shaped = shaped_;
    auto optimized = std::make_shared<Model>();
    optimized->graph = std::move(main);
    analysis.measurement.optimized = optimized;
    list(optimized->graph, true, analysis);
    return analysis;
  }

 private:
  void list(const Graph& graph, bool main, Analysis& analysis) {
    for (const Node& node : graph.nodes) {
      for (const Attribute& attribute : node.attributes)
        list(*std::get<std::shared_ptr<const Graph>>(attribute.value), false, analysis);
      RuntimeNode executed;
      executed.name = node.name;
      executed.op_type = node.op_type;
      executed.optimized_node = main ? node.file_index : -1;
      analysis.measurement.nodes.push_back(executed);
      RuntimeRow row;
      row.op_type = node.op_type;
      row.measured_us = 10;
      analysis.runtime.push_back(row);
    }
  }

  std::shared_ptr<ShapedModel> shaped_ = std::make_shared<ShapedModel>();
};

std::vector<std::vector<std::int32_t>> rows_of(const Analysis& analysis) {
  std::vector<std::vector<std::int32_t>> rows;
  for (const RuntimeRow& run : analysis.runtime) rows.push_back(run.rows);
  return rows;
}

// Rows: main 0-3 (calls at 0, 1, 2), then the nodes of each call.
TEST(AttributeNested, TellsCallsOfOneFunctionApartByWhatIsAroundThem) {
  Drawing drawing({"Twice: x -> a", "Twice: r -> b", "Other: a -> c", "Add: c b -> y"});
  for (std::int32_t call = 0; call < 2; ++call) {
    drawing.add(ScopeKind::function, 0, call, "", {"Exp: in -> t", "Mul: t t -> out"}, {"in"}, {"out"});
  }
  drawing.add(ScopeKind::function, 0, 2, "", {"Erf: in -> t", "Neg: t -> out"}, {"in"}, {"out"});
  // The second call was inlined first: numbers do not follow the file's order.
  Analysis analysis = drawing.executed(graph_from_text(
      {"Exp: r -> _inlfunc_Twice_t", "Mul: _inlfunc_Twice_t _inlfunc_Twice_t -> b",
       "Exp: x -> _inlfunc_Twice_token_7_t", "Mul: _inlfunc_Twice_token_7_t _inlfunc_Twice_token_7_t -> a",
       "Erf: a -> _inlfunc_Other_t", "Neg: _inlfunc_Other_t -> c", "Add: c b -> y"}));
  attribute(analysis);
  const std::vector<std::vector<std::int32_t>> expected{{6}, {7}, {4}, {5}, {8}, {9}, {3}};
  EXPECT_EQ(rows_of(analysis), expected);
}

TEST(AttributeNested, FindsFunctionsInsideFunctions) {
  Drawing drawing({"Outer: x -> y"});
  drawing.add(ScopeKind::function, 0, 0, "", {"Inner: p -> u", "Inner: u -> q"}, {"p"}, {"q"});
  for (std::int32_t call = 0; call < 2; ++call) {
    drawing.add(ScopeKind::function, 1, call, "", {"Exp: in -> t", "Neg: t -> out"}, {"in"}, {"out"});
  }
  Analysis analysis = drawing.executed(
      graph_from_text({"Exp: x -> _inlfunc_Inner_t", "Neg: _inlfunc_Inner_t -> _inlfunc_Outer_u",
                       "Exp: _inlfunc_Outer_u -> _inlfunc_Inner_token_3_t", "Neg: _inlfunc_Inner_token_3_t -> y"}));
  attribute(analysis);
  const std::vector<std::vector<std::int32_t>> expected{{3}, {4}, {5}, {6}};
  EXPECT_EQ(rows_of(analysis), expected);
}

Graph with_body(Graph graph, std::size_t node, const std::string& attribute, const std::vector<std::string>& lines) {
  graph.nodes[node].attributes.push_back({attribute, std::make_shared<const Graph>(graph_from_text(lines)), {}, 0});
  return graph;
}

TEST(AttributeNested, JoinsWhatWasFusedInABody) {
  Drawing drawing({"Relu: x -> a", "loop = Loop: c_n c_go a -> y"});
  drawing.add(ScopeKind::loop_body, 0, 1, "body", {"mm = MatMul: s c_w -> m", "Add: m a -> t", "Identity: go -> go_on"},
              {"i", "go", "s"}, {"go_on", "t"});
  Graph executed = graph_from_text({"Relu: x -> a", "loop = Loop: c_n c_go a -> y"});
  executed =
      with_body(std::move(executed), 1, "body", {"mm/MatMulAddFusion = Gemm: s c_w a -> t", "Identity: go -> go_on"});
  Analysis analysis = drawing.executed(std::move(executed));
  attribute(analysis);
  // Relu; of the body the fused product and the Identity; the loop itself, without its body.
  const std::vector<std::vector<std::int32_t>> expected{{0}, {2, 3}, {4}, {1}};
  EXPECT_EQ(rows_of(analysis), expected);
  EXPECT_EQ(analysis.runtime[1].fusion, "MatMulAddFusion");
}

TEST(AttributeNested, TheSameNameInBothBranchesIsTwoNodes) {
  Drawing drawing({"if = If: c -> y"});
  drawing.add(ScopeKind::branch, 0, 0, "then_branch", {"op = Relu: x -> t"}, {}, {"t"});
  drawing.add(ScopeKind::branch, 0, 0, "else_branch", {"op = Relu: x -> t"}, {}, {"t"});
  Graph executed = with_body(graph_from_text({"if = If: c -> y"}), 0, "then_branch", {"op = Relu: x -> t"});
  executed = with_body(std::move(executed), 0, "else_branch", {"op = Relu: x -> t"});
  Analysis analysis = drawing.executed(std::move(executed));
  attribute(analysis);
  EXPECT_THAT(analysis.runtime[0].rows, ElementsAre(1));
  EXPECT_THAT(analysis.runtime[1].rows, ElementsAre(2));
}

TEST(AttributeNested, ACallerStandsForABodyThatIsNotListed) {
  Drawing drawing({"loop = Loop: c_n c_go x -> y"});
  drawing.add(ScopeKind::loop_body, 0, 0, "body", {"Relu: s -> t"}, {"i", "go", "s"}, {"go", "t"});
  Analysis analysis = drawing.executed(graph_from_text({"loop = Loop: c_n c_go x -> y"}));
  attribute(analysis);
  EXPECT_THAT(analysis.runtime[0].rows, ElementsAre(0, 1));
}

TEST(AttributeNested, FindsABranchThatWasInlined) {
  // Rows: 0 If, 1 Tanh; 2 Exp, 3 Neg of the branch taken; 4 Relu of the other.
  Drawing drawing({"if = If: c_true -> y0", "Tanh: y0 -> y"});
  drawing.add(ScopeKind::branch, 0, 0, "then_branch", {"Exp: y_in -> q", "Neg: q -> a"}, {}, {"a"});
  drawing.add(ScopeKind::branch, 0, 0, "else_branch", {"Relu: y_in -> b"}, {}, {"b"});
  drawing.untaken(2);
  Analysis analysis = drawing.executed(
      graph_from_text({"Exp: y_in -> _if_then_branch_q", "Neg: _if_then_branch_q -> y0", "Tanh: y0 -> y"}));
  attribute(analysis);
  const std::vector<std::vector<std::int32_t>> expected{{2}, {3}, {1}};
  EXPECT_EQ(rows_of(analysis), expected);
}

struct FusionCase {
  std::string op;
  std::string domain;
  std::string name;
  std::string doc;
  std::set<std::string> members;
  std::string fusion;
};

// Names and doc strings as ONNX Runtime 1.31.1 writes them.
const std::vector<FusionCase> fusion_cases{
    {"Gemm", "", "/l/MatMul/MatMulAddFusion", "fused Matmul and Add", {"MatMul", "Add"}, "MatMulAddFusion"},
    {"FusedMatMul",
     "com.microsoft",
     "/a/MatMul_FusedMatMulAndScale",
     "Fused MatMul and Scale",
     {"MatMul", "Div"},
     "MatMulScaleFusion"},
    {"FusedMatMul", "com.microsoft", "/a/MatMul/MatMulScaleFusion/", "", {"MatMul", "Mul"}, "MatMulScaleFusion"},
    {"LayerNormalization", "", "/n/LayerNormFusion/_token_4", "", {"Sub", "Div"}, "LayerNormFusion"},
    {"Gelu", "com.microsoft", "", "fused Gelu subgraphs ", {"Erf", "Mul"}, "GeluFusion"},
    {"BiasGelu", "com.microsoft", "x", "", {"Add", "Gelu"}, "BiasGeluFusion"},
    {"FusedConv", "com.microsoft", "conv", "", {"Conv", "Relu"}, "ConvActivationFusion"},
    {"Conv", "com.microsoft.nchwc", "conv_nchwc", "", {"Conv", "Relu"}, "NchwcTransformer"},
    {"Conv", "", "conv", "", {"Conv", "BatchNormalization"}, "ConvBNFusion"},
    {"QLinearConv", "", "conv", "", {"Conv", "DequantizeLinear"}, "QDQSelectorActionTransformer"},
    {"Novel", "custom", "n", "", {"A", "B"}, "Novel"},
    {"And", "", "n", "", {"Cast", "And"}, ""},
};

TEST(AttributeFusions, AreCalledWhatTheRuntimeCallsThem) {
  for (const FusionCase& one : fusion_cases) {
    Node node;
    node.op_type = one.op;
    node.domain = one.domain;
    node.name = one.name;
    node.doc_string = one.doc;
    EXPECT_EQ(fusion_name(node, one.members), one.fusion) << one.op << " " << one.name;
  }
}

}  // namespace
}  // namespace costscan
