// Free dimensions: what is given, what follows, what is a default; and what --dim must refuse.
#include <gmock/gmock.h>

#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::GraphBuilder;
using testing::HasSubstr;

std::shared_ptr<Model> decoder() {
  return GraphBuilder()
      .input("input_ids", DType::int64, {"batch", "seq"})
      .input("attention_mask", DType::int64, {"batch", "total"})
      .input("past_key", DType::float32, {"batch", std::int64_t{4}, "past", std::int64_t{64}})
      .node("Identity", {"input_ids"}, {"y"})
      .output("y")
      .model();
}

struct BindCase {
  const char* what;
  std::vector<std::pair<std::string, std::int64_t>> given;
  std::vector<std::pair<std::string, std::int64_t>> expected;
};
void PrintTo(const BindCase& c, std::ostream* out) { *out << c.what; }

class DecoderDims : public testing::TestWithParam<BindCase> {};
TEST_P(DecoderDims, Bind) {
  const auto shaped = infer_shapes(decoder(), {GetParam().given, {}});
  ASSERT_TRUE(shaped.has_value()) << shaped.error().message;
  std::vector<std::pair<std::string, std::int64_t>> bound;
  for (const DimBinding& binding : (*shaped)->bindings) {
    bound.emplace_back(binding.name, binding.value);
    EXPECT_FALSE(binding.reason.empty());
  }
  EXPECT_EQ(bound, GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(
    Bindings, DecoderDims,
    testing::Values(
        BindCase{"defaults are a decoding step", {}, {{"batch", 1}, {"seq", 1}, {"total", 128}, {"past", 127}}},
        BindCase{"total follows", {{"seq", 8}, {"past", 56}}, {{"batch", 1}, {"seq", 8}, {"total", 64}, {"past", 56}}},
        BindCase{"past follows", {{"seq", 8}, {"total", 64}}, {{"batch", 1}, {"seq", 8}, {"total", 64}, {"past", 56}}},
        BindCase{"an empty cache", {{"past", 0}, {"seq", 16}}, {{"batch", 1}, {"seq", 16}, {"total", 16}, {"past", 0}}},
        BindCase{"by place", {{"input_ids_dim_0", 3}}, {{"batch", 3}, {"seq", 1}, {"total", 128}, {"past", 127}}},
        BindCase{
            "twice the same", {{"seq", 4}, {"seq", 4}}, {{"batch", 1}, {"seq", 4}, {"total", 131}, {"past", 127}}}));

struct RefusedCase {
  std::vector<std::pair<std::string, std::int64_t>> given;
  const char* message;
};
void PrintTo(const RefusedCase& c, std::ostream* out) { *out << c.message; }

class RefusedDims : public testing::TestWithParam<RefusedCase> {};
TEST_P(RefusedDims, IsAUsageErrorThatListsTheSymbols) {
  const auto shaped = infer_shapes(decoder(), {GetParam().given, {}});
  ASSERT_FALSE(shaped.has_value());
  EXPECT_EQ(shaped.error().kind, ErrorKind::usage);
  EXPECT_THAT(shaped.error().message, HasSubstr(GetParam().message));
  EXPECT_THAT(shaped.error().message, HasSubstr("batch, seq, total, past"));
}
INSTANTIATE_TEST_SUITE_P(Bindings, RefusedDims,
                         testing::Values(RefusedCase{{{"sequence", 4}}, "names no free dimension"},
                                         RefusedCase{{{"seq", 0}}, "between 1 and"},
                                         RefusedCase{{{"seq", -5}}, "between 1 and"},
                                         RefusedCase{{{"past", -1}}, "between 0 and"},
                                         RefusedCase{{{"seq", std::int64_t{1} << 40}}, "between 1 and"},
                                         RefusedCase{{{"seq", 4}, {"seq", 5}}, "given before as 4"},
                                         RefusedCase{{{"past_key_dim_1", 8}}, "fixed at 4"}));

TEST(Bindings, AnUnlikelyTotalIsTakenWithAWarning) {
  const auto shaped = infer_shapes(decoder(), {{{"past", 5}, {"seq", 3}, {"total", 100}}, {}});
  ASSERT_TRUE(shaped.has_value()) << shaped.error().message;
  ASSERT_EQ((*shaped)->warnings.size(), 1U);
  EXPECT_THAT((*shaped)->warnings[0], HasSubstr("total = past + seq"));
}

TEST(Bindings, AnExpressionOfAnInputIsSolvedAndContradicted) {
  const auto model =
      GraphBuilder().input("x", DType::float32, {"batch", "2*seq"}).node("Identity", {"x"}, {"y"}).output("y").model();
  const auto solved = infer_shapes(model, {{{"2*seq", 64}}, {}});
  ASSERT_TRUE(solved.has_value()) << solved.error().message;
  EXPECT_EQ(test::text_of(test::tensor_named(**solved, "y")), "1x64");
  const auto odd = infer_shapes(model, {{{"2*seq", 63}}, {}});
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().kind, ErrorKind::usage);
  const auto both = infer_shapes(model, {{{"2*seq", 64}, {"seq", 16}}, {}});
  ASSERT_FALSE(both.has_value());
  EXPECT_EQ(both.error().kind, ErrorKind::usage);
}

TEST(Bindings, UnnamedDimsHaveNamesAndWeightsTellChannels) {
  const auto model =
      GraphBuilder()
          .input("image", DType::float32, {std::monostate{}, std::monostate{}, std::monostate{}, std::monostate{}})
          .weight("w", DType::float32, {8, 5, 3, 3})
          .node("Conv", {"image", "w"}, {"y"})
          .output("y")
          .model();
  const auto shaped = infer_shapes(model, {{{"image_dim_3", 10}}, {}});
  ASSERT_TRUE(shaped.has_value()) << shaped.error().message;
  EXPECT_EQ(test::text_of(test::tensor_named(**shaped, "y")), "1x8x222x8");
  EXPECT_EQ((*shaped)->bindings.at(1).value, 5);
  EXPECT_EQ((*shaped)->bindings.at(1).origin, BindingOrigin::derived);
}

TEST(Bindings, DimsThatBreakTheGraphAreUsageErrorsNotModelErrors) {
  const auto model = GraphBuilder()
                         .input("a", DType::float32, {"n"})
                         .input("b", DType::float32, {"m"})
                         .node("Add", {"a", "b"}, {"y"})
                         .output("y")
                         .model();
  EXPECT_TRUE(infer_shapes(model).has_value());
  const auto broken = infer_shapes(model, {{{"n", 3}, {"m", 4}}, {}});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().kind, ErrorKind::usage);
  EXPECT_THAT(broken.error().message, HasSubstr("Add"));
}

TEST(Bindings, ScalarInputsThatDecideSizesBindByName) {
  const auto model = GraphBuilder()
                         .input("k", DType::int64, {std::int64_t{1}})
                         .input("x", DType::float32, {std::int64_t{10}})
                         .input("unrelated", DType::int64, {})
                         .node("TopK", {"x", "k"}, {"values", "indices"})
                         .node("Identity", {"unrelated"}, {"z"})
                         .output("values")
                         .model();
  const auto by_default = infer_shapes(model);
  ASSERT_TRUE(by_default.has_value()) << by_default.error().message;
  ASSERT_EQ((*by_default)->bindings.size(), 1U);
  const auto given = infer_shapes(model, {{{"k", 4}}, {}});
  ASSERT_TRUE(given.has_value()) << given.error().message;
  EXPECT_EQ(test::text_of(test::tensor_named(**given, "values")), "4");
  EXPECT_EQ((*given)->bindings.at(0).origin, BindingOrigin::given);
}

TEST(Bindings, ElementsOfAShapeInputBind) {
  const auto model = GraphBuilder()
                         .input("x", DType::float32, {std::int64_t{12}})
                         .input("shape", DType::int64, {std::int64_t{2}})
                         .node("Reshape", {"x", "shape"}, {"y"})
                         .output("y")
                         .model();
  const auto open = infer_shapes(model);
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(test::text_of(test::tensor_named(**open, "y")), "?");
  ASSERT_EQ((*open)->warnings.size(), 1U);
  EXPECT_THAT((*open)->warnings[0], HasSubstr("shape[0]"));
  const auto given = infer_shapes(model, {{{"shape[0]", 3}, {"shape[1]", 4}}, {}});
  ASSERT_TRUE(given.has_value()) << given.error().message;
  EXPECT_EQ(test::text_of(test::tensor_named(**given, "y")), "3x4");
}

}  // namespace
}  // namespace costscan
