// expect: overwritten_accumulator line 10
float dot(const float* x, const float* y, int n) {
  float s = 0;
  int i = 0;
  while (i + 4 <= n) {
    s += x[i] * y[i] + x[i + 1] * y[i + 1] + x[i + 2] * y[i + 2] + x[i + 3] * y[i + 3];
    i += 4;
  }
  while (i < n) {
    s = x[i] * y[i];
    i += 1;
  }
  return s;
}
