// expect: none
// dim: n=1000000
float sum(const float* x, int n) {
  float total = 0;
  for (int b = 0; b < n; b += 1000) {
    float s = 0;
    for (int i = b; i < b + 1000; ++i) s += x[i];
    total += s;
  }
  return total;
}
