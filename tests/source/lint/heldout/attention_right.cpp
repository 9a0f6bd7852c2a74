// expect: none
#include <algorithm>
#include <cmath>
#include <limits>
void attention(const float* q, const float* k, const float* v, float* out, int len, int dim) {
  for (int i = 0; i < len; ++i) {
    float top = -std::numeric_limits<float>::infinity();
    float sum = 0;
    for (int d = 0; d < dim; ++d) out[i * dim + d] = 0;
    for (int j = 0; j <= i; ++j) {
      float score = 0;
      for (int d = 0; d < dim; ++d) score += q[i * dim + d] * k[j * dim + d];
      const float before = top;
      top = std::max(top, score);
      const float scale = std::exp(before - top);
      const float p = std::exp(score - top);
      sum = sum * scale + p;
      for (int d = 0; d < dim; ++d) out[i * dim + d] = out[i * dim + d] * scale + p * v[j * dim + d];
    }
    for (int d = 0; d < dim; ++d) out[i * dim + d] /= sum;
  }
}
