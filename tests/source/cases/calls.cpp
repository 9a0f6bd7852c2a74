// Calls, containers, templates, records, registers.
#include <immintrin.h>

#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>
namespace {
float square(float x) { return x * x; }
void axpy(const float* x, float* y, int n, float a) {
  for (int i = 0; i < n; ++i) y[i] += a * x[i];
}
float row_sum(const float* row, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) sum += row[i];
  return sum;
}
int blocks(int n, int size) { return (n + size - 1) / size; }
void add_to(float& sum, float x) { sum += x; }
}  // namespace
float norm(const float* x, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) sum += square(x[i]);
  return std::sqrt(sum);
}
void many_axpy(const float* x, float* y, int rows, int n) {
  for (int r = 0; r < rows; ++r) axpy(x + r * n, y + r * n, n, 2.0f);
}
void row_sums(const float* x, float* y, int rows, int n) {
  for (int r = 0; r < rows; ++r) y[r] = row_sum(&x[r * n], n);
}
void by_blocks(float* x, int n) {
  for (int b = 0; b < blocks(n, 8); ++b) x[b] *= 2.0f;
}
float by_reference(const float* x, int n) {
  float sum = 0.0f;
  for (int i = 0; i < n; ++i) add_to(sum, x[i]);
  return sum;
}
template <class T>
void scale(T* x, int n, T by) {
  for (int i = 0; i < n; ++i) x[i] *= by;
}
void scale_both(float* x, double* y, int n) {
  scale<float>(x, n, 2.0f);
  scale<double>(y, n, 2.0);
}
void doubled(std::vector<float>& x) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= 2.0f;
}
void ranged(std::vector<float>& x) {
  for (float& value : x) value = value * 2.0f + 1.0f;
}
void rows_of_rows(std::vector<std::vector<float>>& x) {
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < x[i].size(); ++j) x[i][j] += 1.0f;
}
void fixed(float (*a)[8], int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < 8; ++j) a[i][j] += 1.0f;
}
struct Shape {
  int rows;
  int cols;
};
void shaped(float* x, Shape shape) {
  for (int r = 0; r < shape.rows; ++r)
    for (int c = 0; c < shape.cols; ++c) x[r * shape.cols + c] += 1.0f;
}
float summed(const float* x, int n) { return std::accumulate(x, x + n, 0.0f); }
void copied(const float* x, float* y, int n) { std::memcpy(y, x, n * sizeof(float)); }
void fused(const float* x, const float* y, float* z, int n) {
  for (int i = 0; i < n; ++i) z[i] = std::fma(x[i], y[i], z[i]);
}
__attribute__((target("avx2,fma"))) void dot8(const float* x, const float* y, float* out, int n) {
  __m256 sum = _mm256_setzero_ps();
  for (int i = 0; i < n; i += 8) sum = _mm256_fmadd_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i), sum);
  _mm256_storeu_ps(out, sum);
}
void outside(float*, int);
void calls_outside(float* x, int n) {
  for (int i = 0; i < n; ++i) x[i] += 1.0f;
  outside(x, n);
}
int factorial(int n) { return n <= 1 ? 1 : n * factorial(n - 1); }
void openmp(float* x, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; ++i) x[i] += 1.0f;
}
