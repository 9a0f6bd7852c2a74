// expect: none
#include <vector>
void layer_norm_backward(const std::vector<float>& dy, const std::vector<float>& xhat, const std::vector<float>& gamma,
                         const std::vector<float>& rstd, std::vector<float>& dx, int rows, int hidden) {
  for (int r = 0; r < rows; ++r) {
    float sum = 0, dot = 0;
    for (int i = 0; i < hidden; ++i) {
      const float g = dy[r * hidden + i] * gamma[i];
      sum += g;
      dot += g * xhat[r * hidden + i];
    }
    sum /= hidden;
    dot /= hidden;
    for (int i = 0; i < hidden; ++i) {
      const float g = dy[r * hidden + i] * gamma[i];
      dx[r * hidden + i] = rstd[r] * (g - sum - xhat[r * hidden + i] * dot);
    }
  }
}
