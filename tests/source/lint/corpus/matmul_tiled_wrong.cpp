// expect: dropped_partial line 11 contributing 1 of 3
// dim: n=96
#include <algorithm>
constexpr int T = 32;
void matmul(const float* a, const float* b, float* c, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      for (int k0 = 0; k0 < n; k0 += T) {
        float acc = 0;
        for (int k = k0; k < std::min(k0 + T, n); ++k) acc += a[i * n + k] * b[k * n + j];
        c[i * n + j] = acc;
      }
}
