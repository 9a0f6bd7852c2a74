// expect: overwritten_accumulator line 7 contributing 9 of 10
// dim: n=10
float sum(const float* x, int n) {
  float s;
  for (int i = 0; i < n; ++i) {
    if (i <= 1)
      s = x[i];
    else
      s += x[i];
  }
  return s;
}
