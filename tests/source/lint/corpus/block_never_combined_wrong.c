// expect: dropped_partial line 5 contributing 0 of 8
float blocked_sum(const float* x) {
  float total = 0;
  for (int b = 0; b < 8; ++b) {
    float s = 0;
    for (int i = 0; i < 64; ++i) s += x[b * 64 + i];
  }
  return total;
}
