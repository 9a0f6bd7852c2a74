// expect: none
void inverse_roots(const float* x, float* y, int n) {
  for (int i = 0; i < n; ++i) {
    float g = 1;
    for (int k = 0; k < 6; ++k) g = g * (1.5f - 0.5f * x[i] * g * g);
    y[i] = g;
  }
}
