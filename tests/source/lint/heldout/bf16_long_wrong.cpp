// expect: long_float_accumulation line 6
// dim: n=4096
float as_float(_Float16 x);
_Float16 dot(const _Float16* x, const _Float16* y, int n) {
  _Float16 s = 0;
  for (int i = 0; i < n; ++i) s = s + x[i] * y[i];
  return s;
}
