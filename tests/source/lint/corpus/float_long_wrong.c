// expect: long_float_accumulation line 5
// dim: n=1000000
float sum(const float* x, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
