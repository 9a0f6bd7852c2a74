// expect: overwritten_accumulator line 6 contributing 1
void gemm4(const float* a, const float* b, float* c, int k) {
  float acc[4][4] = {{0}};
  for (int l = 0; l < k; ++l)
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) acc[i][j] = a[l * 4 + i] * b[l * 4 + j];
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j) c[i * 4 + j] = acc[i][j];
}
