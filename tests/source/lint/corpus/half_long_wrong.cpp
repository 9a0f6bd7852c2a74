// expect: long_float_accumulation line 5
// dim: n=8462
_Float16 sum(const _Float16* x, int n) {
  _Float16 s = 0;
  for (int i = 0; i < n; ++i) s += x[i];
  return s;
}
