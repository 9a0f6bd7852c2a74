// expect: overwritten_accumulator line 7 contributing 1
float dot4(const float* x, const float* y, int n) {
  float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (int i = 0; i + 4 <= n; i += 4) {
    s0 += x[i] * y[i];
    s1 += x[i + 1] * y[i + 1];
    s2 = x[i + 2] * y[i + 2];
    s3 += x[i + 3] * y[i + 3];
  }
  return (s0 + s1) + (s2 + s3);
}
