// expect: overwritten_accumulator line 10 contributing 1 of 77
// dim: n=77
#include <math.h>
void softmax(const float* x, float* y, int n) {
  float m = -INFINITY;
  for (int i = 0; i < n; ++i) m = fmaxf(m, x[i]);
  float sum = 0;
  for (int i = 0; i < n; ++i) {
    y[i] = expf(x[i] - m);
    sum = y[i];
  }
  for (int i = 0; i < n; ++i) y[i] /= sum;
}
