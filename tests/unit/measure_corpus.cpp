// Real exports, measured: each runs, its executed nodes are those of the saved graph, and its kernels explain its time.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "unit/measure_support.hpp"

namespace costscan {
namespace {

struct CorpusCase {
  const char* file;
  MeasureStatus status;
};

std::ostream& operator<<(std::ostream& out, const CorpusCase& one) { return out << one.file; }

class MeasureCorpus : public ::testing::TestWithParam<CorpusCase> {};

TEST_P(MeasureCorpus, RunsAndAddsUp) {
  SKIP_WITHOUT_RUNTIME();
  const auto file = test::shared_folder() / "corpus" / (std::string(GetParam().file) + ".onnx");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no model corpus at " << file << "; set COSTSCAN_SHARED";
  const auto shaped = test::shaped_file(file);
  ASSERT_TRUE(shaped);
  const Measurement m = measure(*shaped, test::quick_options());
  ASSERT_EQ(m.status, GetParam().status) << m.reason;
  if (m.status != MeasureStatus::ok) return;
  // Per run, because a busy machine may make one run twice as long as another: the kernels of a run cannot exceed it by
  // more than the rounding to microseconds, and in a model of real size they are the most of the least disturbed run.
  ASSERT_FALSE(m.nodes.empty());
  double largest_share = 0;
  for (std::size_t run = 0; run < m.profiled_latency.us.size(); ++run) {
    double sum = 0;
    for (const RuntimeNode& node : m.nodes) sum += node.time.us[run];
    EXPECT_LE(sum, m.profiled_latency.us[run] + static_cast<double>(m.nodes.size()));
    largest_share = std::max(largest_share, sum / m.profiled_latency.us[run]);
  }
  if (m.profiled_latency.median > 5000) {
    EXPECT_GE(largest_share, 0.5);
  }
  std::size_t main_nodes = 0;
  for (const RuntimeNode& node : m.nodes) main_nodes += node.optimized_node >= 0 ? 1 : 0;
  EXPECT_EQ(main_nodes, m.optimized->graph.nodes.size()) << "each saved node was executed and joined";
  for (const std::string& warning : m.warnings) {
    EXPECT_EQ(warning.find("NaN"), std::string::npos) << warning;
    EXPECT_EQ(warning.find("profile"), std::string::npos) << warning;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, MeasureCorpus,
                         ::testing::Values(CorpusCase{"resnet50", MeasureStatus::ok},
                                           CorpusCase{"bert_base_modfuncs", MeasureStatus::ok},
                                           CorpusCase{"yolov8n", MeasureStatus::ok},
                                           CorpusCase{"loop_if_net", MeasureStatus::ok},
                                           CorpusCase{"lstm_gru_tagger", MeasureStatus::ok},
                                           CorpusCase{"b_llama_4layer_gqa_kv", MeasureStatus::ok},
                                           CorpusCase{"q_b_llama_4layer_int4_matmulnbits", MeasureStatus::ok},
                                           CorpusCase{"q_bert_base_dynamic_int8_pre", MeasureStatus::ok},
                                           CorpusCase{"q_resnet50_qdq_int8", MeasureStatus::ok},
                                           CorpusCase{"q_resnet50_qoperator_int8", MeasureStatus::ok},
                                           CorpusCase{"q_resnet50_fp16", MeasureStatus::ok},
                                           CorpusCase{"b_bert_base_bf16", MeasureStatus::refused}),
                         [](const auto& one) { return std::string(one.param.file); });

}  // namespace
}  // namespace costscan
