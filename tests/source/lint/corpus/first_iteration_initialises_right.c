// expect: none
float sum(const float* x, int n) {
  float s;
  for (int i = 0; i < n; ++i) {
    if (i == 0)
      s = x[0];
    else
      s += x[i];
  }
  return s;
}
