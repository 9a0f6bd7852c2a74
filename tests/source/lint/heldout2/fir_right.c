// expect: none
void fir(const float* x, const float* h, float* y, int n, int taps) {
  float line[64] = {0};
  for (int i = 0; i < n; ++i) {
    for (int t = taps - 1; t > 0; --t) line[t] = line[t - 1];
    line[0] = x[i];
    float s = 0;
    for (int t = 0; t < taps; ++t) s += line[t] * h[t];
    y[i] = s;
  }
}
