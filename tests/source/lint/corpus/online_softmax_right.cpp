// expect: none
#include <algorithm>
#include <cmath>
#include <limits>
float log_sum_exp(const float* x, int n) {
  float m = -std::numeric_limits<float>::infinity();
  float l = 0.0f;
  for (int i = 0; i < n; ++i) {
    const float next = std::max(m, x[i]);
    l = l * std::exp(m - next) + std::exp(x[i] - next);
    m = next;
  }
  return m + std::log(l);
}
