// expect: none
float eigenvalue(const float* a, float* x, float* y, int n, int steps) {
  float lambda = 0;
  for (int t = 0; t < steps; ++t) {
    for (int i = 0; i < n; ++i) {
      y[i] = 0;
      for (int j = 0; j < n; ++j) y[i] += a[i * n + j] * x[j];
    }
    float s = 0;
    for (int i = 0; i < n; ++i) s += y[i] * x[i];
    lambda = s;
    for (int i = 0; i < n; ++i) x[i] = y[i] / lambda;
  }
  return lambda;
}
