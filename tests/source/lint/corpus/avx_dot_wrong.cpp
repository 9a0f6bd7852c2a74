// expect: overwritten_accumulator line 6 contributing 1
#include <immintrin.h>
__attribute__((target("avx2,fma"))) float dot(const float* x, const float* y, int n) {
  __m256 acc = _mm256_setzero_ps();
  for (int i = 0; i + 8 <= n; i += 8) {
    acc = _mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i));
  }
  float lanes[8];
  _mm256_storeu_ps(lanes, acc);
  float s = 0;
  for (int j = 0; j < 8; ++j) s += lanes[j];
  return s;
}
