// expect: long_float_accumulation line 6
// dim: n=8462
// tolerance: 1e-4
float sum(const float* x, int n) {
  float s = 0;
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
