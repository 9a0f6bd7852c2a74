// expect: overwritten_accumulator line 14 contributing 1 of 768
// dim: hidden=768
// dim: rows=4
#include <cmath>
void layer_norm(const float* x, float* y, int rows, int hidden) {
  for (int r = 0; r < rows; ++r) {
    const float* row = x + r * hidden;
    float mean = 0;
    for (int i = 0; i < hidden; ++i) mean += row[i];
    mean /= hidden;
    float var = 0;
    for (int i = 0; i < hidden; ++i) {
      float d = row[i] - mean;
      var = d * d;
    }
    const float inv = 1.0f / std::sqrt(var / hidden + 1e-5f);
    for (int i = 0; i < hidden; ++i) y[r * hidden + i] = (row[i] - mean) * inv;
  }
}
