// expect: none
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>
// The running maximum of the last block of a row is used by nothing: there is no next block.
void attention(const float* q, const float* k, const float* v, float* out, int n, int dim, int block) {
  std::vector<float> acc(dim);
  std::vector<float> score(block);
  for (int i = 0; i < n; ++i) {
    float top = -std::numeric_limits<float>::infinity();
    float sum = 0.0f;
    std::fill(acc.begin(), acc.end(), 0.0f);
    for (int j0 = 0; j0 < n; j0 += block) {
      const int width = std::min(block, n - j0);
      float next = top;
      for (int j = 0; j < width; ++j) {
        float dot = 0.0f;
        for (int d = 0; d < dim; ++d) dot += q[i * dim + d] * k[(j0 + j) * dim + d];
        score[j] = dot;
        next = std::max(next, dot);
      }
      const float scale = std::exp(top - next);
      sum *= scale;
      for (int d = 0; d < dim; ++d) acc[d] *= scale;
      for (int j = 0; j < width; ++j) {
        const float p = std::exp(score[j] - next);
        sum += p;
        for (int d = 0; d < dim; ++d) acc[d] += p * v[(j0 + j) * dim + d];
      }
      top = next;
    }
    for (int d = 0; d < dim; ++d) out[i * dim + d] = acc[d] / sum;
  }
}
