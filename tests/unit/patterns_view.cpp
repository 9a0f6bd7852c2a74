// The graph view: edges, constants, the canonical graph, and facts that hold for every binding or only for this one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "patterns/pattern.hpp"
#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::GraphBuilder;
using test::int_attr;
using test::ints_attr;

GraphView view_of(const GraphBuilder& graph, std::vector<std::pair<std::string, std::int64_t>> dims = {},
                  FreeDims which = FreeDims::all) {
  auto shaped = infer_shapes(graph.model(), {.dims = std::move(dims), .observed = {}});
  EXPECT_TRUE(shaped) << (shaped ? "" : shaped.error().message);
  return make_view(*shaped, which);
}

ValueId value(const GraphView& view, const std::string& name) { return view.graph().value_by_name.at(name); }

TEST(PatternsView, ReadersProducersAndOutputs) {
  GraphBuilder graph;
  graph.input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}}).node("Relu", {"x"}, {"a"});
  graph.node("Add", {"a", "a"}, {"b"}).node("Neg", {"b"}, {"c"}).node("Exp", {"c"}, {"d"}).output("d").output("c");
  const GraphView view = view_of(graph);
  EXPECT_EQ(view.uses(value(view, "x")).size(), 1U);
  ASSERT_EQ(view.uses(value(view, "a")).size(), 2U) << "both slots of the Add";
  EXPECT_EQ(view.uses(value(view, "a"))[1].slot, 1);
  EXPECT_EQ(view.sole_user(0), -1) << "the Add reads it twice";
  EXPECT_EQ(view.sole_user(1), 2);
  EXPECT_EQ(view.sole_user(2), -1) << "a graph output";
  EXPECT_EQ(view.producer(value(view, "d")), 3);
  EXPECT_EQ(view.producer(value(view, "x")), -1);
  EXPECT_TRUE(view.is_output(value(view, "c")));
  EXPECT_FALSE(view.is_output(value(view, "a")));
}

TEST(PatternsView, ASubgraphReadsWhatItCaptures) {
  GraphBuilder branch;
  branch.node("Neg", {"a"}, {"inner"}).output("inner");
  GraphBuilder graph;
  graph.input("x", DType::float32, {std::int64_t{2}}).input("flag", DType::boolean, {});
  graph.node("Relu", {"x"}, {"a"})
      .node("If", {"flag"}, {"y"},
            {test::graph_attr("then_branch", branch.graph()), test::graph_attr("else_branch", branch.graph())});
  graph.output("y");
  const GraphView view = view_of(graph);
  ASSERT_EQ(view.uses(value(view, "a")).size(), 1U);
  EXPECT_EQ(view.uses(value(view, "a"))[0].slot, -1);
  EXPECT_EQ(view.sole_user(0), -1);
  ASSERT_EQ(view.captured(1).size(), 1U);
  EXPECT_EQ(view.captured(1)[0], value(view, "a"));
}

TEST(PatternsView, ConstantsFollowThroughNodes) {
  GraphBuilder graph;
  graph.input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}}).weight("w", DType::float32, {3, 4});
  graph.ints("axes", {1}, {0});
  graph.node("Transpose", {"w"}, {"wt"}).node("CastLike", {"wt", "x"}, {"cast"}).node("Shape", {"w"}, {"s"});
  graph.node("Shape", {"x"}, {"sx"}).node("RandomNormalLike", {"w"}, {"r"}).node("Unsqueeze", {"s", "axes"}, {"u"});
  graph.output("cast").output("u").output("sx").output("r");
  const GraphView view = view_of(graph);
  for (const char* name : {"w", "wt", "cast", "s", "u", "axes"})
    EXPECT_TRUE(view.is_constant(value(view, name))) << name;
  for (const char* name : {"x", "sx", "r"}) EXPECT_FALSE(view.is_constant(value(view, name))) << name;
  EXPECT_EQ(view.ints(value(view, "u")), (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(view.scalar(value(view, "axes")), 0.0);
  EXPECT_EQ(view.ints(value(view, "sx")), std::nullopt) << "known, but no constant";
  EXPECT_EQ(view.ints_by_binding(value(view, "sx")), (std::vector<std::vector<std::int64_t>>{{2, 3}}));
}

TEST(PatternsView, TheCanonicalGraphLooksThroughCopies) {
  GraphBuilder graph;
  graph.input("x", DType::float32, {std::int64_t{2}, std::int64_t{3}}).weight("scale", DType::float32, {});
  graph.node("Identity", {"x"}, {"a"}).node("Dropout", {"a"}, {"b"}).node("Cast", {"b"}, {"c"}, {int_attr("to", 10)});
  graph.node("Cast", {"c"}, {"d"}, {int_attr("to", 1)}).node("QuantizeLinear", {"d", "scale"}, {"e"});
  graph.node("DequantizeLinear", {"e", "scale"}, {"f"}).node("Relu", {"f"}, {"g"});
  graph.node("Cast", {"g"}, {"h"}, {int_attr("to", 7)}).output("h");
  const GraphView view = view_of(graph);
  EXPECT_EQ(view.source(value(view, "f")), value(view, "x"));
  EXPECT_EQ(view.source(value(view, "h")), value(view, "h")) << "to an integer: not the same value";
  const auto uses = view.canonical_uses(value(view, "x"));
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(view.node(uses[0].node).op_type, "Relu");
}

TEST(PatternsView, ADropoutThatTrainsIsNoCopy) {
  GraphBuilder graph;
  graph.input("x", DType::float32, {std::int64_t{2}})
      .input("train", DType::boolean, {})
      .weight("r", DType::float32, {});
  graph.node("Dropout", {"x", "r", "train"}, {"y"}).output("y");
  const GraphView view = view_of(graph);
  EXPECT_FALSE(view.is_transparent(0));
}

/// Expand of [batch, 4] to a stated shape: the identity for one batch only, unless the shape is x's own.
struct BindingCase {
  std::string what;
  std::vector<DeclaredDim> dims;
  bool own_shape;
  Holds expected;
  std::vector<std::pair<std::string, std::int64_t>> given = {};
  FreeDims which = FreeDims::all;
};

TEST(PatternsView, FactsOfOneBindingAreToldFromFactsOfAll) {
  const std::vector<BindingCase> cases{
      {"its own shape", {std::string("batch"), std::int64_t{4}}, true, Holds::every_binding, {}},
      {"a batch of 3 by --dim", {std::string("batch"), std::int64_t{4}}, false, Holds::this_binding, {{"batch", 3}}},
      {"the same, specialised",
       {std::string("batch"), std::int64_t{4}},
       false,
       Holds::every_binding,
       {{"batch", 3}},
       FreeDims::not_given},
      {"nothing is free", {std::int64_t{3}, std::int64_t{4}}, false, Holds::every_binding, {}},
      {"another shape", {std::int64_t{1}, std::int64_t{4}}, false, Holds::no, {}},
  };
  for (const BindingCase& one : cases) {
    GraphBuilder graph;
    graph.input("x", DType::float32, one.dims).ints("stated", {2}, {3, 4}).node("Shape", {"x"}, {"own"});
    graph.node("Reshape", {"x", one.own_shape ? "own" : "stated"}, {"y"}).output("y");
    if (one.expected == Holds::no) {
      graph = GraphBuilder();
      graph.input("x", DType::float32, one.dims).ints("stated", {2}, {3, 4});
      graph.node("Expand", {"x", "stated"}, {"y"}).output("y");
    }
    const GraphView view = view_of(graph, one.given, one.which);
    EXPECT_EQ(view.same_shape(value(view, "x"), value(view, "y")), one.expected) << one.what;
  }
}

TEST(PatternsView, DimensionsThatAreEqualByChanceAreToldApart) {
  GraphBuilder graph;
  graph.input("x", DType::float32, {std::string("height"), std::string("width")});
  graph.node("Transpose", {"x"}, {"y"}, {ints_attr("perm", {1, 0})}).output("y");
  const GraphView view = view_of(graph, {{"height", 64}, {"width", 64}});
  EXPECT_EQ(view.same_shape(value(view, "x"), value(view, "y")), Holds::this_binding);
}

TEST(PatternsView, SizesThatTheGraphFixesLeaveFactsToThisBinding) {
  GraphBuilder graph;  // the weight admits no other size
  graph.input("x", DType::float32, {std::string("n"), std::int64_t{4}}).weight("w", DType::float32, {7, 4});
  graph.node("Add", {"x", "w"}, {"y"}).node("Relu", {"x"}, {"z"}).output("y").output("z");
  const GraphView view = view_of(graph, {{"n", 7}});
  EXPECT_FALSE(view.complete());
  EXPECT_EQ(view.same_shape(value(view, "x"), value(view, "z")), Holds::this_binding);
}

TEST(PatternsView, EveryPatternHasANameASummaryAndADetector) {
  for (const Pattern& pattern : patterns()) {
    EXPECT_EQ(find_pattern(pattern.name), &pattern) << "twice in the table: " << pattern.name;
    EXPECT_FALSE(pattern.summary.empty()) << pattern.name;
    EXPECT_NE(pattern.find, nullptr) << pattern.name;
  }
  EXPECT_EQ(find_pattern("no such pattern"), nullptr);
}

}  // namespace
}  // namespace costscan
