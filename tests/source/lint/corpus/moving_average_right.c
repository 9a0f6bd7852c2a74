// expect: none
void moving_average(const float* x, float* y, int n, int w) {
  float s = 0;
  for (int i = 0; i < n; ++i) {
    s += x[i];
    if (i >= w) s -= x[i - w];
    y[i] = s / w;
  }
}
