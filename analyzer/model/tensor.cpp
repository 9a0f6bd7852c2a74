#include "model/tensor.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor bytes are read as little-endian");

/// Reads element `index` of a packed array; the bytes of a mapped file are not aligned.
template <class T>
T load_element(std::span<const std::byte> bytes, std::size_t index) noexcept {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

template <class From, class To>
std::vector<To> widen(std::span<const std::byte> bytes, std::size_t count) {
  std::vector<To> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<To>(load_element<From>(bytes, i));
  return out;
}

/// Two-, four-bit elements lie from the low bits upward (onnx.proto, raw_data).
std::vector<std::int64_t> unpack(std::span<const std::byte> bytes, std::size_t count, unsigned bits, bool is_signed) {
  const unsigned per_byte = 8 / bits;
  const unsigned mask = (1U << bits) - 1U;
  std::vector<std::int64_t> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned raw = (std::to_integer<unsigned>(bytes[i / per_byte]) >> (bits * (i % per_byte))) & mask;
    const bool negative = is_signed && (raw >> (bits - 1)) != 0;
    out[i] = static_cast<std::int64_t>(raw) - (negative ? (std::int64_t{1} << bits) : 0);
  }
  return out;
}

double half_to_double(std::uint16_t half) noexcept {
  const int exponent = (half >> 10) & 0x1F;
  const int mantissa = half & 0x3FF;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0x1F) return mantissa != 0 ? std::nan("") : sign * HUGE_VAL;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(mantissa + 1024, exponent - 25);
}

double bfloat_to_double(std::uint16_t bits) noexcept {
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16));
}

/// The tensor's bytes when they are all there: at least as many as its shape and type need.
std::optional<std::span<const std::byte>> complete_bytes(const Tensor& tensor) {
  const auto bytes = bytes_in_memory(tensor);
  const auto needed = packed_bytes(element_count(tensor), tensor.dtype);
  if (!bytes || !needed || bytes->size() < static_cast<std::size_t>(*needed)) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<std::span<const std::byte>> bytes_in_memory(const Tensor& tensor) noexcept {
  if (const auto* owned = std::get_if<OwnedBytes>(&tensor.storage)) return std::span<const std::byte>(owned->bytes);
  if (const auto* mapped = std::get_if<MappedBytes>(&tensor.storage)) return mapped->bytes;
  return std::nullopt;
}

std::int64_t element_count(const Tensor& tensor) noexcept {
  return element_count(std::span<const std::int64_t>(tensor.dims)).value_or(0);
}

std::optional<std::vector<std::int64_t>> integer_elements(const Tensor& tensor) {
  const auto bytes = complete_bytes(tensor);
  if (!bytes) return std::nullopt;
  const auto count = static_cast<std::size_t>(element_count(tensor));
  switch (tensor.dtype) {
    case DType::boolean:
    case DType::uint8: return widen<std::uint8_t, std::int64_t>(*bytes, count);
    case DType::int8: return widen<std::int8_t, std::int64_t>(*bytes, count);
    case DType::uint16: return widen<std::uint16_t, std::int64_t>(*bytes, count);
    case DType::int16: return widen<std::int16_t, std::int64_t>(*bytes, count);
    case DType::uint32: return widen<std::uint32_t, std::int64_t>(*bytes, count);
    case DType::int32: return widen<std::int32_t, std::int64_t>(*bytes, count);
    case DType::uint64: return widen<std::uint64_t, std::int64_t>(*bytes, count);
    case DType::int64: return widen<std::int64_t, std::int64_t>(*bytes, count);
    case DType::int4: return unpack(*bytes, count, 4, true);
    case DType::uint4: return unpack(*bytes, count, 4, false);
    case DType::int2: return unpack(*bytes, count, 2, true);
    case DType::uint2: return unpack(*bytes, count, 2, false);
    default: return std::nullopt;
  }
}

std::optional<std::vector<double>> floating_elements(const Tensor& tensor) {
  const auto bytes = complete_bytes(tensor);
  if (!bytes) return std::nullopt;
  const auto count = static_cast<std::size_t>(element_count(tensor));
  switch (tensor.dtype) {
    case DType::float32: return widen<float, double>(*bytes, count);
    case DType::float64: return widen<double, double>(*bytes, count);
    case DType::float16:
    case DType::bfloat16: {
      const auto convert = tensor.dtype == DType::float16 ? half_to_double : bfloat_to_double;
      std::vector<double> out(count);
      for (std::size_t i = 0; i < count; ++i) out[i] = convert(load_element<std::uint16_t>(*bytes, i));
      return out;
    }
    default: return std::nullopt;
  }
}

}  // namespace costscan
