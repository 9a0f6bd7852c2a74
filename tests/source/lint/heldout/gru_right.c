// expect: none
#include <math.h>
void gru(const float* x, const float* w, float* h, float* next, int steps, int n) {
  for (int t = 0; t < steps; ++t) {
    for (int i = 0; i < n; ++i) {
      float s = x[t * n + i];
      for (int j = 0; j < n; ++j) s += w[i * n + j] * h[j];
      next[i] = tanhf(s);
    }
    for (int i = 0; i < n; ++i) h[i] = 0.5f * h[i] + 0.5f * next[i];
  }
}
