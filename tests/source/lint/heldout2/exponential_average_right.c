// expect: none
// dim: n=200000
float ema(const float* x, int n, float a) {
  float e = x[0];
  for (int i = 1; i < n; ++i) e += a * (x[i] - e);
  return e;
}
