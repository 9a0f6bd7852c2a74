// One schema at a time gives what ONNX's whole registry gives.
#include <gtest/gtest.h>
#include <onnx/defs/schema.h>

#include <limits>

#include "schemas/find_schema.hpp"

namespace costscan {
namespace {

TEST(FindSchema, EqualsTheRegistryForEveryOperatorAndVersion) {
  const auto all = onnx::OpSchemaRegistry::get_all_schemas_with_history();
  ASSERT_GT(all.size(), 500U);
  for (const onnx::OpSchema& expected : all) {
    const onnx::OpSchema* found = find_schema(expected.Name(), expected.domain(), expected.SinceVersion());
    ASSERT_NE(found, nullptr) << expected.domain() << "." << expected.Name() << "-" << expected.SinceVersion();
    EXPECT_EQ(found->Name(), expected.Name());
    EXPECT_EQ(found->domain(), expected.domain());
    EXPECT_EQ(found->SinceVersion(), expected.SinceVersion());
    EXPECT_EQ(found->inputs().size(), expected.inputs().size());
    EXPECT_EQ(found->min_input(), expected.min_input()) << "Finalize() has not run";
    EXPECT_EQ(found->attributes().size(), expected.attributes().size());
  }
}

struct VersionCase {
  const char* op;
  const char* domain;
  std::int64_t version;
};

TEST(FindSchema, TakesTheNewestThatTheVersionAllows) {
  for (const VersionCase& test :
       {VersionCase{"Softmax", "", 12}, VersionCase{"Softmax", "", 1000}, VersionCase{"Softmax", "", 0},
        VersionCase{"Gradient", "ai.onnx.preview.training", 1}, VersionCase{"Scaler", "ai.onnx.ml", 3},
        VersionCase{"Scaler", "", 3}, VersionCase{"Soft", "", 9}, VersionCase{"", "", 9},
        VersionCase{"BiasGelu", "com.microsoft", 1}}) {
    const onnx::OpSchema* expected =
        onnx::OpSchemaRegistry::Schema(test.op, static_cast<int>(test.version), test.domain);
    const onnx::OpSchema* found = find_schema(test.op, test.domain, test.version);
    ASSERT_EQ(found == nullptr, expected == nullptr) << test.domain << "." << test.op << "-" << test.version;
    if (found != nullptr) {
      EXPECT_EQ(found->SinceVersion(), expected->SinceVersion()) << test.op;
    }
  }
  EXPECT_EQ(find_newest_schema("Softmax", "ai.onnx"), find_schema("Softmax", "", std::numeric_limits<int>::max()));
}

}  // namespace
}  // namespace costscan
