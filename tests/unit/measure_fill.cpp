// Made-up contents: in range, finite, never denormal, different for every tensor.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>

#include "measure/fill.hpp"

namespace costscan {
namespace {

std::vector<std::byte> filled(const Fill& fill, DType dtype, std::int64_t count, std::uint64_t seed = 1,
                              std::int64_t last_dim = 1) {
  std::vector<std::byte> out(static_cast<std::size_t>(packed_bytes(count, dtype).value_or(0)));
  fill_bytes(fill, dtype, last_dim, seed, out);
  return out;
}

/// The elements as doubles, decoded by model/tensor.hpp, which knows nothing of how they were made.
std::vector<double> decoded(const std::vector<std::byte>& bytes, DType dtype, std::int64_t count) {
  const Tensor tensor{"t", dtype, {count}, OwnedBytes{bytes}};
  if (const auto floats = floating_elements(tensor)) return *floats;
  std::vector<double> out;
  const auto integers = integer_elements(tensor);
  if (!integers) return out;
  for (const std::int64_t value : *integers) out.push_back(static_cast<double>(value));
  return out;
}

struct FillCase {
  DType dtype;
  Fill fill;
  double least;
  double most;
};

const std::vector<FillCase>& cases() {
  static const std::vector<FillCase> all{
      {DType::float32, {FillKind::uniform, -0.3, 0.3}, -0.3, 0.3},
      {DType::float32, {FillKind::normal, 0, 1}, -6, 6},
      {DType::float32, {FillKind::constant, 2.5, 0}, 2.5, 2.5},
      {DType::float64, {FillKind::uniform, 0.8, 1.2}, 0.8, 1.2},
      {DType::float16, {FillKind::uniform, -0.02, 0.02}, -0.0201, 0.0201},
      {DType::float16, {FillKind::normal, 0, 1}, -6, 6},
      {DType::bfloat16, {FillKind::uniform, -1, 1}, -1, 1},
      {DType::int8, {FillKind::bits}, -128, 127},
      {DType::uint8, {FillKind::bits}, 0, 255},
      {DType::uint8, {FillKind::constant, 128, 0}, 128, 128},
      {DType::int8, {FillKind::constant, 300, 0}, 127, 127},  // never wraps
      {DType::uint8, {FillKind::constant, 255, 0}, 255, 255},
      {DType::int16, {FillKind::integers, -5, 5}, -5, 5},
      {DType::uint16, {FillKind::integers, 0, 9}, 0, 9},
      {DType::int32, {FillKind::integers, -100, 100}, -100, 100},
      {DType::int64, {FillKind::integers, 0, 30521}, 0, 30521},
      {DType::int64, {FillKind::integers, 0, 0}, 0, 0},
      {DType::boolean, {FillKind::constant, 1, 0}, 1, 1},
      {DType::boolean, {FillKind::bits}, 1, 1},
      {DType::int4, {FillKind::bits}, -8, 7},
      {DType::uint4, {FillKind::constant, 8, 0}, 8, 8},
  };
  return all;
}

TEST(MeasureFill, StaysInRangeForEveryLength) {
  for (const FillCase& one : cases()) {
    for (const std::int64_t count : {1, 2, 15, 16, 17, 5000}) {
      for (const double value : decoded(filled(one.fill, one.dtype, count), one.dtype, count)) {
        ASSERT_TRUE(value >= one.least && value <= one.most)
            << to_string(one.dtype) << " " << to_string(one.fill.kind) << ": " << value;
      }
    }
  }
}

TEST(MeasureFill, UsesTheWholeRange) {
  const auto values = decoded(filled({FillKind::integers, 3, 12}, DType::int64, 1000), DType::int64, 1000);
  EXPECT_EQ(std::set<double>(values.begin(), values.end()).size(), 10U);
}

TEST(MeasureFill, HasTheMomentsItPromises) {
  constexpr std::int64_t many = 200'000;
  const auto moments = [](const std::vector<double>& values) {
    double mean = 0;
    double square = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    for (const double value : values) square += (value - mean) * (value - mean) / static_cast<double>(values.size());
    return std::pair(mean, std::sqrt(square));
  };
  const auto normal = moments(decoded(filled({FillKind::normal, 0, 1}, DType::float32, many), DType::float32, many));
  EXPECT_NEAR(normal.first, 0, 0.02);
  EXPECT_NEAR(normal.second, 1, 0.02);
  const double half = std::sqrt(3.0) * 0.05;
  const auto uniform =
      moments(decoded(filled({FillKind::uniform, -half, half}, DType::float32, many), DType::float32, many));
  EXPECT_NEAR(uniform.second, 0.05, 0.001);
}

TEST(MeasureFill, NoFloatIsDenormal) {
  for (const DType dtype : {DType::float32, DType::float64}) {
    for (const double value : decoded(filled({FillKind::uniform, -1e-3, 1e-3}, dtype, 100'000), dtype, 100'000)) {
      ASSERT_TRUE(value == 0 || std::abs(value) >= 1.2e-38) << value;
    }
  }
  for (const double value :
       decoded(filled({FillKind::uniform, -1e-3, 1e-3}, DType::float16, 100'000), DType::float16, 100'000)) {
    ASSERT_TRUE(value == 0 || std::abs(value) >= 6.1e-5) << value;  // 2^-14, the least normal half
  }
}

TEST(MeasureFill, CornersHoldWhatIsAskedFor) {
  for (const DType dtype : {DType::float16, DType::bfloat16, DType::float32, DType::float64}) {
    const auto values = decoded(filled({FillKind::corners, HUGE_VAL, -HUGE_VAL}, dtype, 20), dtype, 20);
    EXPECT_EQ(values.front(), HUGE_VAL) << to_string(dtype);
    EXPECT_EQ(values.back(), -HUGE_VAL) << to_string(dtype);
    for (std::size_t i = 1; i < 19; ++i) EXPECT_LT(std::abs(values[i]), 6) << to_string(dtype);
    EXPECT_TRUE(std::isnan(decoded(filled({FillKind::corners, std::nan(""), 0}, dtype, 1), dtype, 1).front()));
    EXPECT_TRUE(std::isnan(decoded(filled({FillKind::constant, std::nan(""), 0}, dtype, 3), dtype, 3).back()));
  }
}

TEST(MeasureFill, EightBitFloatsAreFinite) {
  // NaN or infinity: e4m3fn has S.1111.111; e5m2 has exponent 11111; the fnuz kinds 0x80.
  for (const DType dtype : {DType::float8e4m3fn, DType::float8e4m3fnuz, DType::float8e5m2, DType::float8e5m2fnuz}) {
    for (const std::byte byte : filled({FillKind::bits}, dtype, 10'000)) {
      const auto bits = std::to_integer<unsigned>(byte);
      ASSERT_NE(bits & 0x7fU, 0x7fU);
      ASSERT_NE(bits & 0x7cU, 0x7cU);
      ASSERT_NE(bits, 0x80U);
    }
  }
}

TEST(MeasureFill, SeedsMakeTensorsDifferAndRepeat) {
  const Fill fill{FillKind::uniform, -1, 1};
  EXPECT_EQ(filled(fill, DType::float32, 64, seed_of("a")), filled(fill, DType::float32, 64, seed_of("a")));
  EXPECT_NE(filled(fill, DType::float32, 64, seed_of("a")), filled(fill, DType::float32, 64, seed_of("b")));
}

TEST(MeasureFill, RampRestartsWithEachRow) {
  const auto values = decoded(filled({FillKind::ramp, 0, 511}, DType::int64, 8, 1, 4), DType::int64, 8);
  EXPECT_EQ(values, (std::vector<double>{0, 1, 2, 3, 0, 1, 2, 3}));
  const auto wrapped = decoded(filled({FillKind::ramp, 0, 2}, DType::int64, 5, 1, 5), DType::int64, 5);
  EXPECT_EQ(wrapped, (std::vector<double>{0, 1, 2, 0, 1})) << "never beyond the last valid position";
}

TEST(MeasureFill, KindsHaveNames) {
  for (const auto kind :
       {FillKind::uniform, FillKind::normal, FillKind::integers, FillKind::ramp, FillKind::constant, FillKind::bits}) {
    EXPECT_EQ(fill_kind_from_string(to_string(kind)), kind);
  }
}

}  // namespace
}  // namespace costscan
