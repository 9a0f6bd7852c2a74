// expect: none
float blocked_sum(const float* x, int n) {
  float total = 0;
  for (int b = 0; b < n; b += 64) {
    float s = 0;
    for (int i = b; i < n && i < b + 64; ++i) s += x[i];
    total += s;
  }
  return total;
}
