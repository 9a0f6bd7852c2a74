// The cost files that we ship: clean, and all of them in the library.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "costs/cost_library.hpp"

namespace costscan {
namespace {

const std::filesystem::path models_folder = std::filesystem::path(COSTSCAN_SOURCE_DIR) / "costmodels";

/// Read from the source tree, so that an edit is seen without a build.
TEST(CostData, HasNoFindings) {
  const auto library = CostLibrary::from_folder(models_folder);
  ASSERT_TRUE(library.has_value()) << library.error().message;
  const std::vector<std::string> findings = lint(*library);
  for (const std::string& finding : findings) ADD_FAILURE() << finding;
  RecordProperty("findings", static_cast<int>(findings.size()));
}

TEST(CostData, BuiltInModelsAreThoseOfTheFolder) {
  const auto library = CostLibrary::from_folder(models_folder);
  ASSERT_TRUE(library.has_value()) << library.error().message;
  const auto in_folder = list_ops(*library);
  const auto built_in = list_ops(CostLibrary::builtin());
  ASSERT_TRUE(in_folder.has_value() && built_in.has_value());
  ASSERT_FALSE(built_in->empty());
  ASSERT_EQ(in_folder->size(), built_in->size());
  for (std::size_t i = 0; i < built_in->size(); ++i) {
    EXPECT_EQ((*in_folder)[i].op_type, (*built_in)[i].op_type);
    EXPECT_EQ((*in_folder)[i].kernels, (*built_in)[i].kernels);
  }
}

TEST(CostData, EveryOpExplainsItself) {
  const CostLibrary library = CostLibrary::builtin();
  const auto ops = list_ops(library);
  ASSERT_TRUE(ops.has_value());
  for (const OpListing& op : *ops) {
    const std::string name = op.domain.empty() ? "ai.onnx." + op.op_type : op.domain + "." + op.op_type;
    const auto text = explain_op(library, name);
    ASSERT_TRUE(text.has_value()) << name << ": " << text.error().message;
    for (const std::string& kernel : op.kernels) EXPECT_NE(text->find(kernel), std::string::npos) << name;
  }
}

/// Every operator that ONNX defines, and every one that the runtime's CPU provider executes.
TEST(CostData, CoversEveryOperatorOfOnnxAndOfTheRuntime) {
  const std::vector<OpCoverage> coverage = op_coverage(CostLibrary::builtin());
  ASSERT_GE(coverage.size(), 6U);
  std::size_t operators = 0;
  for (const OpCoverage& part : coverage) {
    EXPECT_GT(part.operators, 0U) << part.of;
    operators += part.operators;
    if (!part.demanded) continue;
    for (const std::string& op : part.uncovered)
      ADD_FAILURE() << "costmodels/" << op << ".yaml is missing: " << part.of;
  }
  EXPECT_GT(operators, 203U + 19U + 300U);
}

}  // namespace
}  // namespace costscan
