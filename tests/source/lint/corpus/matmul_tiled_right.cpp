// expect: none
#include <algorithm>
constexpr int T = 32;
void matmul(const float* a, const float* b, float* c, int n) {
  for (int i0 = 0; i0 < n; i0 += T)
    for (int j0 = 0; j0 < n; j0 += T)
      for (int k0 = 0; k0 < n; k0 += T)
        for (int i = i0; i < std::min(i0 + T, n); ++i)
          for (int j = j0; j < std::min(j0 + T, n); ++j)
            for (int k = k0; k < std::min(k0 + T, n); ++k) c[i * n + j] += a[i * n + k] * b[k * n + j];
}
