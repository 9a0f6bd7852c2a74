// Trip counts: every way to write a loop.
void plain(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = x[i] * 2.0f;
}
void inclusive(float* x, int n) {
  for (int i = 1; i <= n; i++) x[i] += 1.0f;
}
void descending(float* x, int n) {
  for (int i = n - 1; i >= 0; --i) x[i] = -x[i];
}
void not_equal(float* x, int n) {
  for (int i = 0; i != n; i++) x[i] *= 3.0f;
}
void strided(const float* x, float* y, int n) {
  for (int i = 0; i < n; i += 4) y[i] = x[i] + 1.0f;
}
void counted_down(const float* x, const float* y, float* z, int n) {
  while (n--) *z++ = *x++ * *y++;
}
void by_fours(float* x, int n) {
  while (n > 0) {
    x[n - 1] += 1.0f;
    n -= 4;
  }
}
void doubling(float* x, int n) {
  for (int s = 1; s < n; s *= 2) x[s] += x[0];
}
void halving(float* x, int n) {
  for (int s = n; s > 0; s >>= 1) x[s - 1] *= 2.0f;
}
void triangle(float* a, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) a[i * n + j] *= 0.5f;
}
void strict_triangle(float* a, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) a[i * n + j] = 0.0f;
}
void tetrahedron(float* s, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j)
      for (int k = 0; k <= j; ++k) s[0] += 1.0f;
}
void at_least_once(float* x, int n) {
  int i = 0;
  do {
    x[i] += 1.0f;
    ++i;
  } while (i < n);
}
void unrolled(const float* x, float* y, int n) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    y[i] = x[i] * 2.0f;
    y[i + 1] = x[i + 1] * 2.0f;
    y[i + 2] = x[i + 2] * 2.0f;
    y[i + 3] = x[i + 3] * 2.0f;
  }
  for (; i < n; ++i) y[i] = x[i] * 2.0f;
}
void elimination(float* a, int n) {
  for (int k = 0; k < n; ++k)
    for (int i = k + 1; i < n; ++i) {
      a[i * n + k] /= a[k * n + k];
      for (int j = k + 1; j < n; ++j) a[i * n + j] -= a[i * n + k] * a[k * n + j];
    }
}
void two_indices(const float* x, float* y, int n) {
  int j = n - 1;
  for (int i = 0; i < n; ++i, --j) y[j] = x[i] + x[j];
}
void running_index(const float* x, float* y, int m, int n) {
  int at = 0;
  for (int i = 0; i < m; ++i) {
    const int base = i * n;
    for (int j = 0; j < n; ++j) y[at++] = x[base + j] - 1.0f;
  }
}
void empty_body(int n) {
  for (int i = 0; i < n; ++i) {
  }
}
void huge(float* x, long n) {
  for (long i = 0; i < n; ++i)
    for (long j = 0; j < i; ++j) x[0] += 1.0f;
}
