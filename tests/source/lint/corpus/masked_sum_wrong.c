// expect: overwritten_accumulator line 5
float masked(const float* x, const float* w, const int* mask, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) {
    if (mask[i]) s = w[i] * x[i];
  }
  return s;
}
