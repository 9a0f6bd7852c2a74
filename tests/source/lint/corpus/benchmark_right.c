// expect: none
float repeat(const float* x, const float* y, int n, int times) {
  float result = 0;
  for (int r = 0; r < times; ++r) {
    float s = 0;
    for (int i = 0; i < n; ++i) s += x[i] * y[i];
    result = s;
  }
  return result;
}
