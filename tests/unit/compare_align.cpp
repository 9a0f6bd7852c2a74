// Which nodes of two models are found to compute the same: one line per group, "A's nodes | B's nodes".
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "compare/align.hpp"
#include "compare/subsequence.hpp"
#include "unit/compare_support.hpp"

namespace costscan {
namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAreArray;

/// Nodes by the name of their first output.
std::string outputs_of(const Analysis& analysis, const std::vector<std::int32_t>& rows) {
  std::vector<std::string> names;
  for (const std::int32_t row : rows)
    names.push_back(analysis.nodes[static_cast<std::size_t>(row)].outputs.front().name);
  return fmt::format("{}", fmt::join(names, " "));
}

struct AlignCase {
  const char* name;
  const char* a;
  const char* b;
  std::vector<std::string> groups;  ///< "a nodes | b nodes : how"
};

// Layer normalisation spelt out, as old exporters write it; `x` and `y` are what surrounds it.
constexpr const char* spelt_norm = R"(g (float[2,8] x) => (float[2,8] y)
  <float[8] gamma = {1,1,1,1,1,1,1,1}, float[8] beta = {0,0,0,0,0,0,0,0}, float two = {2}, float eps = {0.00001}> {
    m = ReduceMean <axes = [-1]> (x)
    d = Sub(x, m)
    q = Pow(d, two)
    v = ReduceMean <axes = [-1]> (q)
    e = Add(v, eps)
    s = Sqrt(e)
    n = Div(d, s)
    w = Mul(n, gamma)
    y = Add(w, beta)
  })";

const AlignCase align_cases[] = {
    {"the same model",
     "g (float[2,4] x) => (float[2,4] z) { y = Relu(x) z = Exp(y) }",
     "g (float[2,4] x) => (float[2,4] z) { y = Relu(x) z = Exp(y) }",
     {"y | y : output name", "z | z : output name"}},
    {"every tensor renamed",
     "g (float[2,4] x) => (float[2,4] z) { y = Relu(x) z = Exp(y) }",
     "g (float[2,4] in) => (float[2,4] out) { mid = Relu(in) out = Exp(mid) }",
     {"y | mid : structure", "z | out : structure"}},
    {"a region that became one node",
     spelt_norm,
     R"(g (float[2,8] x) => (float[2,8] y) <float[8] gamma = {1,1,1,1,1,1,1,1}, float[8] beta = {0,0,0,0,0,0,0,0}> {
       y = LayerNormalization <axis = -1> (x, gamma, beta) })",
     {"m d q v e s n w y | y : output name"}},
    {"a node that became a region",
     R"(g (float[2,8] x) => (float[2,8] y) <float[8] gamma = {1,1,1,1,1,1,1,1}, float[8] beta = {0,0,0,0,0,0,0,0}> {
       y = LayerNormalization <axis = -1> (x, gamma, beta) })",
     spelt_norm,
     {"y | m d q v e s n w y : output name"}},
    {"an Identity that is gone belongs to its reader",
     "g (float[2,4] x) => (float[2,4] z) { i = Identity(x) y = Relu(i) z = Exp(y) }",
     "g (float[2,4] x) => (float[2,4] z) { y = Relu(x) z = Exp(y) }",
     {"i y | y : output name", "z | z : output name"}},
    {"what feeds two groups has no counterpart",
     "g (float[2,4] x) => (float[2,4] y, float[2,4] z) { y = Relu(x) z = Exp(x) }",
     "g (float[2,4] x) => (float[2,4] y, float[2,4] z) { c = Neg(x) y = Relu(c) z = Exp(c) }",
     {"y | y : output name", "z | z : output name", " | c : "}},
    {"a node name where its output has another name",
     "g (float[2,4] x) => (float[2,4] z) { [first] y = Relu(x) z = Sigmoid(y) }",
     "g (float[2,4] x) => (float[2,4] z) { n = Neg(x) [first] other = Relu(n) z = Sigmoid(other) }",
     {"y | n other : node name", "z | z : output name"}},
    {"another operator for the same tensor",
     "g (float[2,4] x) => (float[2,4] y) { y = Relu(x) }",
     "g (float[2,4] x) => (float[2,4] y) { y = Abs(x) }",
     {"y | y : output name"}},
    {"operands of an addition changed sides",
     "g (float[2,4] x) => (float[2,4] z) { p = Relu(x) q = Exp(x) z = Add(p, q) }",
     "g (float[2,4] in) => (float[2,4] out) { b = Exp(in) a = Relu(in) out = Add(b, a) }",
     {"p | a : structure", "q | b : structure", "z | out : structure"}},
    {"numbered names that mean other tensors",
     // B starts with another node, so that all numbers are shifted and shapes disagree.
     R"(g (float[2,4] x) => (float[4,2] z) { val_1 = Relu(x) val_2 = Transpose(val_1) val_3 = Exp(val_2) z = Tanh(val_3) })",
     R"(g (float[2,4] x) => (float[4,2] z) { val_2 = Relu(x) val_3 = Transpose(val_2) val_1 = Exp(val_3) z = Tanh(val_1) })",
     {"val_1 | val_2 : structure", "val_2 | val_3 : structure", "val_3 | val_1 : structure", "z | z : output name"}},
    {"renamed, with a fusion between: matrix multiplies tell the way",
     R"(g (float[2,8] x) => (float[2,4] z) <float[8,16] w = {}, float[16,4] u = {}> {
       h = MatMul(x, w) s = Sigmoid(h) m = Mul(h, s) e = Exp(m) k = MatMul(e, u) z = Relu(k) })",
     R"(g (float[2,8] in) => (float[2,4] out) <float[8,16] w1 = {}, float[16,4] w2 = {}> {
       one = MatMul(in, w1) two = com.microsoft.QuickGelu <alpha = 1.0> (one) three = Exp(two) four = MatMul(three, w2)
       out = Relu(four) })",
     {"h | one : structure", "s m | two : structure", "e | three : structure", "k | four : structure",
      "z | out : structure"}},
};

class CompareAlign : public ::testing::TestWithParam<AlignCase> {};

onnx::ModelProto with_weights(const char* text) {
  // "= {}" marks a weight whose numbers do not matter.
  std::string graph = text;
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> missing;
  for (auto at = graph.find(" = {}"); at != std::string::npos; at = graph.find(" = {}")) {
    const auto open = graph.rfind('[', at);
    const auto close = graph.find(']', open);
    std::vector<std::int64_t> dims;
    std::istringstream numbers(graph.substr(open + 1, close - open - 1));
    for (std::string number; std::getline(numbers, number, ',');) dims.push_back(std::stoll(number));
    missing.emplace_back(graph.substr(close + 2, at - close - 2), dims);
    const auto start = graph.rfind("float", open);
    auto end = at + 5;
    if (graph.compare(end, 2, ", ") == 0) end += 2;
    graph.erase(start, end - start);
  }
  if (const auto empty = graph.find("<>"); empty != std::string::npos) graph.erase(empty, 2);
  onnx::ModelProto model = test::parse_model(graph);
  for (const auto& [name, dims] : missing) test::add_missing_weight(model, name, dims);
  return model;
}

TEST_P(CompareAlign, GroupsAreAsDrawn) {
  const test::Folder folder;
  const Analysis a = test::analysed(folder, "a.onnx", with_weights(GetParam().a));
  const Analysis b = test::analysed(folder, "b.onnx", with_weights(GetParam().b));
  ASSERT_TRUE(a.shaped && b.shaped);
  const Alignment alignment = align(a, b);
  std::vector<std::string> found;
  for (const NodeGroup& group : alignment.groups) {
    found.push_back(fmt::format("{} | {} : {}", outputs_of(a, group.a), outputs_of(b, group.b), group.how));
  }
  EXPECT_THAT(found, UnorderedElementsAreArray(GetParam().groups));
}

INSTANTIATE_TEST_SUITE_P(Cases, CompareAlign, ::testing::ValuesIn(align_cases), [](const auto& drawn) {
  std::string name = drawn.param.name;
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

/// Whatever the two models are: every row of both is in one group, and in one only.
void expect_partition(const Analysis& a, const Analysis& b, const Alignment& alignment) {
  std::vector<std::int32_t> of_a;
  std::vector<std::int32_t> of_b;
  for (const NodeGroup& group : alignment.groups) {
    EXPECT_FALSE(group.a.empty() && group.b.empty());
    of_a.insert(of_a.end(), group.a.begin(), group.a.end());
    of_b.insert(of_b.end(), group.b.begin(), group.b.end());
  }
  for (auto& [rows, analysis] : {std::pair(&of_a, &a), std::pair(&of_b, &b)}) {
    std::ranges::sort(*rows);
    ASSERT_EQ(rows->size(), analysis->nodes.size());
    for (std::size_t r = 0; r < rows->size(); ++r) EXPECT_EQ((*rows)[r], static_cast<std::int32_t>(r));
  }
}

Analysis analysed_file(const std::filesystem::path& file) {
  AnalyzeOptions options;
  options.depth = Depth::static_only;
  auto analysis = analyze(file, options);
  EXPECT_TRUE(analysis) << analysis.error().message;
  return analysis ? *std::move(analysis) : Analysis{};
}

TEST(CompareAlignFiles, EveryRowIsInOneGroup) {
  const std::filesystem::path models = std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests/models";
  std::vector<Analysis> all;
  for (const char* name : {"bert_tiny", "bert_2layer", "tagger_loop_if", "llama_2layer_gqa_kv"}) {
    all.push_back(analysed_file(models / (std::string(name) + ".onnx")));
  }
  for (const Analysis& a : all) {
    for (const Analysis& b : all) expect_partition(a, b, align(a, b));
  }
}

TEST(CompareAlignFiles, AModelIsItself) {
  const std::filesystem::path models = std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests/models";
  for (const char* name : {"bert_tiny", "mobilenet_v3_small", "tagger_loop_if", "llama_2layer_gqa_kv"}) {
    const Analysis model = analysed_file(models / (std::string(name) + ".onnx"));
    for (const NodeGroup& group : align(model, model).groups) EXPECT_EQ(group.a, group.b) << name;
  }
}

struct CorpusPair {
  const char* a;
  const char* b;
  double aligned;  ///< share of the FLOPs of A, and of B, that have a counterpart
};

TEST(CompareAlignFiles, CorpusPairsFindTheirWork) {
  const std::filesystem::path corpus = test::shared_folder() / "corpus";
  if (!std::filesystem::exists(corpus)) GTEST_SKIP() << corpus << " is absent: set COSTSCAN_SHARED";
  // Pairs that share names, that were folded, fused or quantised, and of two exporters that share none.
  const CorpusPair pairs[] = {{"resnet50", "resnet50_folded", 0.999},
                              {"mobilenet_v2", "mobilenet_v2_folded", 0.999},
                              {"bert_base", "bert_base_folded", 0.999},
                              {"bert_base", "bert_base_modfuncs", 0.999},
                              {"bert_base", "q_bert_base_ortfused", 0.99},
                              {"bert_base", "b_bert_base", 0.95},
                              {"resnet50", "b_resnet50", 0.95}};
  for (const CorpusPair& pair : pairs) {
    const Analysis a = analysed_file(corpus / (std::string(pair.a) + ".onnx"));
    const Analysis b = analysed_file(corpus / (std::string(pair.b) + ".onnx"));
    const Alignment alignment = align(a, b);
    expect_partition(a, b, alignment);
    double with_counterpart[2] = {};
    for (const NodeGroup& group : alignment.groups) {
      if (group.a.empty() || group.b.empty()) continue;
      for (const std::int32_t row : group.a) {
        with_counterpart[0] += static_cast<double>(a.nodes[static_cast<std::size_t>(row)].cost.work.flops);
      }
      for (const std::int32_t row : group.b) {
        with_counterpart[1] += static_cast<double>(b.nodes[static_cast<std::size_t>(row)].cost.work.flops);
      }
    }
    EXPECT_GE(with_counterpart[0], pair.aligned * static_cast<double>(a.totals.work.flops)) << pair.a << ' ' << pair.b;
    EXPECT_GE(with_counterpart[1], pair.aligned * static_cast<double>(b.totals.work.flops)) << pair.a << ' ' << pair.b;
  }
}

TEST(CompareSubsequence, IsTheLongest) {
  const std::vector<std::string> a{"p", "q", "r", "s", "t"};
  const std::vector<std::string> b{"x", "q", "s", "y", "t", "p"};
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(longest_common_subsequence(a, b), (Pairs{{1, 1}, {3, 2}, {4, 4}}));
  EXPECT_EQ(longest_common_subsequence({}, b), Pairs{});
  EXPECT_EQ(longest_common_subsequence({"p"}, {"q"}), Pairs{});
}

}  // namespace
}  // namespace costscan
