// expect: none
void dot(const float* x, const float* y, float* out, int n) {
  *out = 0;
  for (int i = 0; i < n; ++i) *out += x[i] * y[i];
}
