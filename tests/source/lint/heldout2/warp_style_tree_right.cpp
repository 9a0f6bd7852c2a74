// expect: none
float block_sum(float* shared, int n) {
  for (int offset = n / 2; offset > 0; offset >>= 1) {
    for (int i = 0; i < offset; ++i) shared[i] += shared[i + offset];
  }
  return shared[0];
}
