// expect: none
void qmatmul(const unsigned char* a, const signed char* b, int* c, int m, int n, int k, int zero) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      int acc = 0;
      for (int l = 0; l < k; ++l) acc += ((int)a[i * k + l] - zero) * b[l * n + j];
      c[i * n + j] = acc;
    }
}
