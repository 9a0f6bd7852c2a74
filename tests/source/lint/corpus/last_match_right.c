// expect: none
int last_positive(const float* x, int n) {
  int at = -1;
  for (int i = 0; i < n; ++i) {
    if (x[i] > 0) at = i;
  }
  return at;
}
