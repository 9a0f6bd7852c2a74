// expect: overwritten_accumulator line 9 contributing 2 of 100
// dim: n=100
float sum(const float* x, const float* w, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) {
    if (i == n - 1)
      s += w[i] * x[i];
    else
      s = w[i] * x[i];
  }
  return s;
}
