// expect: overwritten_accumulator line 7 contributing 1
#include <immintrin.h>
float sum(const float* x, int n) {
  __m128 total = _mm_setzero_ps();
  for (int i = 0; i + 4 <= n; i += 4) {
    __m128 v = _mm_loadu_ps(x + i);
    total = _mm_mul_ps(v, v);
  }
  float out[4];
  _mm_storeu_ps(out, total);
  return out[0] + out[1] + out[2] + out[3];
}
