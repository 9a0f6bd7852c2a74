// Algorithms of the standard library whose work data decide: sorting, selecting, searching.
#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>
#include <vector>

void sort_floats(std::vector<float>& v) { std::sort(v.begin(), v.end()); }

void sort_integers(int* v, int n) { std::stable_sort(v, v + n); }

void argsort(const float* x, int* order, int n) {
  std::iota(order, order + n, 0);
  std::sort(order, order + n, [&](int a, int b) { return x[a] > x[b]; });
}

void largest_first(float* v, int n, int k) { std::partial_sort(v, v + k, v + n, std::greater<float>()); }

double median(std::vector<double>& v, int k) {
  std::nth_element(v.begin(), v.begin() + k, v.end());
  return v[k];
}

float largest_magnitude(const std::vector<float>& v) {
  return *std::max_element(v.begin(), v.end(), [](float a, float b) { return a * a < b * b; });
}

const float* find_zero(const float* x, int n) { return std::find(x, x + n, 0.0f); }
