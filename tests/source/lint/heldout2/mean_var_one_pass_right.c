// expect: none
void stats(const float* x, int n, float* mean, float* var) {
  double s = 0, q = 0;
  for (int i = 0; i < n; ++i) {
    const double v = x[i];
    s += v;
    q += v * v;
  }
  *mean = (float)(s / n);
  *var = (float)(q / n - (s / n) * (s / n));
}
