// How far constants may grow: by what they replace, or unnoticed beside the model's weights.
#include <gtest/gtest.h>

#include "unit/fusions_support.hpp"

namespace costscan {
namespace {

struct GrownConstant {
  const char* what;
  std::int64_t rows;  ///< of a weight [rows, 8] that the model has beside it
  std::int64_t row;   ///< elements of the constant, eight bytes each, made of 40 bytes
  double growth;
  bool folds;
};

const GrownConstant grown_constants[] = {
    {"1 KiB, whatever the model has", 1, 128, 0, true},
    {"more than that", 1, 129, 2, false},
    {"as often as is allowed", 1, 160, 8.0 * 160 / 40, true},
    {"not more often", 1, 160, 8.0 * 160 / 40 - 1, false},
    {"1/256 of the weights", 256 * 160 * 8 / (8 * 4), 160, 2, true},
    {"more than 1/256 of them", 256 * 160 * 8 / (8 * 4) - 100, 160, 2, false},
    {"1/256 of them where nothing may grow", 256 * 160 * 8 / (8 * 4), 160, 0, false},
};

TEST(FoldedConstants, GrowAsFarAsAllowed) {
  for (const GrownConstant& one : grown_constants) {
    SCOPED_TRACE(one.what);
    const std::string row = std::to_string(one.row);
    auto proto =
        test::parsed_model("g (float[2,8] x, int64[1," + row + "] i) => (float[2," + std::to_string(one.rows) +
                               "] y, int64[1," + row + "] z) <int64[2] dims = {1," + row +
                               "}, int64[2] more = {1,1}, int64 step = {3}> { t = Transpose(w) y = MatMul(x, t) "
                               "r = Expand(step, dims) s = Expand(r, more) z = Add(i, s) }",
                           17);
    test::add_weights(proto, {{"w", {one.rows, 8}}});
    const auto shaped = test::shaped_from_proto(proto);
    ASSERT_TRUE(shaped);
    const GraphView view = make_view(shaped);
    const PassContext context{.view = view, .target = {}, .evaluate = {}, .growth = one.growth, .gain_us = {}};
    bool folded = false;
    for (const Rewrite& rewrite : find_pass("fold_constants")->find(context)) {
      if (is_op(view.node(rewrite.nodes.front()), "Expand")) folded = folded || rewrite.obstacle.empty();
    }
    EXPECT_EQ(folded, one.folds);
  }
}

}  // namespace
}  // namespace costscan
