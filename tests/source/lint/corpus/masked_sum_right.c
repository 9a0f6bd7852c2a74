// expect: none
float masked(const float* x, const int* mask, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) {
    if (!mask[i]) continue;
    s += x[i];
  }
  return s;
}
