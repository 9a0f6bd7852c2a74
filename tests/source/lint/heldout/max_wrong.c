// expect: overwritten_accumulator line 5 contributing 1
#include <math.h>
float abs_max(const float* x, int n) {
  float m = 0;
  for (int i = 0; i < n; ++i) m = fabsf(x[i]);
  return m;
}
