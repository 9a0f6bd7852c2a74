// expect: none
#include <immintrin.h>
__attribute__((target("avx2,fma"))) float dot(const float* x, const float* y, int n) {
  __m256 acc = _mm256_setzero_ps();
  for (int i = 0; i + 8 <= n; i += 8) {
    acc = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), acc);
  }
  float lanes[8];
  _mm256_storeu_ps(lanes, acc);
  float s = 0;
  for (int j = 0; j < 8; ++j) s += lanes[j];
  return s;
}
