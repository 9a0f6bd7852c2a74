// expect: none
void cumprod(const float* x, float* y, int n) {
  float p = 1;
  for (int i = 0; i < n; ++i) {
    p *= x[i];
    y[i] = p;
  }
}
