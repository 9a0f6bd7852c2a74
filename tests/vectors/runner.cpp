// Runs every vector: costs under the stated types, and shape inference against the stated types.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <set>

#include "costs/cost_library.hpp"
#include "data_lint/vector_case.hpp"
#include "shapes/infer.hpp"

namespace costscan::vectors {

void PrintTo(const Case& vector, std::ostream* out) { *out << vector.file << ".yaml:" << vector.line; }

namespace {

const CostLibrary& library() {
  static const CostLibrary built_in = CostLibrary::builtin();
  return built_in;
}

std::vector<Case> all_cases() {
  const char* other = std::getenv("COSTSCAN_VECTORS");
  return read_cases(other != nullptr && *other != 0 ? other : COSTSCAN_VECTORS_DIR);
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name = fmt::format("{}_{}_{}", info.param.file, info.param.line, info.param.name);
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

std::int64_t number_of(const NodeCost& cost, const Work& work, const std::string& name) {
  if (name == "flops") return work.flops;
  if (name == "macs") return work.macs;
  if (name == "transcendentals") return work.transcendentals;
  if (name == "int_ops") return work.int_ops;
  if (name == "read_bytes") return work.read_bytes;
  if (name == "write_bytes") return work.write_bytes;
  return name == "compulsory_bytes" ? cost.compulsory_bytes : cost.weight_bytes;
}

std::string kernel_lines(const NodeCost& cost) {
  std::string out;
  for (const KernelCost& kernel : cost.kernels) {
    out += fmt::format("\n  {}: flops {} = {}, transcendentals {} = {}, read {} = {}, write {} = {}", kernel.text->name,
                       kernel.text->flops, kernel.work.flops, kernel.text->transcendentals, kernel.work.transcendentals,
                       kernel.text->read, kernel.work.read_bytes, kernel.text->write, kernel.work.write_bytes);
  }
  return out;
}

class Vectors : public testing::TestWithParam<Case> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Vectors);

TEST_P(Vectors, Cost) {
  const Case& vector = GetParam();
  ASSERT_TRUE(vector.error.empty()) << vector.file << ".yaml:" << vector.line << ": " << vector.error;
  const ShapedModel shaped = stated_model(vector);
  CostOptions options;
  options.fast_memory = vector.fast_memory;
  const NodeCost cost = cost_scope(library(), shaped, 0, options).at(0);
  SCOPED_TRACE(fmt::format("{}.yaml:{}: {}{}", vector.file, vector.line, vector.name, kernel_lines(cost)));
  if (vector.trust != Trust::unknown) {
    ASSERT_EQ(cost.unknown_reason, "");
  }
  for (const auto& [name, expected] : vector.expected) EXPECT_EQ(number_of(cost, cost.work, name), expected) << name;
  if (vector.trust) {
    EXPECT_EQ(cost.trust, *vector.trust);
  }
  if (vector.view) {
    EXPECT_EQ(cost.view, *vector.view);
  }
  EXPECT_NE(cost.unknown_reason.find(vector.unknown_reason), std::string::npos) << cost.unknown_reason;
  if (!vector.kernels) return;
  std::vector<std::string> expected_names;
  std::vector<std::string> names;
  for (const ExpectedKernel& kernel : *vector.kernels) expected_names.push_back(kernel.name);
  for (const KernelCost& kernel : cost.kernels) names.push_back(kernel.text->name);
  ASSERT_EQ(names, expected_names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const auto& [name, expected] : (*vector.kernels)[i].numbers) {
      EXPECT_EQ(number_of(cost, cost.kernels[i].work, name), expected) << names[i] << " " << name;
    }
  }
}

TEST_P(Vectors, InferredTypesAreTheStatedOnes) {
  const Case& vector = GetParam();
  if (!vector.infer) GTEST_SKIP() << "the case says infer: false";
  ASSERT_TRUE(vector.error.empty()) << vector.file << ".yaml:" << vector.line << ": " << vector.error;
  const ShapedModel stated = stated_model(vector);
  const auto inferred = infer_shapes(stated.model);
  ASSERT_TRUE(inferred.has_value()) << inferred.error().message;
  const Scope& scope = (*inferred)->scopes.at(0);
  for (const ValueId output : stated.model->graph.outputs) {
    const auto index = static_cast<std::size_t>(output);
    const TensorInfo& want = stated.scopes[0].tensors[index];
    const TensorInfo& have = scope.tensors.at(index);
    EXPECT_EQ(to_string(have.dtype), to_string(want.dtype)) << stated.model->graph.values[index].name;
    if (want.shape) {
      EXPECT_EQ(have.shape, want.shape) << stated.model->graph.values[index].name;
    }
    if (want.data_dependent) {
      EXPECT_TRUE(have.data_dependent) << stated.model->graph.values[index].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Vectors, testing::ValuesIn(all_cases()), test_name);

/// A cost model without a vector is a claim that nothing checks.
TEST(EveryOperator, HasAVector) {
  std::set<std::pair<std::string, std::string>> tried;
  for (const Case& vector : all_cases()) tried.emplace(vector.domain, vector.op);
  const auto ops = list_ops(library());
  ASSERT_TRUE(ops.has_value());
  for (const OpListing& op : *ops) {
    const std::string folder = op.domain.empty() ? "onnx" : op.domain;
    EXPECT_TRUE(tried.contains({op.domain, op.op_type}))
        << "costmodels/" << folder << "/" << op.op_type << ".yaml has no case in tests/vectors";
  }
}

}  // namespace
}  // namespace costscan::vectors
