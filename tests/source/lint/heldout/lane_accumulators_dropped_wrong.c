// expect: dropped_partial line 7
float sum(const float* x, int n) {
  float total = 0;
  for (int b = 0; b + 16 <= n; b += 16) {
    float lane[4] = {0, 0, 0, 0};
    for (int j = 0; j < 16; ++j) lane[j % 4] += x[b + j];
    total = lane[0] + lane[1] + lane[2] + lane[3];
  }
  return total;
}
