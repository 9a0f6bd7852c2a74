// Memory over the run of graphs small enough to draw: results in place, the runtime's plan, orders, packed weights.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "predict/liveness.hpp"
#include "predict/memory.hpp"
#include "predict/memory_rules.hpp"
#include "predict_drawing.hpp"

namespace costscan {
namespace {

struct RuleCase {
  const char* label;
  MemoryRule rule;
  Drawing drawing;
  std::int64_t peak;
  DType dtype = DType::uint8;  ///< of all tensors: sizes are elements times its size
};

/// x → t0 → t1 → ..., one tensor by each of `ops`: x and the last one of one element, all between them of ten.
Drawing chain(const std::vector<std::string>& ops) {
  Drawing drawing{{"x"}, {}, {}, {{"x", 1}}};
  std::string last = "x";
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const std::string next = "t" + std::to_string(i);
    drawing.steps.push_back({ops[i], {last}, {next}});
    drawing.bytes[next] = i + 1 == ops.size() ? 1 : 10;
    last = next;
  }
  drawing.outputs = {last};
  return drawing;
}

Drawing with_bytes(Drawing drawing, const std::string& name, std::int64_t bytes) {
  drawing.bytes[name] = bytes;
  return drawing;
}

Drawing with_dims(Drawing drawing, const std::map<std::string, std::vector<DeclaredDim>>& declared) {
  drawing.declared = declared;
  return drawing;
}

std::vector<RuleCase> rule_cases() {
  using enum MemoryRule;
  const Drawing relus = chain({"Conv", "Relu", "Relu", "Conv"});
  const Drawing adds = chain({"Conv", "Neg", "Neg", "Conv"});
  Drawing read_again = chain({"Conv", "Relu", "Conv"});
  read_again.steps[2].inputs.emplace_back("t0");
  Drawing twice = chain({"Conv", "TensorScatter", "Conv"});
  twice.steps[1].inputs.emplace_back("t0");
  Drawing residual = chain({"Conv", "Conv", "Conv"});
  residual.steps[1] = {"FusedConv", {"x", "w", "", "t0"}, {"t1"}, "com.microsoft"};
  residual.constants = {"w"};
  residual.bytes["w"] = 1000;
  // t0 dies at step 1 and comes to life again as t3, while t1 of another size lives on.
  Drawing gap{{"x"},
              {{"Conv", {"x"}, {"a"}},
               {"Conv", {"a"}, {"b"}},
               {"Conv", {"b"}, {"c"}},
               {"Conv", {"c"}, {"d"}},
               {"Conv", {"d"}, {"y"}}},
              {"y"},
              {{"x", 1}, {"a", 10}, {"b", 30}, {"c", 30}, {"d", 10}, {"y", 1}}};
  // The constant is the model's own: what comes after its last reader cannot lie there.
  const Drawing constant{
      {"x"},
      {{"Constant", {}, {"k"}}, {"Conv", {"x", "k"}, {"a"}}, {"Conv", {"a"}, {"b"}}, {"Conv", {"b"}, {"y"}}},
      {"y"},
      {{"x", 1}, {"k", 10}, {"a", 10}, {"b", 10}, {"y", 1}}};
  const std::vector<DeclaredDim> ten = {std::int64_t{10}};
  const std::vector<DeclaredDim> thirty = {std::int64_t{30}};
  const std::vector<DeclaredDim> seq = {std::string("seq")};
  const std::vector<DeclaredDim> past = {std::string("past")};
  const std::vector<DeclaredDim> nothing = {std::monostate{}};
  return {
      {"views_do_not_overwrite", views, relus, 10 + 10},
      {"relu_overwrites", in_place, relus, 10 + 1},
      {"only_what_the_kernels_declare", in_place, adds, 10 + 10},
      {"inputs_are_the_callers", in_place, chain({"Relu"}), 1 + 1},
      {"an_output_has_memory_of_its_own", in_place, with_bytes(chain({"Conv", "Relu"}), "t1", 10), 10 + 10},
      {"read_again_later", in_place, read_again, 10 + 10 + 1},
      {"the_same_input_twice", in_place, twice, 10 + 10},
      {"other_size", in_place, with_bytes(chain({"Conv", "Relu", "Conv"}), "t1", 7), 10 + 7},
      {"the_sum_of_a_fused_conv", in_place, residual, 1 + 10},
      {"float_softmax_overwrites", in_place, chain({"Conv", "Softmax", "Conv"}), 4 * (10 + 1), DType::float32},
      {"other_softmax_does_not", in_place, chain({"Conv", "Softmax", "Conv"}), 8 * (10 + 10), DType::float64},
      // The plan, without the 1 of x.
      {"plan_of_a_chain", runtime, relus, 10 + 1},
      {"a_planned_output_is_its_own", runtime, with_bytes(chain({"Conv", "Relu", "Relu"}), "t2", 10), 10 + 10},
      {"a_constants_memory_is_given_to_nobody", runtime, constant, 10 + 10},
      {"dropout_copies_in_the_runtime", runtime, chain({"Conv", "Dropout", "Conv"}), 10 + 10},
      {"but_is_a_view_in_itself", in_place, chain({"Conv", "Dropout", "Conv"}), 10 + 1},
      {"reshapes_are_views", runtime, chain({"Conv", "Reshape", "Squeeze", "Conv"}), 10 + 1},
      {"a_reshaped_output_is_a_copy", runtime, with_bytes(chain({"Conv", "Reshape"}), "t1", 10), 10 + 10},
      // At c: b 30 and c 30, and a's 10 that d will take.
      {"dead_buffers_wait_for_their_size", runtime, gap, 30 + 30 + 10},
      {"what_is_alive_does_not", in_place, gap, 30 + 30},
      {"sizes_as_declared", runtime, with_dims(gap, {{"a", ten}, {"b", thirty}, {"c", thirty}, {"d", ten}}), 70},
      {"unknown_sizes_match_nothing", runtime,
       with_dims(gap, {{"a", nothing}, {"b", thirty}, {"c", thirty}, {"d", nothing}}), 60},
      {"symbols_match_themselves", runtime, with_dims(gap, {{"a", seq}, {"b", thirty}, {"c", thirty}, {"d", seq}}), 70},
      {"other_symbols_do_not", runtime, with_dims(gap, {{"a", seq}, {"b", thirty}, {"c", thirty}, {"d", past}}), 60},
      {"declared_sizes_decide_in_place_too", runtime,
       with_dims(chain({"Conv", "Relu", "Relu", "Conv"}), {{"t0", seq}, {"t1", past}, {"t2", past}}), 10 + 10},
  };
}

ShapedModel of_type(const Drawing& drawing, DType dtype) {
  ShapedModel shaped = drawn({drawing});
  for (TensorInfo& info : shaped.scopes[0].tensors) info.dtype = dtype;
  return shaped;
}

class MemoryRules : public ::testing::TestWithParam<RuleCase> {};

TEST_P(MemoryRules, Peak) {
  const auto lives = live_memory(of_type(GetParam().drawing, GetParam().dtype), {.rule = GetParam().rule});
  ASSERT_TRUE(lives);
  EXPECT_EQ(lives->front().peak, GetParam().peak);
}

INSTANTIATE_TEST_SUITE_P(Drawings, MemoryRules, ::testing::ValuesIn(rule_cases()),
                         [](const auto& test_info) { return std::string(test_info.param.label); });

/// Steps of a chain of `count` ops that may overwrite: how many pieces of memory its tensors lie in.
std::size_t pieces(const std::string& op, std::size_t count, MemoryRule rule) {
  const auto lives = live_memory(of_type(chain(std::vector(count, op)), DType::float32), {.rule = rule});
  return lives ? lives->front().buffers.size() : 0;
}

/// Every rule's operator takes the place of its input in the middle of a chain, and an operator without one does not.
TEST(MemoryRules, HoldInTheMiddleOfAChain) {
  constexpr std::size_t inputs = 1;
  for (const SharingRule& rule : sharing_rules()) {
    if (rule.input != 0 || !rule.domain.empty()) continue;
    // The first one may not overwrite the caller's tensor, a view may; the last one is an output.
    const std::size_t in_place = rule.sharing == Sharing::alias || rule.op_type == "BitCast" ? 1U : 3U;
    EXPECT_EQ(pieces(std::string(rule.op_type), 5, MemoryRule::in_place), in_place) << rule.op_type;
    const std::size_t planned = (rule.sharing == Sharing::alias ? 1U : 2U);  // without the input
    EXPECT_EQ(pieces(std::string(rule.op_type), 5, MemoryRule::runtime), planned) << rule.op_type;
  }
  EXPECT_EQ(pieces("Erf", 5, MemoryRule::in_place), inputs + 5);
}

TEST(MemoryTimeline, SumsItsBuffersAtEveryStep) {
  Analysis analysis;
  const Drawing drawing{{"x", "z"},
                        {{"Conv", {"x"}, {"a"}},
                         {"Reshape", {"a"}, {"v"}},
                         {"Relu", {"v"}, {"r"}},
                         {"Add", {"r", "z"}, {"s"}},
                         {"Split", {"s"}, {"y", "unread"}}},
                        {"y"},
                        {{"x", 3}, {"z", 5}, {"a", 100}, {"v", 100}, {"r", 100}, {"s", 40}, {"y", 20}, {"unread", 20}}};
  analysis.shaped = std::make_shared<ShapedModel>(drawn({drawing}));
  const auto memory = memory_timeline(analysis);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->order, MemoryOrder::file);
  ASSERT_EQ(memory->steps.size(), 5U);
  for (std::size_t step = 0; step < memory->steps.size(); ++step) {
    std::int64_t alive = 0;
    for (const MemoryBuffer& buffer : memory->buffers) {
      const bool born = buffer.producer <= static_cast<std::int32_t>(step);
      if (born && buffer.last >= static_cast<std::int32_t>(step)) alive += buffer.bytes;
    }
    EXPECT_EQ(memory->steps[step].during, alive) << step;
  }
  EXPECT_EQ(memory->peak_bytes, 100 + 40 + 5);
  EXPECT_EQ(memory->peak_step, 3);
  ASSERT_EQ(memory->at_peak.size(), 3U);
  EXPECT_EQ(memory->at_peak[0].name, "a");
  EXPECT_EQ(memory->at_peak[0].sharers, (std::vector<std::string>{"v", "r"}));
  EXPECT_EQ(memory->at_peak[0].producer, 0);
  EXPECT_EQ(memory->at_peak[0].last_reader, 3);
  EXPECT_EQ(memory->at_peak[2].name, "z");
  EXPECT_EQ(memory->at_peak[2].producer, -1);
  EXPECT_EQ(memory->input_bytes, 8);
  EXPECT_EQ(memory->output_bytes, 20);
  EXPECT_EQ(memory->held_peak_bytes, std::nullopt) << "the file's order is not the runtime's plan";
}

TEST(MemoryTimeline, NamesWhatLivesInsideTheDearestBody) {
  Analysis analysis;
  const Drawing caller{{"c"}, {{"Conv", {"c"}, {"k"}}, {"If", {"c"}, {"z"}}}, {"z"}, {{"c", 1}, {"k", 40}, {"z", 10}}};
  const Drawing dear{{}, {{"Conv", {"k"}, {"t"}}, {"Conv", {"t"}, {"out"}}}, {"out"}, {{"t", 100}, {"out", 10}}};
  const Drawing cheap{{}, {{"Conv", {"k"}, {"out"}}}, {"out"}, {{"out", 10}}};
  analysis.shaped = std::make_shared<ShapedModel>(
      drawn({caller, inside(ScopeKind::branch, 0, 1, cheap), inside(ScopeKind::branch, 0, 1, dear)}));
  const auto memory = memory_timeline(analysis);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->peak_bytes, 1 + 40 + 100 + 10);
  EXPECT_EQ(memory->steps[1].inside, 110);
  std::int64_t listed = 0;
  for (const MemoryBuffer& buffer : memory->at_peak) listed += buffer.bytes;
  EXPECT_EQ(listed, memory->peak_bytes) << "what is alive at the peak adds up to it";
  EXPECT_EQ(memory->at_peak.front().name, "t");
}

TEST(MemoryTimeline, IsAbsentForUnknownShapes) {
  Analysis analysis;
  Drawing drawing = chain({"Conv", "Conv"});
  drawing.bytes.erase("t0");
  analysis.shaped = std::make_shared<ShapedModel>(drawn({drawing}));
  EXPECT_EQ(memory_timeline(analysis), nullptr);
}

TEST(MemoryTimeline, FollowsTheRuntimesOrder) {
  // As listed, a and b live together while c runs; the runtime runs c before b.
  const Drawing drawing{
      {"x"},
      {{"Conv", {"x"}, {"a"}}, {"Conv", {"x"}, {"b"}}, {"Conv", {"a"}, {"c"}}, {"Add", {"b", "c"}, {"y"}}},
      {"y"},
      {{"x", 1}, {"a", 100}, {"b", 50}, {"c", 10}, {"y", 1}}};
  Analysis analysis;
  analysis.shaped = std::make_shared<ShapedModel>(drawn({drawing}));
  analysis.executed = analysis.shaped;
  analysis.measurement.nodes.resize(4);
  analysis.runtime.resize(4);
  const std::vector<std::int32_t> ran = {0, 2, 1, 3};
  for (std::size_t i = 0; i < ran.size(); ++i) analysis.measurement.nodes[i].optimized_node = ran[i];
  const auto memory = memory_timeline(analysis);
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(memory->order, MemoryOrder::executed);
  EXPECT_EQ(memory->peak_bytes, 1 + 100 + 10);
  EXPECT_EQ(memory->peak_step, 1);
  EXPECT_EQ(memory->steps[1].runtime_row, 1);
  EXPECT_EQ(memory->held_peak_bytes, 100 + 10);
}

struct OrderCase {
  const char* label;
  std::vector<std::int32_t> named;  ///< optimised nodes as the profile names them
  std::vector<std::int32_t> order;
};

class ExecutionOrder : public ::testing::TestWithParam<OrderCase> {};

/// 0 → 1 → 3, 2 → 3: whatever the profile names, every node comes once and after what it reads.
TEST_P(ExecutionOrder, IsAPermutationWithProducersFirst) {
  const Drawing drawing{
      {"x"}, {{"A", {"x"}, {"a"}}, {"B", {"a"}, {"b"}}, {"C", {"x"}, {"c"}}, {"D", {"b", "c"}, {"y"}}}, {"y"}, {}};
  Measurement measurement;
  for (const std::int32_t node : GetParam().named) measurement.nodes.emplace_back().optimized_node = node;
  EXPECT_EQ(execution_order(*drawn({drawing}).scopes[0].graph, measurement), GetParam().order);
}

INSTANTIATE_TEST_SUITE_P(Profiles, ExecutionOrder,
                         ::testing::Values(OrderCase{"nothing_named", {}, {0, 1, 2, 3}},
                                           OrderCase{"as_listed", {0, 1, 2, 3}, {0, 1, 2, 3}},
                                           OrderCase{"another_order", {2, 0, 1, 3}, {2, 0, 1, 3}},
                                           OrderCase{"a_node_that_is_not_named", {2, 1, 3}, {2, 0, 1, 3}},
                                           OrderCase{"unknown_and_repeated", {-1, 2, 2, 99, 3}, {2, 0, 1, 3}}),
                         [](const auto& test_info) { return std::string(test_info.param.label); });

struct PackedCase {
  const char* label;
  const char* op;
  const char* domain;
  std::size_t input;
  Shape weight;
  DType dtype;
  std::int64_t trans_b;
  std::optional<PackedWeight> packed;  ///< nullopt: stays as it is
};

class Packing : public ::testing::TestWithParam<PackedCase> {};

TEST_P(Packing, Size) {
  const PackedCase& given = GetParam();
  auto graph = std::make_shared<Graph>();
  graph->values.push_back(
      {.name = "w", .origin = ValueOrigin::initializer, .declared = {}, .producer = -1, .initializer = 0});
  graph->initializers.push_back({.name = "w", .dtype = given.dtype, .dims = given.weight, .storage = {}});
  Node node;
  node.name = "n";
  node.op_type = given.op;
  node.domain = given.domain;
  node.inputs.assign(given.input, no_value);
  node.inputs.push_back(0);
  node.attributes.push_back({.name = "transB", .value = given.trans_b, .ref_attr_name = {}});
  graph->nodes.push_back(node);
  Scope scope;
  scope.graph = graph;
  const std::vector<PackedWeight> packed = packed_weights(scope);
  ASSERT_EQ(packed.size(), given.packed ? 1U : 0U);
  if (!given.packed) return;
  EXPECT_EQ(packed[0].name, "w");
  EXPECT_EQ(packed[0].node, "n");
  EXPECT_EQ(packed[0].stored_bytes, given.packed->stored_bytes);
  EXPECT_EQ(packed[0].packed_bytes, given.packed->packed_bytes);
}

PackedWeight sizes(std::int64_t stored, std::optional<std::int64_t> packed) {
  return {.name = {}, .node = {}, .stored_bytes = stored, .packed_bytes = packed};
}

// The packed sizes are those that sessions of ONNX Runtime 1.31 allocated for these weights: bench/memory.py --packing.
INSTANTIATE_TEST_SUITE_P(
    Weights, Packing,
    ::testing::Values(
        PackedCase{"gemm", "Gemm", "", 1, {1024, 1000}, DType::float32, 0, sizes(4096000, 4128768)},
        PackedCase{"gemm_turned", "Gemm", "", 1, {50, 33}, DType::float32, 1, sizes(6600, 8448)},
        PackedCase{"matmul", "MatMul", "", 1, {64, 100}, DType::float32, 0, sizes(25600, 28672)},
        PackedCase{"matmul_left", "MatMul", "", 0, {64, 100}, DType::float32, 0, std::nullopt},
        PackedCase{"matmul_of_a_stack", "MatMul", "", 1, {3, 64, 100}, DType::float32, 0, std::nullopt},
        PackedCase{"matmul_of_halves", "MatMul", "", 1, {64, 100}, DType::float16, 0, std::nullopt},
        PackedCase{
            "fused_matmul", "FusedMatMul", "com.microsoft", 1, {64, 100}, DType::float32, 0, sizes(25600, 28672)},
        PackedCase{"conv", "Conv", "", 1, {32, 16, 3, 3}, DType::float32, 0, std::nullopt},
        PackedCase{"conv_transpose", "ConvTranspose", "", 1, {16, 32, 3, 3}, DType::float32, 0, sizes(18432, 18432)},
        PackedCase{"lstm_input", "LSTM", "", 1, {1, 128, 48}, DType::float32, 0, sizes(24576, 24576)},
        PackedCase{"gru_input", "GRU", "", 1, {1, 96, 48}, DType::float32, 0, sizes(18432, 18432)},
        PackedCase{"gru_recurrent", "GRU", "", 2, {1, 96, 32}, DType::float32, 0, sizes(12288, 8192 + 4096)},
        PackedCase{"integers", "MatMulInteger", "", 1, {64, 100}, DType::int8, 0, sizes(6400, std::nullopt)}),
    [](const auto& test_info) { return std::string(test_info.param.label); });

}  // namespace
}  // namespace costscan
