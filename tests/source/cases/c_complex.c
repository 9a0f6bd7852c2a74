/* C's complex numbers. */
#include <complex.h>
#include <stddef.h>

void axpy(float complex a, const float complex *restrict x, float complex *restrict y, int n) {
  for (int i = 0; i < n; ++i) y[i] += a * x[i];
}

void times_conjugate(const _Complex double *a, const _Complex double *b, _Complex double *c, int n) {
  for (int i = 0; i < n; i++) c[i] = a[i] * conj(b[i]);
}

void scale(double complex *x, double s, int n) {
  for (int i = 0; i < n; i++) {
    x[i] *= s;
    x[i] = x[i] / 2.0 + 1.0;
  }
}

void quotients(double complex *x, const double complex *y, int n) {
  for (int i = 0; i < n; i++) {
    x[i] /= y[i];
    x[i] = -x[i] - y[i];
  }
}

void polar(const float complex *x, float *r, float *angle, int n) {
  for (int i = 0; i < n; i++) {
    r[i] = cabsf(x[i]);
    angle[i] = cargf(x[i]);
  }
}

double energy(const double complex *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += creal(x[i]) * creal(x[i]) + __imag__ x[i] * __imag__ x[i];
  return sum;
}

void join(const float *re, const float *im, float complex *x, int n) {
  for (int i = 0; i < n; i++) x[i] = re[i] + im[i] * I;
}

void dft(const double complex *x, double complex *y, int n) {
  for (int k = 0; k < n; k++) {
    double complex sum = 0;
    for (int t = 0; t < n; t++) sum += x[t] * cexp(-I * (double)(k * t));
    y[k] = sum;
  }
}
