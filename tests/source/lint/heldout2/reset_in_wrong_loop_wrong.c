// expect: dropped_partial line 7 contributing 1
void matmul(const float* a, const float* b, float* c, int m, int n, int tiles) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      float s;
      for (int t = 0; t < tiles; ++t) {
        s = 0;
        for (int k = 0; k < 16; ++k) s += a[(i * tiles + t) * 16 + k] * b[(t * 16 + k) * n + j];
      }
      c[i * n + j] = s;
    }
}
