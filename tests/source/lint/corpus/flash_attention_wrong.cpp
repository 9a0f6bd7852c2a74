// expect: dropped_partial line 17
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>
void attention(const float* q, const float* k, const float* v, float* out, int n, int dim, int block) {
  std::vector<float> acc(dim);
  for (int i = 0; i < n; ++i) {
    float top = -std::numeric_limits<float>::infinity();
    float sum = 0.0f;
    for (int j0 = 0; j0 < n; j0 += block) {
      const int width = std::min(block, n - j0);
      float next = top;
      for (int j = 0; j < width; ++j) next = std::max(next, q[i * dim] * k[(j0 + j) * dim]);
      const float scale = std::exp(top - next);
      sum *= scale;
      for (int d = 0; d < dim; ++d) acc[d] = 0.0f;
      for (int j = 0; j < width; ++j) {
        const float p = std::exp(q[i * dim] * k[(j0 + j) * dim] - next);
        sum += p;
        for (int d = 0; d < dim; ++d) acc[d] += p * v[(j0 + j) * dim + d];
      }
      top = next;
    }
    for (int d = 0; d < dim; ++d) out[i * dim + d] = acc[d] / sum;
  }
}
