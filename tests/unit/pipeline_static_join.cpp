// Costscan's own model of what the runtime executes, joined to the nodes of the file: every product that would be
// executed stands for nodes with as many multiply-accumulates, and none of the file's is left out. bench/attribution.py
// --static asks the same of the whole corpus at every level.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "pipeline.hpp"

namespace costscan {
namespace {

/// In tests/models.
const std::vector<std::string> bundled_models{"bert_2layer", "bert_tiny", "llama_2layer_gqa_kv", "mobilenet_v3_small",
                                              "tagger_loop_if"};

/// In shared/corpus: both exporters, functions, attention with fused shapes, blocked and quantised convolutions, a
/// cache.
const std::vector<std::string> corpus_models{"bert_base",
                                             "bert_base_modfuncs",
                                             "b_bert_base_fp16",
                                             "b_llama_4layer_gqa_kv",
                                             "b_mobilevit_s",
                                             "gpt2_small",
                                             "loop_if_net",
                                             "mobilenet_v3_small",
                                             "q_b_llama_4layer_int4_matmulnbits",
                                             "q_bert_base_dynamic_int8",
                                             "q_resnet50_qdq_int8",
                                             "whisper_tiny_encoder",
                                             "yolov8n"};

/// Executed nodes and rows that belong together because they share a row: the runtime may take one node apart.
class WorkGroups {
 public:
  explicit WorkGroups(const Analysis& analysis) : analysis_(analysis), parent_(analysis.nodes.size()) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
    for (const RuntimeRow& run : analysis.runtime) {
      if (run.join.starts_with("added by the runtime")) continue;
      const std::vector<std::size_t> rows = rows_with_work(run);
      for (const std::size_t row : rows) parent_[root(row)] = root(rows.front());
    }
  }

  /// What does not agree, one line each; empty where all is well.
  std::vector<std::string> disagreements() {
    std::vector<std::string> found;
    std::map<std::size_t, Sums> groups;
    for (const RuntimeRow& run : analysis_.runtime) {
      if (run.join.starts_with("added by the runtime")) continue;
      const std::vector<std::size_t> rows = rows_with_work(run);
      if (rows.empty() && run.cost.work.macs > 0) found.push_back(run.name + ": a product, joined to none of the file");
      if (rows.empty()) continue;
      if (run.cost.work.macs == 0 && run.rows.size() > 1) {
        found.push_back(fmt::format("{} ({}) computes no product and claims one", run.name, run.op_type));
        continue;
      }
      Sums& sums = groups[root(rows.front())];
      sums.executed += run.cost.work.macs;
      sums.blocked = sums.blocked || run.domain == "com.microsoft.nchwc";
      sums.name = run.name;
    }
    for (std::size_t row = 0; row < analysis_.nodes.size(); ++row) {
      const NodeRow& node = analysis_.nodes[row];
      const auto group = groups.find(root(row));
      if (group != groups.end()) {
        group->second.listed += node.cost.work.macs;
      } else if (node.cost.work.macs > 0 && !is_constant(node)) {
        found.push_back(node.node_name + ": no executed node computes it");
      }
    }
    for (const auto& [unused, sums] : groups) {
      // Blocked kernels round channels up to whole blocks.
      const bool good = sums.blocked ? sums.executed >= sums.listed : sums.executed == sums.listed;
      if (!good) found.push_back(fmt::format("{}: {} MACs, its nodes {}", sums.name, sums.executed, sums.listed));
    }
    return found;
  }

 private:
  struct Sums {
    std::int64_t executed = 0;
    std::int64_t listed = 0;
    bool blocked = false;
    std::string name;
  };

  [[nodiscard]] std::vector<std::size_t> rows_with_work(const RuntimeRow& run) const {
    std::vector<std::size_t> rows;
    for (const std::int32_t row : run.rows) {
      const auto at = static_cast<std::size_t>(row);
      if (analysis_.nodes[at].cost.work.macs > 0) rows.push_back(at);
    }
    return rows;
  }

  static bool is_constant(const NodeRow& node) {
    return std::ranges::all_of(node.outputs, [](const TensorColumn& output) { return output.constant; });
  }

  std::size_t root(std::size_t row) {
    while (parent_[row] != row) row = parent_[row] = parent_[parent_[row]];
    return row;
  }

  const Analysis& analysis_;
  std::vector<std::size_t> parent_;
};

void expect_joined(const std::filesystem::path& file) {
  AnalyzeOptions options;
  options.depth = Depth::static_only;
  options.model_plan = true;
  const auto analysis = analyze(file, options);
  ASSERT_TRUE(analysis) << analysis.error().message;
  ASSERT_FALSE(analysis->runtime.empty());
  double joined_us = 0;
  double all_us = 0;
  for (const RuntimeRow& run : analysis->runtime) {
    all_us += run.predicted_us.value_or(0);
    joined_us += run.rows.empty() ? 0 : run.predicted_us.value_or(0);
  }
  EXPECT_GT(all_us, 0);
  EXPECT_GE(joined_us, 0.99 * all_us);
  for (const std::string& line : WorkGroups(*analysis).disagreements()) ADD_FAILURE() << line;
}

class StaticJoin : public testing::TestWithParam<std::string> {};

TEST_P(StaticJoin, AccountsForEveryProduct) {
  expect_joined(std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests/models" / (GetParam() + ".onnx"));
}

INSTANTIATE_TEST_SUITE_P(Bundled, StaticJoin, testing::ValuesIn(bundled_models),
                         [](const auto& param) { return param.param; });

class CorpusStaticJoin : public testing::TestWithParam<std::string> {};

TEST_P(CorpusStaticJoin, AccountsForEveryProduct) {
  const char* shared = std::getenv("COSTSCAN_SHARED");
  const auto folder = shared != nullptr && *shared != 0
                          ? std::filesystem::path(shared)
                          : std::filesystem::path(COSTSCAN_SOURCE_DIR).parent_path() / "shared";
  const auto file = folder / "corpus" / (GetParam() + ".onnx");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << "; set COSTSCAN_SHARED";
  expect_joined(file);
}

INSTANTIATE_TEST_SUITE_P(Shared, CorpusStaticJoin, testing::ValuesIn(corpus_models),
                         [](const auto& param) { return param.param; });

}  // namespace
}  // namespace costscan
