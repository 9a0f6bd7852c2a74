// expect: dropped_partial line 6
float segments(const float* x, int n) {
  float s = 0;
  for (int b = 0; b < n; ++b) {
    for (int j = 0; j < 8; ++j) {
      if (j == 0) s = 0;
      s += x[b * 8 + j];
    }
  }
  return s;
}
