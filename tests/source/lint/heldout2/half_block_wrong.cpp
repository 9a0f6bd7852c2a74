// expect: long_float_accumulation line 6
float sum(const _Float16* x, int n) {
  float total = 0;
  for (int b = 0; b < n; ++b) {
    _Float16 part = 0;
    for (int i = 0; i < 256; ++i) part += x[b * 256 + i];
    total += (float)part;
  }
  return total;
}
