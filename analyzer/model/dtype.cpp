#include "model/dtype.hpp"

#include <algorithm>
#include <array>

#include "model/checked_math.hpp"

namespace costscan {
namespace {

enum class Family { none, floating, integer, boolean, complex };

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  int bits;
  Family family;
};

constexpr std::array<DTypeFacts, 27> dtype_table{{
    {DType::undefined, "undefined", 0, Family::none},
    {DType::float32, "float32", 32, Family::floating},
    {DType::uint8, "uint8", 8, Family::integer},
    {DType::int8, "int8", 8, Family::integer},
    {DType::uint16, "uint16", 16, Family::integer},
    {DType::int16, "int16", 16, Family::integer},
    {DType::int32, "int32", 32, Family::integer},
    {DType::int64, "int64", 64, Family::integer},
    {DType::string, "string", 0, Family::none},
    {DType::boolean, "bool", 8, Family::boolean},
    {DType::float16, "float16", 16, Family::floating},
    {DType::float64, "float64", 64, Family::floating},
    {DType::uint32, "uint32", 32, Family::integer},
    {DType::uint64, "uint64", 64, Family::integer},
    {DType::complex64, "complex64", 64, Family::complex},
    {DType::complex128, "complex128", 128, Family::complex},
    {DType::bfloat16, "bfloat16", 16, Family::floating},
    {DType::float8e4m3fn, "float8e4m3fn", 8, Family::floating},
    {DType::float8e4m3fnuz, "float8e4m3fnuz", 8, Family::floating},
    {DType::float8e5m2, "float8e5m2", 8, Family::floating},
    {DType::float8e5m2fnuz, "float8e5m2fnuz", 8, Family::floating},
    {DType::uint4, "uint4", 4, Family::integer},
    {DType::int4, "int4", 4, Family::integer},
    {DType::float4e2m1, "float4e2m1", 4, Family::floating},
    {DType::float8e8m0, "float8e8m0", 8, Family::floating},
    {DType::uint2, "uint2", 2, Family::integer},
    {DType::int2, "int2", 2, Family::integer},
}};

const DTypeFacts& facts(DType dtype) noexcept {
  const auto index = static_cast<std::size_t>(dtype);
  return index < dtype_table.size() ? dtype_table[index] : dtype_table[0];
}

}  // namespace

int bits_per_element(DType dtype) noexcept { return facts(dtype).bits; }

std::optional<std::int64_t> packed_bytes(std::int64_t elements, DType dtype) noexcept {
  const int bits = bits_per_element(dtype);
  if (bits == 0 || elements < 0) return std::nullopt;
  if (bits >= 8) return checked_mul(elements, bits / 8);
  const std::int64_t per_byte = 8 / bits;
  return elements / per_byte + (elements % per_byte != 0 ? 1 : 0);
}

std::string_view to_string(DType dtype) noexcept { return facts(dtype).name; }

std::optional<DType> dtype_from_string(std::string_view name) noexcept {
  const auto* found = std::ranges::find(dtype_table, name, &DTypeFacts::name);
  if (found == dtype_table.end()) return std::nullopt;
  return found->dtype;
}

bool is_floating(DType dtype) noexcept { return facts(dtype).family == Family::floating; }
bool is_integer(DType dtype) noexcept { return facts(dtype).family == Family::integer; }

}  // namespace costscan
