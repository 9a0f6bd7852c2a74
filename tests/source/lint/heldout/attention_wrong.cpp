// expect: overwritten_accumulator line 8
#include <cmath>
void weighted_values(const float* p, const float* v, float* out, int len, int dim) {
  for (int i = 0; i < len; ++i) {
    for (int d = 0; d < dim; ++d) out[i * dim + d] = 0;
    for (int j = 0; j < len; ++j) {
      for (int d = 0; d < dim; ++d) {
        out[i * dim + d] = p[i * len + j] * v[j * dim + d];
      }
    }
  }
}
