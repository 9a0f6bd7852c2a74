// expect: none
// dim: n=1000000
void smooth(const float* x, float* y, int n, float a) {
  float s = 0;
  for (int i = 0; i < n; ++i) {
    s = a * s + (1 - a) * x[i];
    y[i] = s;
  }
}
