// expect: none
float tiles(const float* x, int n) {
  float buffer[2][16];
  float s = 0;
  for (int j = 0; j < 16; ++j) buffer[0][j] = x[j];
  for (int t = 0; t < n; ++t) {
    if (t + 1 < n)
      for (int j = 0; j < 16; ++j) buffer[(t + 1) % 2][j] = x[(t + 1) * 16 + j];
    for (int j = 0; j < 16; ++j) s += buffer[t % 2][j];
  }
  return s;
}
