// expect: overwritten_accumulator line 5 contributing 1
#include <math.h>
float loss(const float* p, const int* label, int n, int classes) {
  float l = 0;
  for (int i = 0; i < n; ++i) l = -logf(p[i * classes + label[i]]);
  return l / n;
}
