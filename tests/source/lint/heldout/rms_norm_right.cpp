// expect: none
#include <cmath>
#include <cstddef>
#include <vector>
void rms_norm(const std::vector<float>& x, const std::vector<float>& w, std::vector<float>& y, float eps) {
  float ss = 0.f;
  for (std::size_t i = 0; i < x.size(); i++) ss += x[i] * x[i];
  const float r = 1.f / std::sqrt(ss / static_cast<float>(x.size()) + eps);
  for (std::size_t i = 0; i < x.size(); i++) y[i] = x[i] * r * w[i];
}
