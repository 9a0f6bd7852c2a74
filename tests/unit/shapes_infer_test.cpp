// Inference over small graphs: shape arithmetic, bounds, control flow, functions, contradictions.
#include <gmock/gmock.h>

#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::graph_attr;
using test::GraphBuilder;
using test::int_attr;
using test::ints_attr;
using test::tensor_named;
using test::text_of;
using testing::HasSubstr;

std::shared_ptr<const ShapedModel> infer(const std::shared_ptr<Model>& model, const ShapeOptions& options = {}) {
  auto shaped = infer_shapes(model, options);
  EXPECT_TRUE(shaped.has_value()) << shaped.error().message;
  return shaped.value_or(nullptr);
}

std::vector<std::int64_t> ints_of(const TensorInfo& info) {
  return info.value == nullptr ? std::vector<std::int64_t>{-999} : info.value->ints;
}

TEST(Infer, TheShapeChainOfExportersResolves) {
  // Expand by Where(Equal(Reshape(Concat(...)), -1 * ConstantOfShape(...)), ConstantOfShape(...), ...), as in BERT.
  const auto shaped = infer(
      GraphBuilder()
          .input("x", DType::float32, {"batch", std::int64_t{1}, "seq"})
          .ints("zero", {1}, {0})
          .ints("two", {1}, {2})
          .ints("minus", {}, {-1})
          .ints("length", {1}, {3})
          .ints("flat", {1}, {-1})
          .node("Shape", {"x"}, {"shape"})
          .node("Gather", {"shape", "two"}, {"seq"})
          .node("Concat", {"flat", "seq", "seq"}, {"wanted"}, {int_attr("axis", 0)})
          .node("Reshape", {"wanted", "flat"}, {"row"})
          .node("ConstantOfShape", {"length"}, {"ones"},
                {test::attr("value",
                            Tensor{"", DType::int64, {1}, OwnedBytes{{std::byte{1}, {}, {}, {}, {}, {}, {}, {}}}}, 4)})
          .node("Mul", {"ones", "minus"}, {"negative"})
          .node("Equal", {"row", "negative"}, {"open"})
          .node("Where", {"open", "ones", "row"}, {"target"})
          .node("Expand", {"x", "target"}, {"y"})
          .output("y")
          .model(),
      {{{"batch", 2}, {"seq", 9}}, {}});
  ASSERT_NE(shaped, nullptr);
  EXPECT_EQ(ints_of(tensor_named(*shaped, "target")), (std::vector<std::int64_t>{1, 9, 9}));
  EXPECT_EQ(text_of(tensor_named(*shaped, "y")), "2x9x9");
}

TEST(Infer, ConstantsAreWhatComesFromConstantsAlone) {
  const auto shaped = infer(GraphBuilder()
                                .input("x", DType::float32, {std::int64_t{4}, std::int64_t{8}})
                                .weight("w", DType::float32, {16, 8})
                                .node("Transpose", {"w"}, {"wt"}, {ints_attr("perm", {1, 0})})
                                .node("MatMul", {"x", "wt"}, {"y"})
                                .output("y")
                                .model());
  EXPECT_TRUE(tensor_named(*shaped, "w").constant);
  EXPECT_TRUE(tensor_named(*shaped, "wt").constant);
  EXPECT_FALSE(tensor_named(*shaped, "y").constant);
  EXPECT_EQ(text_of(tensor_named(*shaped, "y")), "4x16");
}

TEST(Infer, DataDependentShapesAreStatedBounds) {
  const auto model = GraphBuilder()
                         .input("x", DType::float32, {std::int64_t{4}, std::int64_t{8}})
                         .ints("one", {}, {1})
                         .ints("minus", {1}, {-1})
                         .node("NonZero", {"x"}, {"where"})
                         .node("Shape", {"where"}, {"shape"})
                         .node("Gather", {"shape", "one"}, {"count"})
                         .node("Unsqueeze", {"count", "axis0"}, {"length"})
                         .ints("axis0", {1}, {0})
                         .node("ConstantOfShape", {"length"}, {"filled"})
                         .output("filled")
                         .model();
  const auto shaped = infer(model);
  EXPECT_EQ(text_of(tensor_named(*shaped, "where")), "2x32");
  EXPECT_TRUE(tensor_named(*shaped, "where").data_dependent);
  EXPECT_FALSE(tensor_named(*shaped, "shape").data_dependent);
  EXPECT_TRUE(tensor_named(*shaped, "shape").value_is_bound);
  EXPECT_EQ(text_of(tensor_named(*shaped, "filled")), "32");
  EXPECT_TRUE(tensor_named(*shaped, "filled").data_dependent);
  const auto refined = infer(model, {{}, {{"where", {DType::int64, {2, 7}}}}});
  EXPECT_EQ(text_of(tensor_named(*refined, "filled")), "7");
  EXPECT_FALSE(tensor_named(*refined, "filled").data_dependent);
}

TEST(Infer, ABoundMeetsAnExactDimension) {
  const auto shaped = infer(GraphBuilder()
                                .input("x", DType::float32, {std::int64_t{10}})
                                .input("c", DType::boolean, {std::int64_t{10}})
                                .input("b", DType::float32, {std::int64_t{7}})
                                .node("Compress", {"x", "c"}, {"kept"})
                                .node("Add", {"kept", "b"}, {"y"})
                                .output("y")
                                .model());
  EXPECT_EQ(text_of(tensor_named(*shaped, "kept")), "10");
  EXPECT_EQ(text_of(tensor_named(*shaped, "y")), "7");
}

std::shared_ptr<const Graph> loop_body(bool grows) {
  GraphBuilder body;
  body.formal("i").formal("go_on").formal("state").node("Identity", {"go_on"}, {"again"});
  if (grows) {
    body.node("Concat", {"state", "state"}, {"next"}, {int_attr("axis", 0)});
  } else {
    body.node("Relu", {"state"}, {"next"});
  }
  return body.node("Identity", {"next"}, {"slice"}).output("again").output("next").output("slice").graph();
}

TEST(Infer, ALoopRunsItsTripCount) {
  const auto shaped = infer(GraphBuilder()
                                .input("n", DType::int64, {})
                                .input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}})
                                .node("Loop", {"n", "", "x"}, {"last", "all"}, {graph_attr("body", loop_body(false))})
                                .output("all")
                                .model(),
                            {{{"n", 5}}, {}});
  ASSERT_EQ(shaped->scopes.size(), 2U);
  EXPECT_EQ(shaped->scopes[1].trips, 5);
  EXPECT_FALSE(shaped->scopes[1].trips_upper_bound);
  EXPECT_EQ(shaped->scopes[1].path, "Loop_0/body");
  EXPECT_EQ(text_of(tensor_named(*shaped, "last")), "2x3");
  EXPECT_EQ(text_of(tensor_named(*shaped, "all")), "5x2x3");
  EXPECT_EQ(text_of(tensor_named(*shaped, "next", 1)), "2x3");
}

TEST(Infer, ALoopWithoutTripsKeepsItsState) {
  const auto shaped = infer(GraphBuilder()
                                .ints("n", {}, {0})
                                .input("x", DType::float32, {std::int64_t{2}})
                                .node("Loop", {"n", "", "x"}, {"last", "all"}, {graph_attr("body", loop_body(true))})
                                .output("all")
                                .model());
  EXPECT_EQ(shaped->scopes[1].trips, 0);
  EXPECT_EQ(text_of(tensor_named(*shaped, "last")), "2");
}

TEST(Infer, ALoopWhoseStateGrowsIsFollowedTripByTrip) {
  const auto shaped = infer(GraphBuilder()
                                .ints("n", {}, {4})
                                .input("x", DType::float32, {std::int64_t{2}})
                                .node("Loop", {"n", "", "x"}, {"last", "all"}, {graph_attr("body", loop_body(true))})
                                .output("last")
                                .model());
  EXPECT_EQ(text_of(tensor_named(*shaped, "last")), "32");
  EXPECT_EQ(shaped->scopes[1].trips, 4);
  EXPECT_TRUE(shaped->scopes[1].trips_upper_bound);
  EXPECT_THAT(shaped->scopes[1].trips_reason, HasSubstr("carried shapes change"));
}

TEST(Infer, AWhileLoopOverKnownContentsIsCounted) {
  const auto body = GraphBuilder()
                        .formal("i")
                        .formal("go_on")
                        .formal("counter")
                        .ints("one", {}, {1})
                        .ints("seven", {}, {7})
                        .node("Add", {"counter", "one"}, {"next"})
                        .node("Less", {"next", "seven"}, {"again"})
                        .output("again")
                        .output("next")
                        .graph();
  const auto shaped = infer(GraphBuilder()
                                .ints("start", {}, {0})
                                .node("Loop", {"", "", "start"}, {"end"}, {graph_attr("body", body)})
                                .output("end")
                                .model());
  EXPECT_EQ(shaped->scopes[1].trips, 7);
  EXPECT_FALSE(shaped->scopes[1].trips_upper_bound);
  EXPECT_EQ(ints_of(tensor_named(*shaped, "end")), (std::vector<std::int64_t>{7}));
}

TEST(Infer, AnUndecidedBranchCountsBothAndADecidedOneOne) {
  const auto branch = [](const char* op) {
    return GraphBuilder()
        .node(op, {"x"}, {"r"}, op[0] == 'F' ? std::vector<Attribute>{int_attr("axis", 0)} : std::vector<Attribute>{})
        .output("r")
        .graph();
  };
  GraphBuilder graph;
  graph.input("flag", DType::boolean, {})
      .input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}})
      .node("If", {"flag"}, {"y"},
            {graph_attr("then_branch", branch("Relu")), graph_attr("else_branch", branch("Flatten"))})
      .output("y");
  const auto open = infer(graph.model());
  ASSERT_EQ(open->scopes.size(), 3U);
  EXPECT_TRUE(open->scopes[1].trips_upper_bound);
  EXPECT_EQ(open->scopes[1].trips + open->scopes[2].trips, 2);
  EXPECT_TRUE(tensor_named(*open, "y").data_dependent);
  const auto taken = infer(graph.model(), {{{"flag", 1}}, {}});
  EXPECT_EQ(taken->scopes[1].trips, 1);
  EXPECT_EQ(taken->scopes[2].trips, 0);
  EXPECT_EQ(text_of(tensor_named(*taken, "y")), "2x3");
  EXPECT_FALSE(tensor_named(*taken, "y").data_dependent);
}

TEST(Infer, AnUntakenBranchMayBeWrong) {
  const auto squeeze = GraphBuilder().ints("axis", {1}, {1}).node("Squeeze", {"x", "axis"}, {"r"}).output("r").graph();
  const auto keep = GraphBuilder().node("Identity", {"x"}, {"r"}).output("r").graph();
  const auto shaped =
      infer(GraphBuilder()
                .input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}})
                .ints("one", {}, {1})
                .node("Shape", {"x"}, {"shape"})
                .node("Gather", {"shape", "one"}, {"dim"})
                .node("Equal", {"dim", "one"}, {"is_one"})
                .node("If", {"is_one"}, {"y"}, {graph_attr("then_branch", squeeze), graph_attr("else_branch", keep)})
                .output("y")
                .model());
  EXPECT_EQ(text_of(tensor_named(*shaped, "y")), "2x3");
  EXPECT_TRUE(shaped->warnings.empty());
}

TEST(Infer, FunctionsHaveOneScopePerCallAndTheirCallersAttributes) {
  auto model = GraphBuilder()
                   .input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}, std::int64_t{4}})
                   .node("Swap", {"x"}, {"y"}, {ints_attr("order", {2, 1, 0})}, "local")
                   .node("Swap", {"y"}, {"z"}, {}, "local")
                   .output("z")
                   .model();
  Function swap;
  swap.domain = "local";
  swap.name = "Swap";
  swap.opset_imports = {{"", 18}};
  swap.attribute_defaults = {ints_attr("order", {1, 0, 2})};
  Attribute reference;
  reference.name = "perm";
  reference.ref_attr_name = "order";
  reference.declared_type = 7;
  swap.body = *GraphBuilder().formal("in").node("Transpose", {"in"}, {"out"}, {reference}).output("out").graph();
  model->functions.push_back(std::move(swap));
  const auto shaped = infer(model);
  ASSERT_EQ(shaped->scopes.size(), 3U);
  EXPECT_EQ(text_of(tensor_named(*shaped, "y")), "4x3x2");
  EXPECT_EQ(text_of(tensor_named(*shaped, "z")), "3x4x2");
  EXPECT_EQ(shaped->scopes[1].kind, ScopeKind::function);
  EXPECT_NE(shaped->scopes[1].path, shaped->scopes[2].path);
}

TEST(Infer, AFunctionThatCallsItselfIsRefused) {
  auto model = GraphBuilder()
                   .input("x", DType::float32, {std::int64_t{2}})
                   .node("F", {"x"}, {"y"}, {}, "local")
                   .output("y")
                   .model();
  Function f;
  f.domain = "local";
  f.name = "F";
  f.body = *GraphBuilder().formal("a").node("F", {"a"}, {"b"}, {}, "local").output("b").graph();
  model->functions.push_back(std::move(f));
  const auto shaped = infer_shapes(model);
  ASSERT_FALSE(shaped.has_value());
  EXPECT_EQ(shaped.error().kind, ErrorKind::input);
}

TEST(Infer, DtypesThatDisagreeAreAnErrorThatNamesTheNode) {
  const auto shaped = infer_shapes(GraphBuilder()
                                       .input("a", DType::float16, {std::int64_t{2}})
                                       .input("b", DType::float32, {std::int64_t{2}})
                                       .node("Sub", {"a", "b"}, {"y"})
                                       .output("y")
                                       .model());
  ASSERT_FALSE(shaped.has_value());
  EXPECT_EQ(shaped.error().kind, ErrorKind::input);
  EXPECT_THAT(shaped.error().message, HasSubstr("'Sub_0' (Sub)"));
  EXPECT_THAT(shaped.error().message, HasSubstr("float16"));
}

TEST(Infer, AnUnknownOperatorLeavesItsOutputUnknownAndSaysSoOnce) {
  const auto shaped = infer(GraphBuilder()
                                .input("x", DType::float32, {std::int64_t{2}})
                                .node("Mystery", {"x"}, {"y"}, {}, "acme")
                                .node("Relu", {"y"}, {"z"})
                                .output("z")
                                .model());
  EXPECT_EQ(text_of(tensor_named(*shaped, "z")), "?");
  ASSERT_EQ(shaped->warnings.size(), 1U);
  EXPECT_THAT(shaped->warnings[0], HasSubstr("acme::Mystery"));
}

TEST(Infer, DeclaredShapesFillGapsAndStaleOnesAreReported) {
  const auto shaped = infer(GraphBuilder()
                                .input("x", DType::float32, {std::int64_t{2}})
                                .node("Mystery", {"x"}, {"y"}, {}, "acme")
                                .declare("y", DType::float32, {std::int64_t{6}})
                                .node("Relu", {"y"}, {"z"})
                                .declare("z", DType::float32, {std::int64_t{5}})
                                .output("z")
                                .model());
  EXPECT_EQ(text_of(tensor_named(*shaped, "z")), "6");
  ASSERT_EQ(shaped->warnings.size(), 1U);
  EXPECT_THAT(shaped->warnings[0], HasSubstr("stale"));
}

TEST(Infer, AStrippedWeightThatDecidesAShapeIsNamed) {
  const auto shaped = infer(GraphBuilder()
                                .input("x", DType::float32, {std::int64_t{12}})
                                .weight("target", DType::int64, {2})
                                .node("Reshape", {"x", "target"}, {"y"})
                                .output("y")
                                .model());
  EXPECT_EQ(text_of(tensor_named(*shaped, "y")), "?");
  ASSERT_EQ(shaped->warnings.size(), 1U);
  EXPECT_THAT(shaped->warnings[0], HasSubstr("'target', which the file lacks"));
}

}  // namespace
}  // namespace costscan
