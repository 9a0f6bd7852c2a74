// expect: overwritten_accumulator line 4 contributing 1
int total(const int* x, int n) {
  int sum = 0;
  for (int i = 0; i < n; ++i) sum = x[i];
  return sum;
}
