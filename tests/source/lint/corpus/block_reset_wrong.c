// expect: dropped_partial line 5 contributing 1
float blocked_sum(const float* x, int n) {
  float s = 0;
  for (int b = 0; b < n; b += 64) {
    s = 0;
    for (int i = b; i < n && i < b + 64; ++i) s += x[i];
  }
  return s;
}
