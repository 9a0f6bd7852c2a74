#include "shapes/elements.hpp"

#include <bit>
#include <cmath>

namespace costscan {
namespace {

double to_bfloat16(double value) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  const std::uint32_t rounded = bits + 0x7FFFU + ((bits >> 16) & 1U);
  return std::isfinite(value) ? static_cast<double>(std::bit_cast<float>(rounded & 0xFFFF0000U)) : value;
}

double to_float16(double value) noexcept {
  if (!std::isfinite(value) || value == 0) return value;
  int exponent = 0;
  std::frexp(value, &exponent);
  const int lowest = std::max(exponent - 11, -24);  // 11 significant bits, or the subnormal step
  const double out = std::ldexp(std::nearbyint(std::ldexp(value, -lowest)), lowest);
  return std::abs(out) > 65504.0 ? std::copysign(HUGE_VAL, value) : out;
}

}  // namespace

std::int64_t count_of(const Shape& dims) noexcept {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) {
    if (__builtin_mul_overflow(count, dim, &count)) return max_known_elements + 1;
  }
  return count;
}

Indices strides_of(const Shape& dims) {
  Indices strides(dims.size(), 1);
  // An empty tensor may have absurd other dimensions; its strides are never used.
  for (std::size_t i = dims.size(); i-- > 1;) {
    static_cast<void>(__builtin_mul_overflow(strides[i], dims[i], &strides[i - 1]));
  }
  return strides;
}

void for_each_element(const Shape& dims, const std::function<void(std::int64_t, const Indices&)>& visit) {
  const std::int64_t count = count_of(dims);
  Indices at(dims.size(), 0);
  for (std::int64_t flat = 0; flat < count; ++flat) {
    visit(flat, at);
    for (std::size_t axis = dims.size(); axis-- > 0;) {
      if (++at[axis] < dims[axis]) break;
      at[axis] = 0;
    }
  }
}

std::optional<Indices> broadcast_indices(const Shape& in, const Shape& out) {
  if (in.size() > out.size()) return std::nullopt;
  const std::size_t lead = out.size() - in.size();
  Indices step = strides_of(in);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i] == 1) {
      step[i] = 0;
    } else if (in[i] != out[lead + i]) {
      return std::nullopt;
    }
  }
  Indices indices;
  indices.reserve(static_cast<std::size_t>(count_of(out)));
  for_each_element(out, [&](std::int64_t, const Indices& at) {
    std::int64_t flat = 0;
    for (std::size_t i = 0; i < in.size(); ++i) flat += at[lead + i] * step[i];
    indices.push_back(flat);
  });
  return indices;
}

std::optional<std::size_t> normal_axis(std::int64_t axis, std::size_t rank) noexcept {
  const auto size = static_cast<std::int64_t>(rank);
  if (axis < -size || axis >= size) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + size : axis);
}

bool holds_ints(DType dtype) noexcept { return is_integer(dtype) || dtype == DType::boolean; }

std::int64_t size_of(const KnownValue& value) noexcept {
  return static_cast<std::int64_t>(holds_ints(value.dtype)
                                       ? value.ints.size()
                                       : (value.dtype == DType::string ? value.strings.size() : value.floats.size()));
}

KnownPtr pick(std::span<const KnownValue* const> pool, const Indices& indices, DType dtype, Shape dims) {
  auto out = std::make_shared<KnownValue>();
  out->dtype = dtype;
  out->dims = std::move(dims);
  for (const std::int64_t index : indices) {
    std::int64_t rest = index;
    const KnownValue* source = nullptr;
    for (const KnownValue* candidate : pool) {
      if (rest < size_of(*candidate)) {
        source = candidate;
        break;
      }
      rest -= size_of(*candidate);
    }
    if (source == nullptr || rest < 0 || holds_ints(source->dtype) != holds_ints(dtype)) return nullptr;
    const auto at = static_cast<std::size_t>(rest);
    if (holds_ints(dtype)) {
      out->ints.push_back(source->ints[at]);
    } else if (dtype == DType::string) {
      if (source->dtype != DType::string) return nullptr;
      out->strings.push_back(source->strings[at]);
    } else {
      if (source->dtype == DType::string) return nullptr;
      out->floats.push_back(source->floats[at]);
    }
  }
  return out;
}

KnownPtr pick(const KnownValue& source, const Indices& indices, DType dtype, Shape dims) {
  const KnownValue* const pool[] = {&source};
  return pick(pool, indices, dtype, std::move(dims));
}

double rounded_to(DType dtype, double value) noexcept {
  switch (dtype) {
    case DType::float64: return value;
    case DType::float16: return to_float16(static_cast<double>(static_cast<float>(value)));
    case DType::bfloat16: return to_bfloat16(value);
    default: return static_cast<double>(static_cast<float>(value));
  }
}

std::int64_t wrapped_to(DType dtype, std::int64_t value) noexcept {
  switch (dtype) {
    case DType::boolean: return value != 0 ? 1 : 0;
    case DType::int32: return static_cast<std::int32_t>(value);
    case DType::uint32: return static_cast<std::uint32_t>(value);
    case DType::int16: return static_cast<std::int16_t>(value);
    case DType::uint16: return static_cast<std::uint16_t>(value);
    case DType::int8: return static_cast<std::int8_t>(value);
    case DType::uint8: return static_cast<std::uint8_t>(value);
    default: return value;
  }
}

}  // namespace costscan
