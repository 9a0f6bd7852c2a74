// std::complex: a register of two numbers.
#include <complex>
#include <vector>

using Number = std::complex<float>;

void multiply_add(const Number* x, const Number* y, Number* z, int n) {
  for (int i = 0; i < n; ++i) z[i] = x[i] * y[i] + z[i];
}

void accumulate(const std::vector<Number>& x, Number* total) {
  Number sum(0.0F, 0.0F);
  for (const Number& each : x) sum += each * 2.0F;
  *total = sum;
}

void scaled(Number* x, int n, float factor) {
  for (int i = 0; i < n; ++i) x[i] /= factor;
}

void divided(const std::complex<double>* x, std::complex<double>* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = y[i] / x[i] - std::conj(x[i]);
}

void magnitudes(const Number* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = std::abs(x[i]) + std::norm(x[i]);
}
