// expect: overwritten_accumulator line 8 contributing 1 of 64
// dim: m=8
// dim: n=9
// dim: k=64
void matmul(const float* a, const float* b, float* c, int m, int n, int k) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j)
      for (int l = 0; l < k; ++l) c[i * n + j] = a[i * k + l] * b[l * n + j];
}
