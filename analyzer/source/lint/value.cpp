#include "source/lint/value.hpp"

#include <cmath>
#include <string_view>

#include "model/checked_math.hpp"

namespace costscan::source::linting {
namespace {

constexpr std::int64_t bits_per_byte = 8;
constexpr std::int64_t unknown_size = 4096;    // records and opaque types: far enough apart
constexpr std::int64_t unknown_row = 1 << 20;  // a dimension of unknown extent

}  // namespace

std::int64_t stride_of(const Type& type) noexcept {
  if (type.kind == TypeKind::array) {
    std::int64_t size = type.element ? stride_of(*type.element) : unknown_size;
    for (const std::int64_t extent : type.extents) {
      const auto product = checked_mul(size, extent > 0 ? extent : unknown_row);
      if (!product) return unknown_size;
      size = *product;
    }
    return size;
  }
  if (type.kind == TypeKind::pointer) return bits_per_byte;
  if (type.bits > 0) return type.bits * static_cast<std::int64_t>(type.lanes) / bits_per_byte;
  return unknown_size;
}

ValueKind kind_of(const Type& type) noexcept {
  switch (type.kind) {
    case TypeKind::boolean:
    case TypeKind::integer: return type.lanes > 1 ? ValueKind::data : ValueKind::integer;
    case TypeKind::pointer:
    case TypeKind::array:
    case TypeKind::container: return ValueKind::pointer;
    case TypeKind::none: return ValueKind::none;
    default: return ValueKind::data;
  }
}

double unit_roundoff(const Type& type) noexcept {
  if (type.kind != TypeKind::floating) return 0;
  // Bits of the significand, the hidden one included: IEEE 754 binary16, 32, 64, 128; bfloat16 has 8.
  const bool brain = type.name.find("bf16") != std::string::npos || type.name.find("bfloat") != std::string::npos;
  int significand = 53;
  if (type.bits <= 16) {
    significand = brain ? 8 : 11;
  } else if (type.bits <= 32) {
    significand = 24;
  } else if (type.bits > 64) {
    significand = 64;
  }
  return std::ldexp(1.0, -significand);
}

std::int64_t wrapped(std::int64_t value, const Type& type) noexcept {
  if (type.kind == TypeKind::boolean) return value != 0 ? 1 : 0;
  if (type.bits <= 0 || type.bits >= 64) return value;
  const std::uint64_t mask = (std::uint64_t{1} << static_cast<unsigned>(type.bits)) - 1U;
  const std::uint64_t low = static_cast<std::uint64_t>(value) & mask;
  const bool negative = type.is_signed && ((low >> static_cast<unsigned>(type.bits - 1)) & 1U) != 0;
  return static_cast<std::int64_t>(negative ? low | ~mask : low);
}

const Expr& without_conversions(const Expr& expr) noexcept {
  const Expr* inner = &expr;
  while (inner->kind == ExprKind::convert && !inner->args.empty()) inner = &inner->args.front();
  return *inner;
}

}  // namespace costscan::source::linting
