#include "calibrate/peak_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace costscan::calibrate {
namespace {

// Enough independent sums to hide the latency of a multiply-add (4 to 5 cycles, two a cycle), few enough for 16
// registers.
constexpr std::size_t sums = 12;

/// Keeps a value in a register without the compiler knowing what becomes of it.
template <class T>
inline void keep(T& value) {
#if defined(__x86_64__)
  asm volatile("" : "+x"(value));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(value));
#else
  asm volatile("" : "+m"(value));
#endif
}

void plain_float(std::int64_t rounds) {
  std::array<float, sums> sum{};
  float a = 0.999F;
  float b = 0.001F;
  for (std::int64_t i = 0; i < rounds; ++i) {
    for (float& each : sum) {
      each = each * a + b;
      keep(each);
    }
  }
}

#if defined(__x86_64__)

// The loop body stands once; the type, the instruction and its target differ.
#define COSTSCAN_PEAK_KERNEL(NAME, TARGET, TYPE, ZERO, STEP)                                                        \
  __attribute__((target(TARGET))) void NAME(std::int64_t rounds) {                                                  \
    TYPE s0 = ZERO, s1 = ZERO, s2 = ZERO, s3 = ZERO, s4 = ZERO, s5 = ZERO;                                          \
    TYPE s6 = ZERO, s7 = ZERO, s8 = ZERO, s9 = ZERO, s10 = ZERO, s11 = ZERO;                                        \
    TYPE a = ZERO;                                                                                                  \
    TYPE b = ZERO;                                                                                                  \
    asm volatile("" : "+x"(a), "+x"(b));                                                                            \
    for (std::int64_t i = 0; i < rounds; ++i) {                                                                     \
      STEP(s0) STEP(s1) STEP(s2) STEP(s3) STEP(s4) STEP(s5) STEP(s6) STEP(s7) STEP(s8) STEP(s9) STEP(s10) STEP(s11) \
    }                                                                                                               \
    asm volatile("" : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3), "+x"(s4), "+x"(s5));                                  \
    asm volatile("" : "+x"(s6), "+x"(s7), "+x"(s8), "+x"(s9), "+x"(s10), "+x"(s11));                                \
  }

#define COSTSCAN_STEP_512(s) s = _mm512_fmadd_ps(a, b, s);
COSTSCAN_PEAK_KERNEL(avx512_float, "avx512f", __m512, _mm512_setzero_ps(), COSTSCAN_STEP_512)
#define COSTSCAN_STEP_512D(s) s = _mm512_fmadd_pd(a, b, s);
COSTSCAN_PEAK_KERNEL(avx512_double, "avx512f", __m512d, _mm512_setzero_pd(), COSTSCAN_STEP_512D)
#define COSTSCAN_STEP_VNNI(s) s = _mm512_dpbusd_epi32(s, a, b);
COSTSCAN_PEAK_KERNEL(avx512_int8, "avx512f,avx512vnni", __m512i, _mm512_setzero_si512(), COSTSCAN_STEP_VNNI)
#define COSTSCAN_STEP_256(s) s = _mm256_fmadd_ps(a, b, s);
COSTSCAN_PEAK_KERNEL(avx2_float, "avx2,fma", __m256, _mm256_setzero_ps(), COSTSCAN_STEP_256)
#define COSTSCAN_STEP_256D(s) s = _mm256_fmadd_pd(a, b, s);
COSTSCAN_PEAK_KERNEL(avx2_double, "avx2,fma", __m256d, _mm256_setzero_pd(), COSTSCAN_STEP_256D)

bool has_avx512() { return __builtin_cpu_supports("avx512f") != 0; }
bool has_vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni") != 0; }
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0; }

#elif defined(__aarch64__)

void neon_float(std::int64_t rounds) {
  std::array<float32x4_t, sums> sum{};
  float32x4_t a = vdupq_n_f32(0.999F);
  float32x4_t b = vdupq_n_f32(0.001F);
  keep(a);
  keep(b);
  for (std::int64_t i = 0; i < rounds; ++i) {
    for (float32x4_t& each : sum) each = vfmaq_f32(each, a, b);
  }
  for (float32x4_t& each : sum) keep(each);
}

void neon_double(std::int64_t rounds) {
  std::array<float64x2_t, sums> sum{};
  float64x2_t a = vdupq_n_f64(0.999);
  float64x2_t b = vdupq_n_f64(0.001);
  keep(a);
  keep(b);
  for (std::int64_t i = 0; i < rounds; ++i) {
    for (float64x2_t& each : sum) each = vfmaq_f64(each, a, b);
  }
  for (float64x2_t& each : sum) keep(each);
}

#endif

/// A multiply-add is two operations.
constexpr double per_round(int lanes) { return 2.0 * static_cast<double>(sums) * lanes; }

bool always() { return true; }

struct Candidate {
  PeakKernel kernel;
  bool (*usable)();
};

/// Widest first within each element type.
std::vector<Candidate> candidates() {
  return {
#if defined(__x86_64__)
      {{"float32", "AVX-512 FMA", per_round(16), avx512_float}, has_avx512},
      {{"float32", "AVX2 FMA", per_round(8), avx2_float}, has_avx2},
      {{"float64", "AVX-512 FMA", per_round(8), avx512_double}, has_avx512},
      {{"float64", "AVX2 FMA", per_round(4), avx2_double}, has_avx2},
      {{"int8", "AVX-512 VNNI", per_round(64), avx512_int8}, has_vnni},
#elif defined(__aarch64__)
      {{"float32", "NEON FMA", per_round(4), neon_float}, always},
      {{"float64", "NEON FMA", per_round(2), neon_double}, always},
#endif
      {{"float32", "one element at a time", per_round(1), plain_float}, always},
  };
}

}  // namespace

std::vector<PeakKernel> usable_peak_kernels() {
  std::vector<PeakKernel> out;
  for (const Candidate& candidate : candidates()) {
    const bool have =
        std::ranges::any_of(out, [&](const PeakKernel& kernel) { return kernel.dtype == candidate.kernel.dtype; });
    if (!have && candidate.usable()) out.push_back(candidate.kernel);
  }
  return out;
}

}  // namespace costscan::calibrate
