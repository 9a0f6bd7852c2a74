// expect: overwritten_accumulator line 6 contributing 1
float norm(const float* x, int n) {
  float s = 0;
  int i = 0;
  do {
    s = x[i] * x[i];
    i++;
  } while (i < n);
  return s;
}
