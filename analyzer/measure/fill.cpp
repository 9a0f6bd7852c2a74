#include "measure/fill.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace costscan {
namespace {

constexpr std::array<std::pair<FillKind, const char*>, 7> kind_names{{{FillKind::uniform, "uniform"},
                                                                      {FillKind::normal, "normal"},
                                                                      {FillKind::integers, "integers"},
                                                                      {FillKind::ramp, "ramp"},
                                                                      {FillKind::constant, "constant"},
                                                                      {FillKind::corners, "corners"},
                                                                      {FillKind::bits, "bits"}}};

constexpr std::uint64_t splitmix(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

/// Sixteen independent xorshift32 generators side by side: the loop over lanes becomes vector instructions.
class Lanes {
 public:
  static constexpr std::size_t lane_count = 16;
  using Words = std::array<std::uint32_t, lane_count>;

  explicit Lanes(std::uint64_t seed) noexcept {
    for (std::uint32_t& lane : state_) lane = static_cast<std::uint32_t>(splitmix(seed)) | 1U;  // zero is a fixed point
  }

  const Words& next() noexcept {
    for (std::size_t i = 0; i < lane_count; ++i) {
      std::uint32_t x = state_[i];
      x ^= x << 13U;
      x ^= x >> 17U;
      x ^= x << 5U;
      state_[i] = x;
    }
    return state_;
  }

 private:
  Words state_{};
};

/// [0, 1) from the upper 23 bits: they become the mantissa of a float in [1, 2).
float unit_interval(std::uint32_t word) noexcept { return std::bit_cast<float>((word >> 9U) | 0x3f800000U) - 1.0F; }

std::uint16_t to_float16(float value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (std::isinf(value)) return static_cast<std::uint16_t>(sign | 0x7c00U);
  const std::int32_t exponent = static_cast<std::int32_t>((bits >> 23U) & 0xffU) - 127 + 15;
  if (exponent <= 0) return static_cast<std::uint16_t>(sign);             // would be denormal: zero instead
  if (exponent >= 31) return static_cast<std::uint16_t>(sign | 0x7bffU);  // the largest finite value
  return static_cast<std::uint16_t>(sign | (static_cast<std::uint32_t>(exponent) << 10U) | ((bits >> 13U) & 0x3ffU));
}

std::uint16_t to_bfloat16(float value) noexcept {
  return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16U);
}

/// Stores `make(lane words, lane)` for every element; the last block is cut to what is left.
template <class T, class Make>
void generate(std::span<std::byte> out, std::uint64_t seed, Make make) {
  Lanes lanes(seed);
  const std::size_t count = out.size() / sizeof(T);
  std::array<T, Lanes::lane_count> block{};
  for (std::size_t done = 0; done < count; done += Lanes::lane_count) {
    const Lanes::Words& words = lanes.next();
    for (std::size_t i = 0; i < Lanes::lane_count; ++i) block[i] = make(words[i]);
    const std::size_t take = std::min(Lanes::lane_count, count - done);
    std::memcpy(out.data() + done * sizeof(T), block.data(), take * sizeof(T));
  }
}

/// A float of about normal distribution: the sum of four bytes is near enough to one for an input.
float bell(std::uint32_t word) noexcept {
  const auto sum =
      static_cast<float>((word & 0xffU) + ((word >> 8U) & 0xffU) + ((word >> 16U) & 0xffU) + (word >> 24U));
  return (sum - 510.0F) * (1.0F / 147.80F);  // four uniform bytes: mean 4 * 127.5, variance 4 * (256^2 - 1) / 12
}

template <class T, class Store>
void fill_floats(const Fill& fill, std::int64_t last_dim, std::uint64_t seed, std::span<std::byte> out, Store store) {
  const auto low = static_cast<float>(fill.low);
  const auto high = static_cast<float>(fill.high);
  switch (fill.kind) {
    case FillKind::normal:
      return generate<T>(out, seed, [=](std::uint32_t word) { return store(low + high * bell(word)); });
    case FillKind::constant: return generate<T>(out, seed, [=](std::uint32_t) { return store(low); });
    case FillKind::ramp: {
      const auto period = static_cast<std::int64_t>(fill.high) + 1;
      std::int64_t index = 0;
      return generate<T>(out, seed, [=](std::uint32_t) mutable {
        return store(static_cast<float>((index++ % std::max<std::int64_t>(last_dim, 1)) % period));
      });
    }
    case FillKind::corners: {
      generate<T>(out, seed, [=](std::uint32_t word) { return store(bell(word)); });
      const std::array<T, 2> ends{store(low), store(high)};
      if (out.size() < sizeof(T)) return;
      std::memcpy(out.data() + (out.size() / sizeof(T) - 1) * sizeof(T), &ends[1], sizeof(T));
      std::memcpy(out.data(), ends.data(), sizeof(T));
      return;
    }
    case FillKind::uniform:
    case FillKind::integers:
    case FillKind::bits: break;
  }
  const float width = high - low;
  generate<T>(out, seed, [=](std::uint32_t word) { return store(low + width * unit_interval(word)); });
}

template <class T>
void fill_integers(const Fill& fill, std::int64_t last_dim, std::uint64_t seed, std::span<std::byte> out) {
  constexpr auto lowest = static_cast<double>(std::numeric_limits<T>::min());
  // The greatest 64-bit integers have no double of their own: the next one up would not fit.
  constexpr auto highest = static_cast<double>(std::numeric_limits<T>::max());
  const double greatest = sizeof(T) < sizeof(double) ? highest : std::nextafter(highest, 0.0);
  const auto clamped = [=](double value) { return static_cast<T>(std::clamp(std::floor(value), lowest, greatest)); };
  switch (fill.kind) {
    case FillKind::bits: return generate<T>(out, seed, [](std::uint32_t word) { return static_cast<T>(word); });
    case FillKind::constant: {
      const T value = clamped(fill.low);
      return generate<T>(out, seed, [=](std::uint32_t) { return value; });
    }
    case FillKind::ramp: {
      const auto period = std::max<std::int64_t>(static_cast<std::int64_t>(fill.high) + 1, 1);
      std::int64_t index = 0;
      return generate<T>(out, seed, [=](std::uint32_t) mutable {
        return static_cast<T>((index++ % std::max<std::int64_t>(last_dim, 1)) % period);
      });
    }
    case FillKind::uniform:
    case FillKind::normal:
    case FillKind::corners:
    case FillKind::integers: break;
  }
  const double span = std::max(fill.high - fill.low, 0.0) + (fill.kind == FillKind::integers ? 1.0 : 0.0);
  generate<T>(out, seed, [=, low = fill.low](std::uint32_t word) {
    return clamped(low + std::floor(span * (static_cast<double>(word) * 0x1p-32)));
  });
}

/// Two or four elements to a byte, each drawn from the whole range or set to the constant.
void fill_packed(const Fill& fill, int bits, std::uint64_t seed, std::span<std::byte> out) {
  if (fill.kind != FillKind::constant) return fill_integers<std::uint8_t>({FillKind::bits}, 1, seed, out);
  const auto element = static_cast<std::uint32_t>(static_cast<std::int64_t>(fill.low)) & ((1U << bits) - 1U);
  std::uint32_t byte = 0;
  for (int at = 0; at < 8; at += bits) byte |= element << at;
  std::ranges::fill(out, static_cast<std::byte>(byte));
}

/// Finite patterns of moderate size in every 8-bit float format: exponent bits 011 or 100 and a free sign and mantissa.
void fill_float8(std::uint64_t seed, std::span<std::byte> out) {
  generate<std::uint8_t>(out, seed,
                         [](std::uint32_t word) { return static_cast<std::uint8_t>((word & 0x8fU) | 0x30U); });
}

}  // namespace

std::string to_string(FillKind kind) {
  for (const auto& [value, name] : kind_names) {
    if (value == kind) return name;
  }
  return "constant";
}

FillKind fill_kind_from_string(const std::string& word) {
  for (const auto& [value, name] : kind_names) {
    if (word == name) return value;
  }
  return FillKind::constant;
}

std::uint64_t seed_of(std::string_view name) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a, finished by splitmix so that near names differ in all bits
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return splitmix(hash);
}

void fill_bytes(const Fill& fill, DType dtype, std::int64_t last_dim, std::uint64_t seed, std::span<std::byte> out) {
  switch (dtype) {
    case DType::float32:
    case DType::complex64: return fill_floats<float>(fill, last_dim, seed, out, [](float value) { return value; });
    case DType::float64:
    case DType::complex128:
      return fill_floats<double>(fill, last_dim, seed, out, [](float value) { return static_cast<double>(value); });
    case DType::float16: return fill_floats<std::uint16_t>(fill, last_dim, seed, out, to_float16);
    case DType::bfloat16: return fill_floats<std::uint16_t>(fill, last_dim, seed, out, to_bfloat16);
    case DType::int8: return fill_integers<std::int8_t>(fill, last_dim, seed, out);
    case DType::uint8: return fill_integers<std::uint8_t>(fill, last_dim, seed, out);
    case DType::int16: return fill_integers<std::int16_t>(fill, last_dim, seed, out);
    case DType::uint16: return fill_integers<std::uint16_t>(fill, last_dim, seed, out);
    case DType::int32: return fill_integers<std::int32_t>(fill, last_dim, seed, out);
    case DType::uint32: return fill_integers<std::uint32_t>(fill, last_dim, seed, out);
    case DType::int64: return fill_integers<std::int64_t>(fill, last_dim, seed, out);
    case DType::uint64: return fill_integers<std::uint64_t>(fill, last_dim, seed, out);
    case DType::boolean: {
      // Only 0 and 1 are bools; a made-up mask lets everything through unless the fill says 0.
      const bool zero = fill.kind == FillKind::constant && fill.low == 0;
      std::ranges::fill(out, static_cast<std::byte>(zero ? 0 : 1));
      return;
    }
    case DType::uint4:
    case DType::int4:
    case DType::float4e2m1: return fill_packed(fill, 4, seed, out);
    case DType::uint2:
    case DType::int2: return fill_packed(fill, 2, seed, out);
    case DType::float8e4m3fn:
    case DType::float8e4m3fnuz:
    case DType::float8e5m2:
    case DType::float8e5m2fnuz:
    case DType::float8e8m0: return fill_float8(seed, out);
    case DType::string:
    case DType::undefined: break;
  }
}

}  // namespace costscan
