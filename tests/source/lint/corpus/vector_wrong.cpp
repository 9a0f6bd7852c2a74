// expect: overwritten_accumulator line 6 contributing 1 of 500
// dim: x_size=500
#include <vector>
float dot(const std::vector<float>& x, const std::vector<float>& y) {
  float s = 0;
  for (std::size_t i = 0; i < x.size(); ++i) s = x[i] * y[i];
  return s;
}
