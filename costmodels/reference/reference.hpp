// The types that reference kernels are written in. One text serves three readers: a plain build computes values
// (compared with ONNX Runtime's), a build with COSTSCAN_COUNTING counts what is executed, and `costscan source` reads
// it as it stands here. See README.md.
#pragma once

#include <cstdint>

/// Extents, positions and loop counters: addressing, which no measure counts.
using Index = std::int64_t;

#ifdef COSTSCAN_COUNTING
#include "counting.hpp"

using real = counting::Real;        ///< a floating-point value; every operation on it counts
using integer = counting::Integer;  ///< an integer that is data (quantised codes), not addressing
using In = counting::Pointer<const float>;
using Out = counting::Pointer<float>;
using Held = counting::Held<float>;
using HeldIn = counting::Held<const float>;
using InIndices = counting::Pointer<const std::int64_t>;
using OutIndices = counting::Pointer<std::int64_t>;
using InIndices32 = counting::Pointer<const std::int32_t>;
using InFlags = counting::Pointer<const bool>;
using OutFlags = counting::Pointer<bool>;
using InCodes = counting::Pointer<const std::uint8_t>;
using OutCodes = counting::Pointer<std::uint8_t>;
using InSignedCodes = counting::Pointer<const std::int8_t>;
using OutSignedCodes = counting::Pointer<std::int8_t>;
using InSums = counting::Pointer<const counting::Sum>;
using OutSums = counting::Pointer<counting::Sum>;
using HeldSums = counting::Held<counting::Sum>;
using InPacked = counting::Pointer<const char>;
using HeldIndices = counting::Held<std::int64_t>;
using OutIndices32 = counting::Pointer<std::int32_t>;
using InWide = counting::Pointer<const double>;
using OutWide = counting::Pointer<double>;
using OutBits = counting::Pointer<std::uint32_t>;
#define KERNEL_AS(kernel, name, ...) \
  (counting::open(#kernel " " #name, __VA_ARGS__), name(__VA_ARGS__), counting::close())
#else
using real = float;
using integer = std::int32_t;
using In = const float*;
using Out = float*;
/// Results that the kernel before left in registers: reading and writing them is not this kernel's traffic.
using Held = float*;
using HeldIn = const float*;
using InIndices = const std::int64_t*;
using OutIndices = std::int64_t*;
using InIndices32 = const std::int32_t*;
using InFlags = const bool*;
using OutFlags = bool*;
using InCodes = const std::uint8_t*;
using OutCodes = std::uint8_t*;
using InSignedCodes = const std::int8_t*;
using OutSignedCodes = std::int8_t*;
using InSums = const std::int32_t*;
using OutSums = std::int32_t*;
using HeldSums = std::int32_t*;
/// Several codes in a byte: unpacking them is addressing, not arithmetic.
using InPacked = const char*;
using HeldIndices = std::int64_t*;
using OutIndices32 = std::int32_t*;
/// Sums that are kept in double precision.
using InWide = const double*;
using OutWide = double*;
/// Flags, 32 to a word: packing them is addressing.
using OutBits = std::uint32_t*;
#define KERNEL_AS(kernel, name, ...) name(__VA_ARGS__)

/// The mathematical functions by their plain names. Not those of <cmath>, which takes the source analysis longer to
/// read than the kernels themselves.
inline float acos(float x) { return __builtin_acosf(x); }
inline float acosh(float x) { return __builtin_acoshf(x); }
inline float asin(float x) { return __builtin_asinf(x); }
inline float asinh(float x) { return __builtin_asinhf(x); }
inline float atan(float x) { return __builtin_atanf(x); }
inline float atanh(float x) { return __builtin_atanhf(x); }
inline float ceil(float x) { return __builtin_ceilf(x); }
inline float cos(float x) { return __builtin_cosf(x); }
inline float cosh(float x) { return __builtin_coshf(x); }
inline float erf(float x) { return __builtin_erff(x); }
inline float exp(float x) { return __builtin_expf(x); }
inline float fabs(float x) { return __builtin_fabsf(x); }
inline float floor(float x) { return __builtin_floorf(x); }
inline float log(float x) { return __builtin_logf(x); }
inline float nearbyint(float x) { return __builtin_nearbyintf(x); }
inline float sin(float x) { return __builtin_sinf(x); }
inline float sinh(float x) { return __builtin_sinhf(x); }
inline float sqrt(float x) { return __builtin_sqrtf(x); }
inline float tan(float x) { return __builtin_tanf(x); }
inline float tanh(float x) { return __builtin_tanhf(x); }
inline float fmax(float x, float y) { return __builtin_fmaxf(x, y); }
inline float fmin(float x, float y) { return __builtin_fminf(x, y); }
inline float fmod(float x, float y) { return __builtin_fmodf(x, y); }
inline float pow(float x, float y) { return __builtin_powf(x, y); }
/// 1/sqrt(x), one operation as on machines that have it.
float rsqrt(float x);
#endif

/// A call of one kernel of the cost model, by the name that it has there; KERNEL_AS where the function needs another.
#define KERNEL(name, ...) KERNEL_AS(name, name, __VA_ARGS__)

#ifdef COSTSCAN_COUNTING
inline integer code(integer value) { return value; }
inline integer signed_code(integer value) { return value; }
inline integer signed_code(real value) { return integer(value); }
inline Index chosen(bool first, Index one, Index other) { return counting::integer_operation(), first ? one : other; }
inline Index index_of(integer value) { return value.value; }
inline InSums as_data(OutIndices32 positions) {
  return InSums(reinterpret_cast<const counting::Sum*>(positions.get()));
}
#else
/// A choice that is the kernel's work, where it is no addressing.
inline Index chosen(bool first, Index one, Index other) { return first ? one : other; }
/// A code that serves as a position.
inline Index index_of(integer value) { return value; }
/// Positions (tokens) whose comparison is the kernel's work.
inline InSums as_data(OutIndices32 positions) { return positions; }
/// A value within the range of its code, as it is stored.
inline std::uint8_t code(integer value) { return static_cast<std::uint8_t>(value); }
inline std::int8_t signed_code(integer value) { return static_cast<std::int8_t>(value); }
inline std::int8_t signed_code(real value) { return static_cast<std::int8_t>(value); }
inline integer greater_of(integer a, integer b) { return a > b ? a : b; }
inline integer smaller_of(integer a, integer b) { return a < b ? a : b; }
#endif

/// Where a maximum starts.
constexpr float lowest = -__builtin_inff();
/// Where a minimum starts.
constexpr float highest = __builtin_inff();
