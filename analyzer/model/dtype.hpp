// Element types. The numbers are ONNX's TensorProto.DataType (onnx.proto), so that a cast converts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace costscan {

enum class DType : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  complex64 = 14,
  complex128 = 15,
  bfloat16 = 16,
  float8e4m3fn = 17,
  float8e4m3fnuz = 18,
  float8e5m2 = 19,
  float8e5m2fnuz = 20,
  uint4 = 21,
  int4 = 22,
  float4e2m1 = 23,
  float8e8m0 = 24,
  uint2 = 25,
  int2 = 26,
};

/// Bits of one element as stored: 4 for int4 (two to a byte), 8 for bool; 0 for undefined and string (no fixed size).
[[nodiscard]] int bits_per_element(DType dtype) noexcept;

/// Bytes of `elements` packed elements, rounded up to a whole byte; nullopt on overflow or where there is no fixed
/// size.
[[nodiscard]] std::optional<std::int64_t> packed_bytes(std::int64_t elements, DType dtype) noexcept;

/// "float32", "int64", "bool", ...; "undefined" for a number that ONNX does not define.
[[nodiscard]] std::string_view to_string(DType dtype) noexcept;

/// Inverse of to_string.
[[nodiscard]] std::optional<DType> dtype_from_string(std::string_view name) noexcept;

[[nodiscard]] bool is_floating(DType dtype) noexcept;
[[nodiscard]] bool is_integer(DType dtype) noexcept;  ///< signed or unsigned, packed ones included, bool excluded

}  // namespace costscan
