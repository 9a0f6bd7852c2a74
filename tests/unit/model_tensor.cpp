#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "model/checked_math.hpp"
#include "model/tensor.hpp"

namespace costscan {
namespace {

Tensor tensor_of(DType dtype, Shape dims, const std::vector<int>& bytes) {
  OwnedBytes owned;
  for (const int byte : bytes) owned.bytes.push_back(static_cast<std::byte>(byte));
  return {"t", dtype, std::move(dims), std::move(owned)};
}

TEST(IntegerElements, Table) {
  using Ints = std::vector<std::int64_t>;
  const std::vector<std::pair<Tensor, std::optional<Ints>>> cases = {
      {tensor_of(DType::int64, {1}, {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}), Ints{-2}},
      {tensor_of(DType::int32, {1}, {0xFE, 0xFF, 0xFF, 0xFF}), Ints{-2}},
      {tensor_of(DType::uint32, {1}, {0xFE, 0xFF, 0xFF, 0xFF}), Ints{4294967294}},
      {tensor_of(DType::int16, {2}, {0xFF, 0xFF, 1, 0}), Ints{-1, 1}},
      {tensor_of(DType::uint8, {2}, {0xFF, 1}), Ints{255, 1}},
      {tensor_of(DType::int8, {2}, {0xFF, 1}), Ints{-1, 1}},
      {tensor_of(DType::boolean, {2}, {0, 1}), Ints{0, 1}},
      {tensor_of(DType::int4, {3}, {0x8F, 0x07}), Ints{-1, -8, 7}},  // first element in the low bits
      {tensor_of(DType::uint4, {2}, {0x8F}), Ints{15, 8}},
      {tensor_of(DType::int2, {4}, {0b11'10'01'00}), Ints{0, 1, -2, -1}},
      {tensor_of(DType::uint2, {3}, {0b00'10'01'11}), Ints{3, 1, 2}},
      {tensor_of(DType::int64, {}, {7, 0, 0, 0, 0, 0, 0, 0}), Ints{7}},
      {tensor_of(DType::int64, {0}, {}), Ints{}},
      {tensor_of(DType::int64, {2}, {7, 0, 0, 0, 0, 0, 0, 0}), std::nullopt},  // bytes are missing
      {tensor_of(DType::float32, {1}, {0, 0, 0, 0}), std::nullopt},
  };
  for (const auto& [tensor, expected] : cases) EXPECT_EQ(integer_elements(tensor), expected) << to_string(tensor.dtype);
  Tensor external{"e", DType::int64, {1}, ExternalBytes{}};
  EXPECT_EQ(integer_elements(external), std::nullopt);
}

TEST(FloatingElements, HalvesFollowIeee754) {
  const std::vector<std::pair<int, double>> cases = {{0x0000, 0.0},
                                                     {0x3C00, 1.0},
                                                     {0xC000, -2.0},
                                                     {0x7BFF, 65504.0},
                                                     {0x0001, std::ldexp(1, -24)},
                                                     {0x03FF, std::ldexp(1023, -24)},
                                                     {0x0400, std::ldexp(1, -14)},
                                                     {0x3555, 0.333251953125},
                                                     {0x7C00, std::numeric_limits<double>::infinity()},
                                                     {0xFC00, -std::numeric_limits<double>::infinity()}};
  for (const auto& [bits, value] : cases) {
    const auto elements = floating_elements(tensor_of(DType::float16, {1}, {bits & 0xFF, bits >> 8}));
    ASSERT_TRUE(elements.has_value());
    EXPECT_EQ((*elements)[0], value) << std::hex << bits;
  }
  EXPECT_TRUE(std::isnan((*floating_elements(tensor_of(DType::float16, {1}, {0x01, 0x7C})))[0]));
  EXPECT_EQ((*floating_elements(tensor_of(DType::bfloat16, {1}, {0xC0, 0x3F})))[0], 1.5);
  EXPECT_EQ(floating_elements(tensor_of(DType::int64, {0}, {})), std::nullopt);
}

TEST(PackedBytes, RoundsUpAndReportsOverflow) {
  EXPECT_EQ(packed_bytes(3, DType::int4), 2);
  EXPECT_EQ(packed_bytes(5, DType::uint2), 2);
  EXPECT_EQ(packed_bytes(3, DType::float16), 6);
  EXPECT_EQ(packed_bytes(std::numeric_limits<std::int64_t>::max(), DType::float32), std::nullopt);
  EXPECT_EQ(packed_bytes(std::numeric_limits<std::int64_t>::max(), DType::int4), std::int64_t{1} << 62);
  EXPECT_EQ(packed_bytes(-1, DType::int8), std::nullopt);
  EXPECT_EQ(packed_bytes(1, DType::string), std::nullopt);
}

TEST(ElementCount, ZeroWinsOverOverflow) {
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_EQ(element_count(std::span<const std::int64_t>(Shape{huge, huge, 0})), 0);
  EXPECT_EQ(element_count(std::span<const std::int64_t>(Shape{huge, 4})), std::nullopt);
  EXPECT_EQ(element_count(std::span<const std::int64_t>(Shape{0, -1})), std::nullopt);
  EXPECT_EQ(element_count(std::span<const std::int64_t>(Shape{})), 1);
}

}  // namespace
}  // namespace costscan
