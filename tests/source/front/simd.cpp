// args: -mavx512f
// Intrinsics are calls by name with registers as types; GCC's vector types have operators.
#include <immintrin.h>
float dot(const float* a, const float* b, int n) {
  __m256 s = _mm256_setzero_ps();
  for (int i = 0; i < n; i += 8) s = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(&b[i]), s);
  __m128 low = _mm_add_ps(_mm256_castps256_ps128(s), _mm256_extractf128_ps(s, 1));
  float t[4];
  _mm_storeu_ps(t, low);
  return t[0] + t[1] + _mm512_reduce_add_ps(_mm512_loadu_ps(a));
}
__m256i integers(const int* p, __m256i b) {
  __m256i c = _mm256_loadu_si256((const __m256i*)p);
  return _mm256_add_epi32(c, b);
}
__m256 masks(__m256 a, __m256 b) { return _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ), a); }
typedef float float4 __attribute__((vector_size(16)));
void extension(float4* x, float4 y, int n) {
  for (int i = 0; i < n; ++i) {
    x[i] = x[i] * y + 2.0f;
    x[i][1] = y[0];
    x[i] += x[i] > y ? x[i] : y;
  }
}
