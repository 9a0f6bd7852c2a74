// expect: overwritten_accumulator line 9 contributing 1 of 4096
// dim: m=4096
// dim: n=4096
// dim: k=4096
void matmul(const float* a, const float* b, float* c, int m, int n, int k) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      float s = 0;
      for (int l = 0; l < k; ++l) s = a[i * k + l] * b[l * n + j];
      c[i * n + j] = s;
    }
}
