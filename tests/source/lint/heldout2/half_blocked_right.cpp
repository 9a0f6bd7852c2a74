// expect: none
// dim: n=8192
float sum(const _Float16* x, int n) {
  float total = 0;
  for (int b = 0; b < n; b += 2) {
    const _Float16 pair = x[b] + x[b + 1];
    total += (float)pair;
  }
  return total;
}
