// expect: overwritten_accumulator line 4 contributing 1
float norm_product(const float* x, int n) {
  float p = 1;
  for (int i = 0; i < n; ++i) p = x[i] * 0.5f;
  return p;
}
