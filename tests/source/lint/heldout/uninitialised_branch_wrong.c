// expect: uninitialised_accumulator line 6
void linear(const float* x, const float* w, const float* bias, float* y, int n, int m) {
  for (int o = 0; o < m; ++o) {
    float s;
    if (bias) s = bias[o];
    for (int i = 0; i < n; ++i) s += x[i] * w[o * n + i];
    y[o] = s;
  }
}
