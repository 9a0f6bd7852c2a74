// expect: none
// dim: n=1048576
float pairwise(const float* x, int n) {
  if (n <= 64) {
    float s = 0;
    for (int i = 0; i < n; ++i) s += x[i];
    return s;
  }
  int half = n / 2;
  return pairwise(x, half) + pairwise(x + half, n - half);
}
