// expect: none
void tree_sum(float* x, int n) {
  for (int stride = n / 2; stride > 0; stride /= 2)
    for (int i = 0; i < stride; ++i) x[i] += x[i + stride];
}
