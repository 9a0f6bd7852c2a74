// expect: overwritten_accumulator line 5 contributing 1 of 8462
// dim: n=8462
float dot(const float* x, const float* y, int n) {
  float s = 0.0f;
  for (int i = 0; i < n; ++i) s = x[i] * y[i];
  return s;
}
