// expect: none
#include <immintrin.h>
void scale(const float* x, float* y, float a, int n) {
  const __m128 factor = _mm_set1_ps(a);
  for (int i = 0; i + 4 <= n; i += 4) _mm_storeu_ps(y + i, _mm_mul_ps(factor, _mm_loadu_ps(x + i)));
}
