// expect: overwritten_accumulator line 10 contributing 1
#include <algorithm>
#include <cmath>
#include <limits>
float log_sum_exp(const float* x, int n) {
  float m = -std::numeric_limits<float>::infinity();
  float l = 0.0f;
  for (int i = 0; i < n; ++i) {
    m = std::max(m, x[i]);
    l = std::exp(x[i] - m);
  }
  return m + std::log(l);
}
