// expect: none
// dim: n=1000000
#include <math.h>
float neumaier(const float* x, int n) {
  float sum = 0, c = 0;
  for (int i = 0; i < n; ++i) {
    float t = sum + x[i];
    if (fabsf(sum) >= fabsf(x[i]))
      c += (sum - t) + x[i];
    else
      c += (x[i] - t) + sum;
    sum = t;
  }
  return sum + c;
}
