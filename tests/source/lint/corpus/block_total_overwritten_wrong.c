// expect: dropped_partial line 8 contributing 1 of 16
// dim: n=1024
float blocked_sum(const float* x, int n) {
  float total = 0;
  for (int b = 0; b < n; b += 64) {
    float s = 0;
    for (int i = b; i < b + 64; ++i) s += x[i];
    total = s;
  }
  return total;
}
