// Every real model that the project has: counts against shared/corpus/index.json, content against protobuf's own parse.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "load/load.hpp"
#include "load/thin_proto.hpp"
#include "model/checked_math.hpp"

namespace costscan {
namespace {

namespace fs = std::filesystem;

fs::path shared_folder() {
  if (const char* given = std::getenv("COSTSCAN_SHARED")) return given;
  return fs::path(COSTSCAN_SOURCE_DIR) / ".." / "shared";
}

struct CorpusEntry {
  fs::path path;
  nlohmann::json facts;
};

std::vector<CorpusEntry> corpus() {
  const fs::path folder = shared_folder() / "corpus";
  std::vector<CorpusEntry> out;
  std::ifstream stream(folder / "index.json");
  if (!stream) return out;
  for (const auto& facts : nlohmann::json::parse(stream)) {
    fs::path path = folder / facts.at("file").get<std::string>();
    if (fs::exists(path)) out.push_back({std::move(path), facts});
  }
  return out;
}

#define SKIP_WITHOUT_CORPUS(models)                                                                       \
  if ((models).empty()) {                                                                                 \
    GTEST_SKIP() << "no model corpus at " << shared_folder() / "corpus" << "; set COSTSCAN_SHARED to it"; \
  }

std::int64_t count_nodes(const Graph& graph) {
  auto count = static_cast<std::int64_t>(graph.nodes.size());
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      if (const auto* body = std::get_if<std::shared_ptr<const Graph>>(&attribute.value)) count += count_nodes(**body);
    }
  }
  return count;
}

std::int64_t initializer_elements(const Graph& graph) {
  std::int64_t sum = 0;
  for (const Tensor& tensor : graph.initializers) sum += element_count(tensor);
  return sum;
}

TEST(Corpus, CountsEqualTheIndex) {
  const auto models = corpus();
  SKIP_WITHOUT_CORPUS(models);
  for (const auto& [path, facts] : models) {
    SCOPED_TRACE(path.filename().string());
    const auto loaded = load_model(path);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    const Model& model = **loaded;
    EXPECT_EQ(model.stem, path.stem().string());
    EXPECT_EQ(model.ir_version, facts.at("ir_version").get<std::int64_t>());
    EXPECT_EQ(opset_version(model.opset_imports, ""), facts.at("opset").get<std::int64_t>());
    const auto& counts = facts.at("node_counts");
    EXPECT_EQ(static_cast<std::int64_t>(model.graph.nodes.size()), counts.at("top").get<std::int64_t>());
    EXPECT_EQ(count_nodes(model.graph), counts.at("with_subgraphs").get<std::int64_t>());
    std::int64_t in_functions = 0;
    for (const Function& function : model.functions) in_functions += count_nodes(function.body);
    EXPECT_EQ(in_functions, counts.at("in_functions").get<std::int64_t>());
    EXPECT_EQ(static_cast<std::int64_t>(model.functions.size()), counts.at("functions").get<std::int64_t>());
    EXPECT_EQ(static_cast<std::int64_t>(model.graph.initializers.size()), facts.at("initializers").get<std::int64_t>());
    EXPECT_EQ(initializer_elements(model.graph), facts.at("initializer_elements").get<std::int64_t>());
    for (const std::string& warning : model.warnings) std::cout << path.filename().string() << ": " << warning << "\n";
  }
}

}  // namespace
}  // namespace costscan
