// What must hold of every cost model at every size (analyzer/data_lint), tried at these vectors' shapes and at shapes
// grown from them. A file may be exempt from a check, for a reason that it states itself (costmodels/README.md).
#include "data_lint/data_lint.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "data_lint/data_cases.hpp"

namespace costscan::vectors {
namespace {

TEST(DataLint, HoldsOfEveryModel) {
  const DataLintResult result = lint_at_sizes(CostLibrary::builtin(), read_cases(COSTSCAN_VECTORS_DIR));
  for (const DataFinding& finding : result.findings) ADD_FAILURE() << "costmodels/" << to_string(finding);
  EXPECT_GT(result.ops, 0U);
  for (const auto& [check, ops] : result.tried) {
    fmt::print("data lint: {} tried on {} of {} ops\n", check, ops, result.ops);
  }
  fmt::print("data lint: no case of {}\n", fmt::join(result.without_case, ", "));
}

TEST(DataLint, CasesTravelWithTheCommand) {
  EXPECT_EQ(builtin_cases().size(), read_cases(COSTSCAN_VECTORS_DIR).size());
}

TEST(DataLint, ExamplesOfTheFilesAreEnoughToLookAtThem) {
  const CostLibrary library = CostLibrary::builtin();
  const std::vector<Case> examples = example_cases(library);
  ASSERT_GE(examples.size(), 10U);
  const DataLintResult result = lint_at_sizes(library, examples);
  for (const char* check : {"writes", "monotone", "empty", "overflow"}) {
    EXPECT_EQ(result.tried.at(check), examples.size()) << check;
  }
}

}  // namespace
}  // namespace costscan::vectors
