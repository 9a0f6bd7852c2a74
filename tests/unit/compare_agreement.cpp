// How far two models' outputs agree, on tensors written by hand.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "compare/agreement.hpp"

namespace costscan {
namespace {

template <class T>
Tensor tensor(std::string name, DType dtype, Shape dims, const std::vector<T>& values) {
  OwnedBytes owned;
  owned.bytes.resize(values.size() * sizeof(T));
  std::memcpy(owned.bytes.data(), values.data(), owned.bytes.size());
  return {std::move(name), dtype, std::move(dims), std::move(owned)};
}

Tensor floats(std::string name, const std::vector<float>& values) {
  return tensor(std::move(name), DType::float32, {static_cast<std::int64_t>(values.size())}, values);
}

OutputAgreement one(const Tensor& a, const Tensor& b) {
  const auto outputs = compare_outputs(std::vector{a}, std::vector{b});
  EXPECT_EQ(outputs.size(), 1U);
  return outputs.front();
}

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

struct AgreementCase {
  const char* what;
  std::vector<float> a;
  std::vector<float> b;
  std::int64_t differing;
  std::optional<double> max_abs;
  std::optional<double> max_rel;
  std::int64_t nan_mismatch;
  std::int64_t infinite_mismatch;
};

TEST(CompareAgreement, ElementByElement) {
  const AgreementCase cases[] = {
      {"equal", {1, -2, 0}, {1, -2, 0}, 0, 0, 0, 0, 0},
      {"zeros of both signs are equal", {0.0F}, {-0.0F}, 0, 0, 0, 0, 0},
      {"the largest difference, and the largest for its size", {100, 1, 0}, {101, 1.5, 0}, 2, 1, 1.0 / 3, 0, 0},
      {"from zero everything is as far as it can be", {0}, {1e-9F}, 1, 1e-9F, 1, 0, 0},
      {"a NaN equals a NaN", {nan, 1}, {nan, 1}, 0, 0, 0, 0, 0},
      {"a NaN in one only", {nan, 1}, {2, 1}, 1, 0, 0, 1, 0},
      {"infinities of one sign are equal", {inf, -inf}, {inf, -inf}, 0, {}, {}, 0, 0},
      {"infinities of two signs are not", {inf}, {-inf}, 1, {}, {}, 0, 1},
      {"an infinity in one only", {inf, 4}, {3, 3}, 2, 1, 0.25, 0, 1},
      {"nothing to compare", {}, {}, 0, {}, {}, 0, 0},
  };
  for (const AgreementCase& one_case : cases) {
    SCOPED_TRACE(one_case.what);
    const OutputAgreement found = one(floats("y", one_case.a), floats("y", one_case.b));
    EXPECT_TRUE(found.compared());
    EXPECT_EQ(found.elements, static_cast<std::int64_t>(one_case.a.size()));
    EXPECT_EQ(found.differing, one_case.differing);
    EXPECT_EQ(found.nan_mismatch, one_case.nan_mismatch);
    EXPECT_EQ(found.infinite_mismatch, one_case.infinite_mismatch);
    EXPECT_EQ(found.max_abs_diff.has_value(), one_case.max_abs.has_value());
    EXPECT_EQ(found.max_rel_diff.has_value(), one_case.max_rel.has_value());
    EXPECT_NEAR(found.max_abs_diff.value_or(-1), one_case.max_abs.value_or(-1), 1e-12);
    EXPECT_NEAR(found.max_rel_diff.value_or(-1), one_case.max_rel.value_or(-1), 1e-12);
  }
}

TEST(CompareAgreement, TypesMayDiffer) {
  // 1.5 and -2 in half precision.
  const Tensor half = tensor<std::uint16_t>("y", DType::float16, {2}, {0x3e00, 0xc000});
  const OutputAgreement found = one(floats("y", {1.5, -2}), half);
  EXPECT_TRUE(found.identical());
  EXPECT_EQ(found.dtype_b, DType::float16);
  const Tensor integers = tensor<std::int64_t>("y", DType::int64, {2}, {1, -2});
  EXPECT_EQ(one(floats("y", {1.5, -2}), integers).differing, 1);
}

TEST(CompareAgreement, WhatCannotBeComparedSaysWhy) {
  EXPECT_NE(one(floats("y", {1, 2}), floats("y", {1, 2, 3})).reason.find("sizes differ: 2 and 3"), std::string::npos);
  const Tensor texts{"y", DType::string, {1}, {}};
  EXPECT_FALSE(one(texts, texts).compared());
}

TEST(CompareAgreement, OutputsAreMatchedByNameThenByOrder) {
  const std::vector a{floats("first", {1}), floats("kept", {2})};
  const std::vector b{floats("kept", {2}), floats("renamed", {1})};
  const auto found = compare_outputs(a, b);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name_a + " " + found[0].name_b + " " + found[0].how, "kept kept name");
  EXPECT_EQ(found[1].name_a + " " + found[1].name_b + " " + found[1].how, "first renamed order");
  EXPECT_TRUE(found[1].identical());
}

TEST(CompareAgreement, OutputsWithoutCounterpartStay) {
  const auto found = compare_outputs(std::vector{floats("p", {1}), floats("q", {1})}, std::vector{floats("r", {1})});
  ASSERT_EQ(found.size(), 3U);
  for (const OutputAgreement& output : found) EXPECT_FALSE(output.compared());
}

}  // namespace
}  // namespace costscan
