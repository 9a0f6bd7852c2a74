// expect: none
void pool(const float* x, float* y, int n) {
  for (int o = 0; o < n / 2; ++o) {
    float m = x[2 * o];
    if (x[2 * o + 1] > m) m = x[2 * o + 1];
    y[o] = m;
  }
}
