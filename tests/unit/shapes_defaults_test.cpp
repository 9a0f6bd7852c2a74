// Default dimensions that do not fit a model, and given ones that do not: whose fault it is, and what is bound instead.
#include <gmock/gmock.h>

#include "shapes_support.hpp"

namespace costscan {
namespace {

using test::GraphBuilder;
using test::tensor_named;
using test::text_of;
using testing::HasSubstr;

/// x of [batch, seq] above a table of [4, length]: only seq = length fits.
std::shared_ptr<Model> stacks(std::int64_t length) {
  return GraphBuilder()
      .input("x", DType::float32, {"batch", "seq"})
      .weight("w", DType::float32, {4, length})
      .node("Concat", {"x", "w"}, {"y"}, {test::int_attr("axis", 0)})
      .output("y")
      .model();
}

struct DefaultCase {
  std::string name;
  std::int64_t length;
  std::vector<std::pair<std::string, std::int64_t>> dims;
  std::int64_t seq = 0;  ///< what is bound; 0: refused
  std::string reason;    ///< of seq's binding, or of the refusal
  ErrorKind kind = ErrorKind::defect;
};

class Defaults : public testing::TestWithParam<DefaultCase> {};

TEST_P(Defaults, AreReplacedOrRefused) {
  const DefaultCase& param = GetParam();
  const auto shaped = infer_shapes(stacks(param.length), {param.dims, {}});
  if (param.seq == 0) {
    ASSERT_FALSE(shaped.has_value());
    EXPECT_EQ(shaped.error().kind, param.kind);
    EXPECT_THAT(shaped.error().message, HasSubstr(param.reason));
    return;
  }
  ASSERT_TRUE(shaped.has_value()) << shaped.error().message;
  EXPECT_EQ(text_of(tensor_named(**shaped, "y")), "5x" + std::to_string(param.seq));
  for (const DimBinding& binding : (*shaped)->bindings) {
    if (binding.name == "seq") {
      EXPECT_EQ(binding.value, param.seq);
      EXPECT_THAT(binding.reason, HasSubstr(param.reason));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Infer, Defaults,
    testing::Values(
        DefaultCase{"the_usual_one_fits", 128, {}, 128, "default"},
        DefaultCase{"a_shorter_one_fits", 32, {}, 32, "the usual default 128 does not fit this model, 32 does"},
        DefaultCase{"none_that_is_tried_fits", 77, {}, 0, "seq=128", ErrorKind::input},
        DefaultCase{"a_given_one_fits_where_the_default_does_not", 77, {{"seq", 77}}, 77, ""},
        DefaultCase{
            "a_given_one_contradicts", 128, {{"seq", 9}}, 0, "--dim seq=9 does not fit the model", ErrorKind::usage},
        DefaultCase{"a_given_one_contradicts_and_the_default_too",
                    32,
                    {{"seq", 9}},
                    0,
                    "--dim seq=9 does not fit the model",
                    ErrorKind::usage}),
    [](const auto& one) { return one.param.name; });

TEST(Infer, AnotherImageSizeIsTriedWhereTheUsualDoesNotFit) {
  const auto shaped = infer_shapes(GraphBuilder()
                                       .input("image", DType::float32, {"batch", std::int64_t{3}, "height", "width"})
                                       .weight("w", DType::float32, {4, 3, 640, 640})
                                       .node("Concat", {"image", "w"}, {"y"}, {test::int_attr("axis", 0)})
                                       .output("y")
                                       .model());
  ASSERT_TRUE(shaped.has_value()) << shaped.error().message;
  EXPECT_EQ(text_of(tensor_named(**shaped, "y")), "5x3x640x640");
  for (const DimBinding& binding : (*shaped)->bindings) {
    if (binding.name == "height") {
      EXPECT_THAT(binding.reason, HasSubstr("the usual default 224 does not fit this model, 640 does"));
    }
  }
}

}  // namespace
}  // namespace costscan
