// Algorithms that apply a function are loops; the plain ones stay calls that the table of functions knows.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>
float relu(float x) { return x > 0 ? x : 0; }
float maps(const std::vector<float>& x, std::vector<float>& y, float a) {
  std::transform(x.begin(), x.end(), y.begin(), [a](float v) { return a * v; });
  std::transform(x.begin(), x.end(), y.begin(), y.begin(), [](auto v, auto w) { return v - w; });
  std::transform(x.begin(), x.end(), y.begin(), relu);
  std::for_each(y.begin() + 1, y.end(), [](float& v) { v += 1; });
  std::generate(y.begin(), y.end(), [i = 0]() mutable { return float(i++); });
  return std::accumulate(x.begin(), x.end(), 0.f, [](float s, float v) { return s + v * v; });
}
double folds(const float* x, const float* y, int n) {
  double s = std::accumulate(x, x + n, 1.0, std::multiplies<double>());
  s += std::inner_product(x, x + n, y, 0.f, std::plus<>(), [](float a, float b) { return std::fabs(a - b); });
  s += std::transform_reduce(x, x + n, 0.f, std::plus<>{}, [](float v) { return v * v; });
  if (std::any_of(x, x + n, [](float v) { return v < 0; })) s = 0;
  return s + std::count_if(x, x + n, [](float v) { return v > 1; });
}
void sorts(float* x, int n) {
  std::sort(x, x + n, [](float a, float b) { return a > b; });
}
