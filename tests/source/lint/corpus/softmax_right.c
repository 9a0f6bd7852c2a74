// expect: none
#include <math.h>
void softmax(const float* x, float* y, int n) {
  float m = -INFINITY;
  for (int i = 0; i < n; ++i) m = x[i] > m ? x[i] : m;
  float sum = 0;
  for (int i = 0; i < n; ++i) {
    y[i] = expf(x[i] - m);
    sum += y[i];
  }
  for (int i = 0; i < n; ++i) y[i] /= sum;
}
