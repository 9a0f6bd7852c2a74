// expect: none
void differences_of_sums(const float* x, float* y, int n) {
  float before = 0;
  for (int b = 0; b < n; ++b) {
    float s = 0;
    for (int i = 0; i < 8; ++i) s += x[b * 8 + i];
    if (b > 0) y[b - 1] = s - before;
    before = s;
  }
}
