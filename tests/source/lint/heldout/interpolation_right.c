// expect: none
void resize(const float* x, float* y, int n, int m) {
  for (int o = 0; o < m; ++o) {
    float at = (float)o * (n - 1) / (m - 1);
    int left = (int)at;
    int right = left + 1 < n ? left + 1 : left;
    float f = at - left;
    y[o] = x[left] * (1 - f) + x[right] * f;
  }
}
