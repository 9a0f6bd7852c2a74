// Root mean square normalisation by way of LayerNormalization, for the one machine that asks for it; and back to
// elementary operators.
#include <gtest/gtest.h>

#include "passes/accuracy.hpp"
#include "passes/optimize.hpp"
#include "predict/machines.hpp"
#include "unit/fusions_support.hpp"

namespace costscan {
namespace {

struct RmsPattern {
  const char* what;
  const char* body;
  bool gamma;
  bool epsilon;
};

const RmsPattern rms_patterns[] = {
    {"epsilon and gamma", "a = Add(v, e) r = Sqrt(a) n = Div(x, r) y = Mul(n, gamma)", true, true},
    {"epsilon", "a = Add(v, e) r = Sqrt(a) y = Div(x, r)", false, true},
    {"gamma", "r = Sqrt(v) n = Div(x, r) y = Mul(n, gamma)", true, false},
    {"neither", "r = Sqrt(v) y = Div(x, r)", false, false},
};

const std::vector<std::int64_t> rms_shapes[] = {{1, 128, 512}, {2, 64, 256}, {4, 32, 128}};

std::string rms_graph(const RmsPattern& pattern, const std::vector<std::int64_t>& shape) {
  const std::string dims = std::to_string(shape[0]) + "," + std::to_string(shape[1]) + "," + std::to_string(shape[2]);
  return "g (float[" + dims + "] x) => (float[" + dims +
         "] y) <float e = {1e-5}> { s = Mul(x, x) v = ReduceMean <axes = [-1]> (s) " + pattern.body + " }";
}

TEST(Lowering, WithinTheBoundOnEveryPatternAndShape) {
  SKIP_WITHOUT_RUNTIME();
  for (const RmsPattern& pattern : rms_patterns) {
    for (const auto& shape : rms_shapes) {
      SCOPED_TRACE(testing::Message() << pattern.what << ", " << shape[2]);
      auto proto = test::parsed_model(rms_graph(pattern, shape), 17);
      if (pattern.gamma) test::add_weights(proto, {{"gamma", {shape[2]}, 0.5, 1.5}});
      const auto models = test::run_passes(proto, {"lower_rms_norm_to_layer_norm"}, true);
      ASSERT_TRUE(models);
      EXPECT_EQ(test::counts_text(models->model->graph), pattern.gamma ? "Concat, LayerNormalization, Mul, Neg, Slice"
                                                                       : "Concat, LayerNormalization, Neg, Slice");
      const auto bound = site_bound("lower_rms_norm_to_layer_norm", {DType::float32, shape[2], 1});
      ASSERT_TRUE(bound);
      EXPECT_LT(*bound, 1.3e-2);
      for (const test::Values& values : test::float_values) {
        const auto found = models->difference(values.fill);
        EXPECT_LE(found.relative, 1.3e-2) << values.what;  // what the pass is asked for
        EXPECT_LE(found.absolute, *bound * 1.5 * std::max(found.largest, 1.0)) << values.what;
      }
    }
  }
}

TEST(Lowering, OnlyForMachinesThatLackTheOperator) {
  auto proto = test::parsed_model(rms_graph(rms_patterns[0], rms_shapes[2]), 17);
  test::add_weights(proto, {{"gamma", {128}}});
  const auto shaped = test::shaped_from_proto(proto);
  ASSERT_TRUE(shaped);
  const auto machines = list_machines();
  ASSERT_TRUE(machines);
  std::vector<std::string> names{""};
  for (const MachineListing& machine : *machines) names.push_back(machine.name);
  std::vector<std::string> lowered;
  for (const std::string& name : names) {
    OptimizeOptions options;
    options.machine = name;
    options.passes = {find_pass("lower_rms_norm_to_layer_norm")};
    const auto result = optimize_model(shaped->model, options);
    ASSERT_TRUE(result) << result.error().message;
    if (test::op_counts(result->model->graph).contains("LayerNormalization")) lowered.push_back(name);
  }
  EXPECT_EQ(lowered, std::vector<std::string>{"apple-m2-neural-engine"});
}

struct OperatorCase {
  const char* what;
  int opset;
  const char* imports;
  const char* body;
  const char* after;
  const char* outputs;
};

const OperatorCase operator_cases[] = {
    {"RMSNormalization", 23, "", "y = RMSNormalization <epsilon = 0.001> (x, w)",
     "Concat, LayerNormalization, Mul, Neg, Slice", ""},
    {"over two axes", 23, "", "y = RMSNormalization <axis = 1> (x, w2)", "Concat, LayerNormalization, Mul, Neg, Slice",
     ""},
    {"with a residual", 17, ", \"com.microsoft\" : 1",
     "z = Relu(x) y = com.microsoft.SkipSimplifiedLayerNormalization <epsilon = 0.001> (x, z, w)",
     "Add, Concat, LayerNormalization, Mul, Neg, Relu, Slice", ""},
    {"with a residual and a bias, and their sum", 17, ", \"com.microsoft\" : 1",
     "z = Relu(x) y, , , t = com.microsoft.SkipSimplifiedLayerNormalization <epsilon = 0.001> (x, z, w, w)",
     "Add 2, Concat, LayerNormalization, Mul, Neg, Relu, Slice", ", float[2,6,16] t"},
};

TEST(Lowering, OperatorsToo) {
  SKIP_WITHOUT_RUNTIME();
  for (const OperatorCase& one : operator_cases) {
    SCOPED_TRACE(one.what);
    auto proto = test::parsed_model(
        "g (float[2,6,16] x) => (float[2,6,16] y" + std::string(one.outputs) + ") { " + one.body + " }", one.opset,
        one.imports);
    test::add_weights(proto, {{"w", {16}, 0.5, 1.5}, {"w2", {6, 16}, 0.5, 1.5}});
    const auto models = test::run_passes(proto, {"lower_rms_norm_to_layer_norm"}, true);
    ASSERT_TRUE(models);
    EXPECT_EQ(test::counts_text(models->model->graph), one.after);
    for (const test::Values& values : test::float_values) {
      const auto found = models->difference(values.fill);
      const auto bound = site_bound("lower_rms_norm_to_layer_norm", {DType::float32, 96, 1});
      EXPECT_LE(found.absolute, *bound * 1.5 * found.largest) << values.what;
    }
  }
}

TEST(Lowering, LayerNormalizationIntoElementaryOperators) {
  SKIP_WITHOUT_RUNTIME();
  for (const auto& [opset, half] : {std::pair(17, false), std::pair(18, false), std::pair(20, true)}) {
    for (const char* axis : {"-1", "1"}) {
      SCOPED_TRACE(testing::Message() << "opset " << opset << ", axis " << axis);
      auto proto = test::parsed_model("g (float[2,6,16] x) => (float[2,6,16] y) { y = LayerNormalization <axis = " +
                                          std::string(axis) + ", epsilon = 0.001> (x, w, b) }",
                                      opset);
      const bool last = std::string_view(axis) == "-1";
      const std::vector<std::int64_t> dims = last ? std::vector<std::int64_t>{16} : std::vector<std::int64_t>{6, 16};
      test::add_weights(proto, {{"w", dims}, {"b", dims}});
      if (half) proto = test::in_half(proto);
      const auto models = test::run_passes(proto, {"decompose_layernorm"});
      ASSERT_TRUE(models);
      EXPECT_FALSE(test::op_counts(models->model->graph).contains("LayerNormalization"));
      for (const test::Values& values : test::float_values) {
        const double spread = values.fill.kind == FillKind::constant ? 0 : (values.fill.high - values.fill.low) / 3.5;
        const double largest = std::max(std::abs(values.fill.low), std::abs(values.fill.high));
        const SiteValues site{half ? DType::float16 : DType::float32, 96,
                              largest / std::sqrt(spread * spread / 9 + 0.001)};
        const auto bound = site_bound("decompose_layernorm", site);
        if (!bound) continue;  // means so large that half precision promises nothing
        const auto found = models->difference(values.fill);
        EXPECT_LE(found.absolute, *bound * (0.5 * std::sqrt(96.0) + 0.5)) << values.what;
      }
    }
  }
}

/// Against the C library: what the bounds of the activations take for granted of the runtime's functions.
TEST(Lowering, FunctionsAreAsAccurateAsTheBoundsAssume) {
  SKIP_WITHOUT_RUNTIME();
  struct Function {
    const char* op;
    double (*exact)(double);
  };
  const Function functions[] = {{"Erf", [](double x) { return std::erf(x); }},
                                {"Tanh", [](double x) { return std::tanh(x); }},
                                {"Sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }}};
  for (const Function& function : functions) {
    SCOPED_TRACE(function.op);
    const test::Folder folder;
    const auto proto =
        test::parsed_model("g (float[20000] x) => (float[20000] y, float[20000] z) { y = " + std::string(function.op) +
                               "(x) z = Identity(x) }",
                           17);
    auto model = test::RunnableFile::create(folder.write("function.onnx", proto.SerializeAsString()));
    ASSERT_TRUE(model) << model.error().message;
    for (const double range : {0.01, 1.0, 8.0}) {
      const auto values = model->run({FillKind::uniform, -range, range});
      ASSERT_TRUE(values) << values.error().message;
      const auto y = floating_elements(values->at(0));
      const auto x = floating_elements(values->at(1));
      ASSERT_TRUE(x && y);
      double worst = 0;
      for (std::size_t i = 0; i < x->size(); ++i) worst = std::max(worst, std::abs((*y)[i] - function.exact((*x)[i])));
      EXPECT_LE(worst, 8 * unit_roundoff(DType::float32)) << range;
    }
  }
}

TEST(Lowering, BoundsGrowWithLengthAndEnd) {
  EXPECT_EQ(site_bound("eliminate_dead_nodes", {}), 0.0);
  EXPECT_FALSE(site_bound("no_such_pass", {}));
  const SiteValues small{DType::float32, 8, 1};
  const SiteValues large{DType::float32, 8192, 1};
  EXPECT_LT(*site_bound("fuse_matmul_add", small), *site_bound("fuse_matmul_add", large));
  EXPECT_FALSE(site_bound("fuse_matmul_add", {DType::float16, 4096, 1}));  // 4097 u >= 1
  EXPECT_LT(*site_bound("fuse_layernorm", small), *site_bound("fuse_layernorm", {DType::float32, 8, 100}));
  EXPECT_DOUBLE_EQ(*promised_difference("fuse_gelu", small, 12, 3), 36 * *site_bound("fuse_gelu", small));
}

}  // namespace
}  // namespace costscan
