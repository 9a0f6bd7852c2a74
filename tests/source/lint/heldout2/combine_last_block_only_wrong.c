// expect: dropped_partial line 7 contributing 1 of 32
// dim: n=1024
float total(const float* x, int n) {
  float result = 0;
  float part = 0;
  for (int b = 0; b < n / 32; ++b) {
    part = 0;
    for (int i = 0; i < 32; ++i) part += x[b * 32 + i];
    if (b == n / 32 - 1) result += part;
  }
  return result;
}
