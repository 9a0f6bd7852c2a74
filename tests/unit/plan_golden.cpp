// The static plan against the graph that the runtime itself saves: as many of each operator, at every level.
// tests/unit/golden/plan.yaml is made by bench/plan_check.py --golden, on a machine whose blocks have 16 channels.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "load/load.hpp"
#include "plan/plan.hpp"
#include "shapes/infer.hpp"

namespace costscan {
namespace {

using Counts = std::map<std::string, int>;

std::filesystem::path shared_folder() {
  if (const char* given = std::getenv("COSTSCAN_SHARED")) return given;
  return std::filesystem::path(COSTSCAN_SOURCE_DIR).parent_path() / "shared";
}

/// The bundled model of that name, else the corpus's.
std::filesystem::path model_file(const std::string& stem) {
  const auto bundled = std::filesystem::path(COSTSCAN_SOURCE_DIR) / "tests/models" / (stem + ".onnx");
  return std::filesystem::exists(bundled) ? bundled : shared_folder() / "corpus" / (stem + ".onnx");
}

Counts counts_of(const Graph& graph) {
  Counts counts;
  for (const Node& node : graph.nodes) ++counts[node.domain.empty() ? node.op_type : node.domain + "." + node.op_type];
  return counts;
}

YAML::Node golden() { return YAML::LoadFile(std::string(COSTSCAN_SOURCE_DIR) + "/tests/unit/golden/plan.yaml"); }

std::vector<std::string> golden_models() {
  std::vector<std::string> models;
  const YAML::Node file = golden();
  for (const auto& model : file["models"]) models.push_back(model.first.as<std::string>());
  return models;
}

class PlanGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(PlanGolden, HasTheRuntimesOperators) {
  const std::filesystem::path file = model_file(GetParam());
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << "; set COSTSCAN_SHARED";
  const auto model = load_model(file);
  ASSERT_TRUE(model) << model.error().message;
  const auto shaped = infer_shapes(*model);
  ASSERT_TRUE(shaped) << shaped.error().message;
  const YAML::Node file_node = golden();
  for (const auto& level : file_node["models"][GetParam()]) {
    const auto name = level.first.as<std::string>();
    const auto plan = plan_execution(**shaped, {.level = plan_level(name), .nchwc_block = 16});
    ASSERT_TRUE(plan) << plan.error().message;
    EXPECT_EQ(counts_of((*plan)->graph), level.second.as<Counts>()) << GetParam() << " at level " << name;
    // The plan is a model like any other: every tensor of it gets a shape, and the outputs keep theirs.
    const auto planned = infer_shapes(*plan);
    ASSERT_TRUE(planned) << planned.error().message;
    EXPECT_EQ((*plan)->graph.outputs.size(), (*model)->graph.outputs.size());
    for (std::size_t i = 0; i < (*plan)->graph.outputs.size(); ++i) {
      const auto before = static_cast<std::size_t>((*model)->graph.outputs[i]);
      const auto after = static_cast<std::size_t>((*plan)->graph.outputs[i]);
      EXPECT_EQ((*plan)->graph.values[after].name, (*model)->graph.values[before].name);
      EXPECT_EQ((*planned)->scopes[0].tensors[after].shape, (*shaped)->scopes[0].tensors[before].shape);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Models, PlanGolden, ::testing::ValuesIn(golden_models()),
                         [](const auto& one) { return one.param; });

}  // namespace
}  // namespace costscan
