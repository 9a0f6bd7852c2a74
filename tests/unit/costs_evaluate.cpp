// Cost files at nodes: operands, templates, versions, errors, and how often bodies run.
#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "unit/costs_fixture.hpp"

namespace costscan {
namespace {

using costs_test::CostFolder;
using costs_test::GraphBuilder;
using costs_test::tensor;
using costs_test::toy_file;

/// The cost of one Toy node with inputs A float32[2,3], B float16[3] (constant), and output Y float32[2,3].
NodeCost cost_of(const std::string& body, const std::vector<std::pair<std::string, std::string>>& templates = {},
                 const std::function<void(GraphBuilder&, Node&)>& change = {}) {
  std::vector<std::pair<std::string, std::string>> files = templates;
  files.emplace_back("toys/Toy.yaml", toy_file(body));
  const CostFolder folder(files);
  GraphBuilder builder;
  const ValueId a = builder.value("a", tensor(DType::float32, {2, 3}));
  TensorInfo weights = tensor(DType::float16, {3});
  weights.constant = true;
  const ValueId b = builder.value("b", weights);
  const ValueId y = builder.value("y", tensor(DType::float32, {2, 3}));
  Node& node = builder.node("Toy", "toys", {a, b}, {y});
  if (change) change(builder, node);
  ShapedModel shaped;
  shaped.scopes.push_back(builder.finish({{"toys", 1}}));
  return cost_scope(folder.library(), shaped, 0, {true}).at(0);
}

std::string kernel(const std::string& fields) {
  return "inputs: [A, 'B?']\noutputs: [Y]\nkernels:\n  - {name: k, why: because, " + fields + "}\n";
}

TEST(Evaluate, CountsOperandsOfANode) {
  const NodeCost cost = cost_of(kernel("flops: 2*numel(A), read: bytes(A) + bytes(B), write: bytes(Y)"));
  EXPECT_EQ(cost.unknown_reason, "");
  EXPECT_EQ(cost.work.flops, 12);
  EXPECT_EQ(cost.work.read_bytes, 24 + 6);
  EXPECT_EQ(cost.work.write_bytes, 24);
  EXPECT_EQ(cost.compulsory_bytes, 24 + 6 + 24);
  EXPECT_EQ(cost.weight_bytes, 6);
  EXPECT_EQ(cost.trust, Trust::exact);
  ASSERT_NE(cost.model, nullptr);
  EXPECT_EQ(cost.model->id, "toys/Toy@1");
}

TEST(Evaluate, AnInputGivenTwiceCountsOnce) {
  const NodeCost cost =
      cost_of(kernel("read: bytes(A)"), {}, [](GraphBuilder&, Node& node) { node.inputs[1] = node.inputs[0]; });
  EXPECT_EQ(cost.compulsory_bytes, 24 + 24);
  EXPECT_EQ(cost.weight_bytes, 0);
}

TEST(Evaluate, FieldsRoundUpAtTheEnd) {
  const NodeCost cost = cost_of(kernel("read: 1/2 + 1/4, write: 5/2, flops: 1/3*3"));
  EXPECT_EQ(cost.work.read_bytes, 1);
  EXPECT_EQ(cost.work.write_bytes, 3);
  EXPECT_EQ(cost.work.flops, 1);
}

TEST(Evaluate, ArithGoesByTheTypeOfTheFirstInput) {
  EXPECT_EQ(cost_of(kernel("arith: 5")).work.flops, 5);
  const NodeCost on_integers = cost_of(
      kernel("arith: 5"), {}, [](GraphBuilder& builder, Node&) { builder.scope.tensors[0].dtype = DType::int64; });
  EXPECT_EQ(on_integers.work.flops, 0);
  EXPECT_EQ(on_integers.work.int_ops, 5);
  EXPECT_EQ(on_integers.kernels.at(0).text->int_ops, "5");
  EXPECT_EQ(cost_of(kernel("arith: 5, arith_type: Y"), {},
                    [](GraphBuilder& builder, Node&) { builder.scope.tensors[0].dtype = DType::int64; })
                .work.flops,
            5);
}

TEST(Evaluate, LetsAreLazySoThatAbsentOperandsDoNotHurt) {
  const std::string body =
      "inputs: [A, 'B?']\noutputs: [Y]\nlet: {n: 'dim(B, 0)'}\nkernels:\n  - {name: k, why: w, when: present(B), "
      "flops: "
      "n}\n";
  EXPECT_EQ(cost_of(body).work.flops, 3);
  const NodeCost without = cost_of(body, {}, [](GraphBuilder&, Node& node) { node.inputs[1] = no_value; });
  EXPECT_EQ(without.unknown_reason, "");
  EXPECT_TRUE(without.kernels.empty());
}

TEST(Evaluate, TemplatesPrintTheCallersFormulas) {
  const std::string shared =
      "template: rows\nsummary: s\nsource: s\nparameters: {n: count, e: element}\nlet: {twice: 2*n}\n"
      "kernels:\n  - {name: k, why: w, flops: twice + 1, read: n*e}\n";
  const NodeCost cost = cost_of(
      "inputs: [A, 'B?']\noutputs: [Y]\nlet: {N: numel(A)}\nkernels:\n"
      "  - {use: rows, with: {n: [N + 1, w], e: [elem(B), w]}}\n"
      "  - {use: rows, name: second, when: present(B), with: {n: [1, w], e: [1, w]}}\n",
      {{"templates/rows.yaml", shared}});
  EXPECT_EQ(cost.unknown_reason, "");
  ASSERT_EQ(cost.kernels.size(), 2U);
  EXPECT_EQ(cost.kernels.at(0).text->flops, "2*(N + 1) + 1");
  EXPECT_EQ(cost.kernels.at(0).text->read, "(N + 1)*elem(B)");
  EXPECT_EQ(cost.kernels.at(0).work.flops, 15);
  EXPECT_EQ(cost.kernels.at(0).work.read_bytes, 14);
  EXPECT_EQ(cost.kernels[1].text->name, "second");
  ASSERT_EQ(cost.symbols.size(), 2U);
  EXPECT_EQ(cost.symbols[0].name + "=" + cost.symbols[0].value + "=" + cost.symbols[0].origin, "N=6=numel(A)");
  EXPECT_EQ(cost.symbols[1].name + "=" + cost.symbols[1].value, "elem(B)=2");
}

TEST(Evaluate, KernelTextIsSharedByNodes) {
  const CostFolder folder({{"toys/Toy.yaml", toy_file(kernel("flops: 1"))}});
  GraphBuilder builder;
  const ValueId a = builder.value("a", tensor(DType::float32, {2}));
  const ValueId y = builder.value("y", tensor(DType::float32, {2}));
  builder.node("Toy", "toys", {a}, {y});
  builder.node("Toy", "toys", {a}, {y});
  ShapedModel shaped;
  shaped.scopes.push_back(builder.finish({}));
  const auto costs = cost_scope(folder.library(), shaped, 0);
  EXPECT_EQ(costs[0].kernels.at(0).text, costs[1].kernels[0].text);
  EXPECT_EQ(costs[0].model, costs[1].model);
}

struct Reason {
  const char* fields;
  const char* part;
};
class UnknownNode : public testing::TestWithParam<Reason> {};
/// Nothing that goes wrong is a zero: the node is unknown and says where.
TEST_P(UnknownNode, SaysWhy) {
  const NodeCost cost = cost_of(kernel(GetParam().fields));
  EXPECT_EQ(cost.trust, Trust::unknown);
  EXPECT_EQ(cost.model, nullptr);
  EXPECT_TRUE(cost.kernels.empty());
  EXPECT_EQ(cost.work, Work{});
  EXPECT_NE(cost.unknown_reason.find(GetParam().part), std::string::npos) << cost.unknown_reason;
}
INSTANTIATE_TEST_SUITE_P(
    Table, UnknownNode,
    testing::Values(Reason{"flops: 4611686018427387904*numel(A)",
                           "toys/Toy.yaml:8: kernels[0].flops: overflow beyond 2^62 (4611686018427387904*numel(A))"},
                    Reason{"flops: 1/0", "toys/Toy.yaml:8: kernels[0].flops: division by zero"},
                    Reason{"flops: 4611686018427387904, arith: 4611686018427387904", "overflow"},
                    Reason{"read: 1 - 2", "negative"}, Reason{"flops: nowhere", "unknown symbol 'nowhere'"},
                    Reason{"flops: \"sizeof('float33')\"", "needs a dtype's name such as 'float32'"},
                    Reason{"flops: attr(alpha)", "attribute 'alpha' is missing"},
                    Reason{"flops: 'sum(value(A))'", "contents of 'a' are not known"},
                    Reason{"flops: 'dim(A, 2)'", "'a' of rank 2 has no axis 2"}, Reason{"when: 1, flops: 1", "when"},
                    Reason{"flops: bytes(C)", "no input or output 'C'"}, Reason{"frobs: 1", "unknown key 'frobs'"}));

TEST(Evaluate, UnknownShapesNameTheTensor) {
  const NodeCost cost =
      cost_of(kernel("flops: 1"), {}, [](GraphBuilder& builder, Node&) { builder.scope.tensors[0].shape.reset(); });
  EXPECT_EQ(cost.trust, Trust::unknown);
  EXPECT_NE(cost.unknown_reason.find("shape of 'a' is unknown"), std::string::npos) << cost.unknown_reason;
}

TEST(Evaluate, BoundsAndGuessesLowerTrust) {
  const auto bound = [](GraphBuilder& builder, Node&) { builder.scope.tensors[0].data_dependent = true; };
  EXPECT_EQ(cost_of(kernel("flops: numel(A)"), {}, bound).trust, Trust::upper_bound);
  EXPECT_EQ(cost_of(kernel("flops: 'value(B, 7)'")).trust, Trust::approximate);
}

TEST(Evaluate, MoreOperandsThanTheModelNamesAreUnknown) {
  const NodeCost cost = cost_of(kernel("flops: 1"), {}, [](GraphBuilder&, Node& node) { node.inputs.push_back(0); });
  EXPECT_NE(cost.unknown_reason.find("3 inputs, the cost model names 2"), std::string::npos) << cost.unknown_reason;
}

TEST(Evaluate, OpsWithoutFileSayWhichOneIsMissing) {
  const NodeCost cost = cost_of(kernel("flops: 1"), {}, [](GraphBuilder&, Node& node) { node.op_type = "Other"; });
  EXPECT_EQ(cost.unknown_reason, "no cost model for toys/Other: costmodels/toys/Other.yaml is missing");
}

TEST(Evaluate, VersionsOverrideFields) {
  const std::string relu =
      "op: Relu\nsummary: s\nsource: s\ntrust: exact\ninputs: [X]\noutputs: [Y]\n"
      "kernels:\n  - {name: k, why: w, flops: opset}\n"
      "versions:\n  - {since: 6, until: 12, trust: approximate, kernels: [{name: old, why: w, flops: 100 + opset}]}\n";
  const CostFolder folder({{"onnx/Relu.yaml", relu}});
  const CostLibrary library = folder.library();
  // Relu has the versions 1, 6, 13 and 14: the imported opset selects the newest that is not above it.
  for (const auto& [opset, flops] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{5, 1}, {6, 106}, {12, 106}, {13, 13}, {20, 14}, {0, 14}}) {
    GraphBuilder builder;
    const ValueId x = builder.value("x", tensor(DType::float32, {2}));
    const ValueId y = builder.value("y", tensor(DType::float32, {2}));
    builder.node("Relu", "", {x}, {y});
    ShapedModel shaped;
    shaped.scopes.push_back(
        builder.finish(opset > 0 ? std::vector<OpsetImport>{{"", opset}} : std::vector<OpsetImport>{}));
    const NodeCost cost = cost_scope(library, shaped, 0).at(0);
    EXPECT_EQ(cost.work.flops, flops) << "opset " << opset;
    EXPECT_EQ(cost.trust, flops > 100 ? Trust::approximate : Trust::exact) << "opset " << opset;
  }
}

TEST(Evaluate, AttributesComeFromNodeThenSchemaThenFile) {
  const std::string softmax =
      "op: Softmax\nsummary: s\nsource: s\ntrust: exact\ninputs: [X]\noutputs: [Y]\n"
      "kernels:\n  - {name: k, why: w, flops: '100 + attr(axis, 50)'}\n";
  const CostFolder folder({{"onnx/Softmax.yaml", softmax}});
  const CostLibrary library = folder.library();
  const auto flops = [&](std::int64_t opset, std::optional<std::int64_t> axis) {
    GraphBuilder builder;
    const ValueId x = builder.value("x", tensor(DType::float32, {2}));
    const ValueId y = builder.value("y", tensor(DType::float32, {2}));
    Node& node = builder.node("Softmax", "", {x}, {y});
    if (axis) node.attributes.push_back({"axis", *axis, {}, 0});
    ShapedModel shaped;
    shaped.scopes.push_back(builder.finish({{"", opset}}));
    return cost_scope(library, shaped, 0).at(0).work.flops;
  };
  EXPECT_EQ(flops(13, std::nullopt), 99);   // ONNX Softmax-13: -1
  EXPECT_EQ(flops(11, std::nullopt), 101);  // ONNX Softmax-11: 1
  EXPECT_EQ(flops(13, 7), 107);
}

/// main: If(cond) { Toy(4 flops each) ... } with a body scope per entry of `bodies` (nodes of 6 flops).
struct Body {
  ScopeKind kind;
  std::int64_t trips;
  bool bound;
  int nodes;
  ScopeId parent = 0;
};

std::vector<std::vector<NodeCost>> cost_bodies(const std::vector<Body>& bodies) {
  const CostFolder folder({{"toys/Toy.yaml", toy_file(kernel("flops: 6, read: 10, write: 1"))}});
  ShapedModel shaped;
  for (std::size_t i = 0; i <= bodies.size(); ++i) {
    GraphBuilder builder;
    const ValueId a = builder.value("a", tensor(DType::float32, {2}));
    const ValueId y = builder.value("y", tensor(DType::float32, {2}));
    const int nodes = i == 0 ? 1 : bodies[i - 1].nodes;
    for (int n = 0; n < nodes; ++n) builder.node(i == 0 ? "If" : "Toy", i == 0 ? "" : "toys", {a}, {y});
    shaped.scopes.push_back(builder.finish({{"", 17}}));
  }
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    Scope& scope = shaped.scopes[i + 1];
    scope.kind = bodies[i].kind;
    scope.parent = bodies[i].parent;
    scope.calling_node = 0;
    scope.trips = bodies[i].trips;
    scope.trips_upper_bound = bodies[i].bound;
    shaped.scopes[static_cast<std::size_t>(bodies[i].parent)].children.push_back(static_cast<ScopeId>(i + 1));
  }
  return cost_model(folder.library(), shaped);
}

TEST(CostModel, LoopsMultiplyAndCallersCostNothing) {
  const auto costs = cost_bodies({{ScopeKind::loop_body, 5, false, 2}, {ScopeKind::loop_body, 3, false, 1, 1}});
  EXPECT_EQ(costs[0][0].work, Work{});
  EXPECT_EQ(costs[0][0].trust, Trust::exact);
  EXPECT_TRUE(costs[0][0].view);
  EXPECT_TRUE(costs[1][0].view);  // calls the inner loop
  EXPECT_EQ(costs[1][1].work.flops, 30);
  EXPECT_EQ(costs[1][1].executions, 5);
  EXPECT_EQ(costs[1][1].kernels.at(0).work.flops, 6);  // kernels stay per execution
  EXPECT_EQ(costs[2][0].executions, 15);
  EXPECT_EQ(costs[2][0].work.flops, 90);
  EXPECT_EQ(costs[2][0].compulsory_bytes, 15 * 16);
  EXPECT_EQ(costs[2][0].trust, Trust::exact);
}

TEST(CostModel, TheTakenBranchCounts) {
  const auto costs = cost_bodies({{ScopeKind::branch, 0, false, 3}, {ScopeKind::branch, 1, false, 1}});
  EXPECT_EQ(costs[1][0].executions, 0);
  EXPECT_EQ(costs[1][0].work.flops, 0);
  EXPECT_EQ(costs[2][0].work.flops, 6);
  EXPECT_EQ(costs[2][0].trust, Trust::exact);
}

TEST(CostModel, OfUndecidedBranchesTheDearerCountsAsABound) {
  for (const bool first_dearer : {true, false}) {
    const auto costs = cost_bodies(
        {{ScopeKind::branch, 1, true, first_dearer ? 3 : 1}, {ScopeKind::branch, 1, true, first_dearer ? 1 : 3}});
    const auto& dearer = costs[first_dearer ? 1 : 2];
    const auto& other = costs[first_dearer ? 2 : 1];
    EXPECT_EQ(dearer[0].executions, 1);
    EXPECT_EQ(dearer[0].work.flops, 6);
    EXPECT_EQ(dearer[0].trust, Trust::upper_bound);
    EXPECT_EQ(other[0].executions, 0);
    EXPECT_EQ(other[0].work.flops, 0);
  }
}

TEST(CostModel, TripsBeyondTheLimitAreUnknown) {
  const auto costs = cost_bodies({{ScopeKind::loop_body, std::int64_t{1} << 61, false, 1}});
  EXPECT_EQ(costs[1][0].trust, Trust::unknown);
  EXPECT_NE(costs[1][0].unknown_reason.find("overflow"), std::string::npos);
}

}  // namespace
}  // namespace costscan
