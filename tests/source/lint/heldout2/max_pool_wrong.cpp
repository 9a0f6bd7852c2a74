// expect: overwritten_accumulator line 8
#include <cmath>
void l2_pool(const float* x, float* y, int n, int k) {
  for (int o = 0; o < n / k; ++o) {
    float s = 0;
    for (int i = 0; i < k; ++i) {
      const float v = x[o * k + i];
      s = v * v;
    }
    y[o] = std::sqrt(s);
  }
}
