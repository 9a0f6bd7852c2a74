// expect: none
int compact(const float* x, float* out, int n) {
  int kept = 0;
  for (int i = 0; i < n; ++i) {
    if (x[i] != 0) out[kept++] = x[i];
  }
  return kept;
}
