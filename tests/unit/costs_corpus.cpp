// All cost files over the corpus of real exports, against what the exporters counted (index.json).
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "costs/cost_library.hpp"
#include "load/load.hpp"
#include "shapes/infer.hpp"

namespace costscan {
namespace {

using Json = nlohmann::json;

std::filesystem::path corpus_folder() {
  const char* shared = std::getenv("COSTSCAN_SHARED");
  const std::filesystem::path base =
      shared != nullptr && *shared != 0 ? shared : std::filesystem::path(COSTSCAN_SOURCE_DIR) / ".." / "shared";
  return base / "corpus";
}

/// The usable models of index.json (those in invalid/ are refused by design); empty where there is no corpus.
std::vector<Json> corpus() {
  std::ifstream stream(corpus_folder() / "index.json");
  if (!stream) return {};
  std::vector<Json> entries;
  for (const Json& entry : Json::parse(stream)) {
    if (!entry.at("file").get<std::string>().starts_with("invalid/")) entries.push_back(entry);
  }
  return entries;
}

/// Where our multiply-accumulates rightly differ from what the exporter's counter wrote down.
struct Difference {
  const char* model;
  std::int64_t counted;  ///< in index.json
  std::int64_t rightly;
  const char* reason;
};
const Difference differences[] = {
    {"lstm_gru_tagger", 31784960, 367329280,
     "torch's counter sees one step of the recurrent layers; by hand, each step of each direction counts"},
};

/// `--dim` for every symbolic dimension, from the inputs that the exporter ran with.
ShapeOptions export_dims(const Json& entry) {
  ShapeOptions options;
  std::map<std::string, std::int64_t> dims;
  for (const Json& input : entry.at("inputs")) {
    for (const Json& given : entry.at("export_inputs")) {
      if (given.at("name") != input.at("name")) continue;
      for (std::size_t axis = 0; axis < input.at("shape").size(); ++axis) {
        const Json& dim = input.at("shape")[axis];
        const bool name =
            dim.is_string() && !dim.get<std::string>().empty() &&
            std::ranges::all_of(dim.get<std::string>(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
        if (name) dims[dim] = given.at("shape")[axis];
      }
    }
  }
  options.dims.assign(dims.begin(), dims.end());
  return options;
}

struct Costed {
  std::shared_ptr<const ShapedModel> shaped;
  std::vector<std::vector<NodeCost>> costs;
};

Result<Costed> cost_entry(const Json& entry) {
  static const CostLibrary library = CostLibrary::builtin();
  const auto model = load_model(corpus_folder() / entry.at("file").get<std::string>());
  if (!model) return tl::unexpected(model.error());
  auto shaped = infer_shapes(*model, export_dims(entry));
  if (!shaped) return tl::unexpected(shaped.error());
  auto costs = cost_model(library, **shaped);
  return Costed{*shaped, std::move(costs)};
}

std::int64_t total_macs(const Costed& costed) {
  std::int64_t sum = 0;
  for (const auto& scope : costed.costs) {
    for (const NodeCost& cost : scope) sum += cost.work.macs;
  }
  return sum;
}

std::int64_t initializer_elements(const Model& model) {
  std::int64_t sum = 0;
  for (const Tensor& tensor : model.graph.initializers) sum += element_count(tensor);
  return sum;
}

/// A node's work is the sum of its kernels, as often as it runs; a caller and a view cost nothing.
void check_sums(const Costed& costed, std::size_t scope) {
  for (std::size_t n = 0; n < costed.costs[scope].size(); ++n) {
    const NodeCost& cost = costed.costs[scope][n];
    std::int64_t flops = 0;
    std::int64_t moved = 0;
    for (const KernelCost& kernel : cost.kernels) {
      flops += kernel.work.flops * cost.executions;
      moved += (kernel.work.read_bytes + kernel.work.write_bytes) * cost.executions;
    }
    const std::string node = describe_node(costed.shaped->scopes[scope].graph->nodes[n]);
    EXPECT_EQ(cost.work.flops, flops) << node;
    EXPECT_EQ(cost.work.read_bytes + cost.work.write_bytes, moved) << node;
    EXPECT_TRUE(!cost.view || (cost.compulsory_bytes == 0 && cost.weight_bytes == 0)) << node;
  }
}

class CorpusCosts : public testing::TestWithParam<Json> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CorpusCosts);

TEST_P(CorpusCosts, Match) {
  const Json& entry = GetParam();
  const auto costed = cost_entry(entry);
  ASSERT_TRUE(costed.has_value()) << costed.error().message;
  int unknown = 0;
  for (std::size_t s = 0; s < costed->costs.size(); ++s) {
    const Scope& scope = costed->shaped->scopes[s];
    for (std::size_t n = 0; n < costed->costs[s].size(); ++n) {
      if (costed->costs[s][n].trust != Trust::unknown) continue;
      if (++unknown < 5)
        ADD_FAILURE() << scope.path << " " << describe_node(scope.graph->nodes[n]) << ": "
                      << costed->costs[s][n].unknown_reason;
    }
  }
  EXPECT_EQ(unknown, 0);
  EXPECT_EQ(initializer_elements(*costed->shaped->model), entry.at("initializer_elements").get<std::int64_t>());
  auto flops = entry.at("flops").get<std::int64_t>();
  for (const Difference& difference : differences) {
    if (entry.at("name") == difference.model && flops == difference.counted) flops = difference.rightly;
  }
  EXPECT_EQ(2 * total_macs(*costed), flops);
  for (std::size_t s = 0; s < costed->costs.size(); ++s) check_sums(*costed, s);
}

std::string name_of(const testing::TestParamInfo<Json>& info) { return info.param.at("name"); }
INSTANTIATE_TEST_SUITE_P(All, CorpusCosts, testing::ValuesIn(corpus()), name_of);

TEST(Corpus, IsThere) {
  if (corpus().empty()) GTEST_SKIP() << "no corpus at " << corpus_folder() << "; set COSTSCAN_SHARED";
}

}  // namespace
}  // namespace costscan
