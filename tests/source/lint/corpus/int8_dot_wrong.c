// expect: overwritten_accumulator line 4 contributing 1
int dot(const signed char* a, const signed char* b, int n) {
  int s = 0;
  for (int i = 0; i < n; ++i) s = (int)a[i] * (int)b[i];
  return s;
}
