// expect: none
void split_k(const float* a, const float* b, float* c, int m, int n, int k, int splits) {
  const int each = k / splits;
  for (int s = 0; s < splits; ++s) {
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < n; ++j) {
        float acc = s == 0 ? 0.0f : c[i * n + j];
        for (int l = s * each; l < (s + 1) * each; ++l) acc += a[i * k + l] * b[l * n + j];
        c[i * n + j] = acc;
      }
    }
  }
}
